"""Writes the multivariant playlist (§4.4.6; Apple HLS Authoring Specification 1.32, 8.10, 9.x)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from media.hls.captions import CAPTIONS
from media.hls.resource import key_frames_name
from media.messages import Rendition

_DEFAULT_BANDWIDTH = 2_000_000  # "the default variant SHOULD be about 2 Mb/s" and comes first
_SOUND, _CAPTIONS = "audio", "captions"
VERSION = 6


@dataclass(frozen=True, slots=True)
class Words:
    """What players show in their menus, in the reader's language.

    ``language`` (BCP 47) is what is spoken and written in the courtroom.
    """

    sound: str = "庭审现场"
    captions: str = "图文直播"
    language: str = "zh"


_WORDS = Words()


def render_multivariant(
    renditions: Sequence[Rendition],
    uri: Callable[[str], str],
    *,
    words: Words = _WORDS,
    captioned: bool = False,
    sound_alone: bool = True,
    key_frames: Mapping[str, int] | None = None,
) -> str:
    """Return the playlist of all packaged renditions.

    ``uri`` gives the address of a playlist by its name (a server puts a session into it);
    ``sound_alone``: with a variant without pictures. VLC 3 takes it for the pictures' sound and
    plays them silently, or begins with it and shows none.
    ``key_frames`` maps renditions that have a playlist of key frames to its peak in bit/s.
    """
    sound = [r for r in renditions if r.packaged and r.kind == "audio"]
    video = [r for r in renditions if r.packaged and r.kind == "video"]
    out = [f"#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-INDEPENDENT-SEGMENTS\n"]
    if video:
        out += [
            _alternative(
                f'TYPE=AUDIO,GROUP-ID="{_SOUND}"', rendition.id, uri, words.sound, words,
                f'DEFAULT={"NO" if index else "YES"},AUTOSELECT=YES,'
                f'CHANNELS="{rendition.channels}"',
            )
            for index, rendition in enumerate(sound)
        ]  # fmt: skip
    if captioned:
        kind = f'TYPE=SUBTITLES,GROUP-ID="{_CAPTIONS}"'
        choice = "DEFAULT=NO,AUTOSELECT=YES,FORCED=NO"
        out.append(_alternative(kind, CAPTIONS, uri, words.captions, words, choice))
    groups = f',SUBTITLES="{_CAPTIONS}"' if captioned else ""
    out += [_variant(rendition, sound, uri, groups) for rendition in _ordered(video)]
    # Sound alone: for who has no room for pictures, or no wish to see them.
    if sound_alone or not video:
        out += [_variant(one, [one] if video else [], uri, groups) for one in sound]
    out += [
        _key_frames(rendition, key_frames[rendition.id], uri)
        for rendition in _ordered(video)
        if key_frames and rendition.id in key_frames
    ]
    return "".join(out)


def _alternative(
    kind: str, name: str, uri: Callable[[str], str], shown: str, words: Words, choice: str
) -> str:
    return (
        f'#EXT-X-MEDIA:{kind},NAME="{_quotable(shown)}",LANGUAGE="{_quotable(words.language)}",'
        f'{choice},URI="{_quotable(uri(name))}"\n'
    )


def _key_frames(rendition: Rendition, peak: int, uri: Callable[[str], str]) -> str:
    """Return the playlist for seeking with pictures (§4.4.6.3; Apple 6.1)."""
    return (
        f'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={peak},CODECS="{rendition.codecs}",'
        f"RESOLUTION={rendition.width}x{rendition.height},"
        f'URI="{_quotable(uri(key_frames_name(rendition.id)))}"\n'
    )


def _ordered(video: Sequence[Rendition]) -> list[Rendition]:
    """The variant a player should begin with, then the others from best to least."""
    if not video:
        return []
    falling = sorted(video, key=lambda r: r.bandwidth, reverse=True)
    first = min(falling, key=lambda r: abs(r.bandwidth - _DEFAULT_BANDWIDTH))
    return [first, *(r for r in falling if r is not first)]


def _variant(
    rendition: Rendition, sound: Sequence[Rendition], uri: Callable[[str], str], groups: str
) -> str:
    # "the worst combination": the dearest sound of the group is counted in (Apple 9.13)
    others = [one for one in sound if one is not rendition]
    peak = rendition.bandwidth + max((r.bandwidth for r in others), default=0)
    average = rendition.average_bandwidth + max((r.average_bandwidth for r in others), default=0)
    codecs = ",".join(dict.fromkeys([rendition.codecs, *(r.codecs for r in sound)]))
    attributes = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{codecs}"']
    if rendition.kind == "video":
        attributes += [
            f"RESOLUTION={rendition.width}x{rendition.height}",
            f"FRAME-RATE={rendition.frame_rate:.3f}",
            "CLOSED-CAPTIONS=NONE",
        ]
    if sound:
        attributes.append(f'AUDIO="{_SOUND}"')
    return f"#EXT-X-STREAM-INF:{','.join(attributes)}{groups}\n{uri(rendition.id)}\n"


def _quotable(text: str) -> str:
    """A quoted string cannot hold line breaks or quotation marks (§4.2)."""
    return text.replace('"', "'").replace("\r", " ").replace("\n", " ")
