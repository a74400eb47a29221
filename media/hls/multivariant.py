"""Writes the multivariant playlist (§4.4.6; Apple HLS Authoring Specification 1.32, 8.10, 9.x)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from media.messages import Rendition

_DEFAULT_BANDWIDTH = 2_000_000  # "the default variant SHOULD be about 2 Mb/s" and comes first
_GROUP = "audio"
VERSION = 6


def render_multivariant(
    renditions: Sequence[Rendition],
    uri: Callable[[str], str],
    *,
    language: str = "zh",
    name: str = "庭审现场",
) -> str:
    """Return the playlist of all packaged renditions.

    ``uri`` gives the address of a rendition's media playlist (a server puts a session into it);
    ``language`` (BCP 47) and ``name`` describe the sound.
    """
    sound = [r for r in renditions if r.packaged and r.kind == "audio"]
    video = [r for r in renditions if r.packaged and r.kind == "video"]
    out = [f"#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-INDEPENDENT-SEGMENTS\n"]
    if video:
        for index, rendition in enumerate(sound):
            default = "YES" if index == 0 else "NO"
            out.append(
                f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_GROUP}",NAME="{_quotable(name)}",'
                f'LANGUAGE="{_quotable(language)}",DEFAULT={default},AUTOSELECT=YES,'
                f'CHANNELS="{rendition.channels}",URI="{_quotable(uri(rendition.id))}"\n'
            )
        out += [_variant(rendition, sound, uri) for rendition in _ordered(video)]
    else:
        out += [_variant(rendition, [], uri) for rendition in sound]
    return "".join(out)


def _ordered(video: Sequence[Rendition]) -> list[Rendition]:
    """The variant a player should begin with, then the others from best to least."""
    falling = sorted(video, key=lambda r: r.bandwidth, reverse=True)
    first = min(falling, key=lambda r: abs(r.bandwidth - _DEFAULT_BANDWIDTH))
    return [first, *(r for r in falling if r is not first)]


def _variant(rendition: Rendition, sound: Sequence[Rendition], uri: Callable[[str], str]) -> str:
    # "the worst combination": the dearest sound of the group is counted in (Apple 9.13)
    peak = rendition.bandwidth + max((r.bandwidth for r in sound), default=0)
    average = rendition.average_bandwidth + max((r.average_bandwidth for r in sound), default=0)
    codecs = ",".join(dict.fromkeys([rendition.codecs, *(r.codecs for r in sound)]))
    attributes = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{codecs}"']
    if rendition.kind == "video":
        attributes += [
            f"RESOLUTION={rendition.width}x{rendition.height}",
            f"FRAME-RATE={rendition.frame_rate:.3f}",
            "CLOSED-CAPTIONS=NONE",
        ]
    if sound:
        attributes.append(f'AUDIO="{_GROUP}"')
    return f"#EXT-X-STREAM-INF:{','.join(attributes)}\n{uri(rendition.id)}\n"


def _quotable(text: str) -> str:
    """A quoted string cannot hold line breaks or quotation marks (§4.2)."""
    return text.replace('"', "'").replace("\r", " ").replace("\n", " ")
