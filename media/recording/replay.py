"""The replay of an ended broadcast, from its public recording.

What is shown are the segments that are whole in all renditions; where one is left out (a gap, a
part that was withdrawn) the playlists have a discontinuity at the same place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from media.errors import ResourceWithdrawn, UnknownResource
from media.hls.captions import CAPTIONS, Captions
from media.hls.dates import DateRanges
from media.hls.disk import key_size
from media.hls.lines import KeyFrameLines, Lines, MediaLines
from media.hls.multivariant import Words, render_multivariant
from media.hls.resource import (
    ASK_AGAIN_S,
    CAPTIONS_SUFFIX,
    MEDIA_PREFIX,
    MEDIA_SUFFIX,
    Resource,
    ResourceName,
    init_name,
    key_frames_name,
    segment_name,
)
from media.hls.vod import render_vod
from media.hls.window import Segment
from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
from media.messages import Rendition, StreamInfo
from media.recording.air import read_air
from media.recording.entry import agree, parse_index, segments_of
from media.recording.index import PUBLIC, read_stream
from media.recording.rendition import INDEX

_INIT_AGE = 86_400


@dataclass(frozen=True, slots=True)
class ReplaySpan:
    """A stretch of the replay without a break: court time ↔ seconds of the player's time line."""

    court_us: int
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A picture that can be shown by itself; ``start_s`` is its place in the player's time."""

    msn: int
    start_s: float
    init: Path
    segment: Path
    size: int

    def read(self) -> bytes:
        """Return a file of this one picture."""
        with self.segment.open("rb") as file:
            return self.init.read_bytes() + file.read(self.size)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment as it lies on the disk; its ``init`` comes before it.

    ``shift`` is what its times are moved by to follow what is shown before it, in the rendition's
    timescale: what is left out takes no time.
    """

    init: Path
    segment: Path
    shift: int


class Replay:
    """Playlists and media of a recorded broadcast.

    Making one reads the whole index (about 2 µs for a part): do it in a thread and keep it.
    Raises ``UnknownResource`` if there is nothing to play. ``directory`` is the broadcast's; what
    touches a withdrawn stretch is left out.
    """

    def __init__(
        self,
        directory: Path,
        *,
        media_prefix: str = MEDIA_PREFIX,
        withdrawn: Withdrawn = NOTHING_WITHDRAWN,
    ) -> None:
        self._withdrawn = withdrawn
        self._left_out: set[int] = set()
        self._public = directory / PUBLIC
        self._prefix = media_prefix
        try:
            self._info = read_stream(directory)
        except (OSError, ValueError) as problem:
            raise UnknownResource("no recording") from problem
        self._renditions = {r.id: r for r in self._info.renditions if r.packaged}
        found = {name: self._whole_segments(name) for name in self._renditions}
        common = self._common(found)
        if not common:
            raise UnknownResource("nothing was recorded")
        self._segments = {
            name: [each[msn] for msn in sorted(common)] for name, each in found.items()
        }
        self._msns = frozenset(common)
        self._texts: dict[str, bytes] = {}
        self._dates = self._slates()

    @property
    def info(self) -> StreamInfo:
        """What the stream consists of."""
        return self._info

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return sum(span.duration_s for span in self.spans())

    def spans(self) -> list[ReplaySpan]:
        """How the player's time line maps to court time, by stretches without a break."""
        name = next(iter(self._segments))
        scale = self._renditions[name].timescale
        spans: list[ReplaySpan] = []
        start = 0.0
        before = None
        for segment in self._segments[name]:
            seconds = segment.duration / scale
            torn = before is None or segment.discontinuity or segment.msn != before + 1
            if torn:
                spans.append(ReplaySpan(segment.court_us, start, seconds))
            else:
                spans[-1] = replace(spans[-1], duration_s=spans[-1].duration_s + seconds)
            start += seconds
            before = segment.msn
        return spans

    def multivariant(
        self,
        uri: Callable[[str], str],
        words: Words | None = None,
        *,
        captioned: bool = False,
    ) -> bytes:
        """Return the multivariant playlist, with the bit rates that were really recorded."""
        measured = [self._measured(rendition) for rendition in self._renditions.values()]
        return render_multivariant(
            measured,
            uri,
            words=words or Words(),
            captioned=captioned,
            key_frames={one.id: one.bandwidth for one in measured if one.kind == "video"},
        ).encode()

    def playlist(self, rendition: str) -> bytes:
        """Return a media playlist."""
        text = self._texts.get(rendition)
        if text is None:
            segments, lines = self._listed(rendition)
            text = self._texts[rendition] = render_vod(
                segments,
                lines,
                target_duration=self._info.target_duration,
                dates=self._dates,
            ).encode()
        return text

    def _listed(self, name: str) -> tuple[list[Segment], Lines]:
        """Return what the playlist of this name lists, and how."""
        if name == CAPTIONS:
            of, segments = self._timed()
            scale = self._renditions[of].timescale
            base = f"{self._prefix}{CAPTIONS}/"
            return segments, MediaLines(base, scale, suffix=CAPTIONS_SUFFIX, has_init=False)
        if name in self._segments:
            scale = self._renditions[name].timescale
            return self._segments[name], MediaLines(f"{self._prefix}{name}/", scale)
        for of, rendition in self._renditions.items():
            if rendition.kind == "video" and name == key_frames_name(of):
                self._look_at_key_frames(of)
                base = f"{self._prefix}{of}/"
                return self._segments[of], KeyFrameLines(base, rendition.timescale)
        raise UnknownResource("no such rendition")

    def _look_at_key_frames(self, name: str) -> None:
        """Find out where the key frames end (about 30 µs for a segment)."""
        for segment in self._segments[name]:
            if not segment.key_size:
                segment.key_size = key_size(self._public / name / segment_name(segment.msn))

    def key_frames(self, height: int) -> list[KeyFrame]:
        """Return the picture each segment begins with, from the smallest that is high enough."""
        video = [one for one in self._renditions.values() if one.kind == "video"]
        if not video:
            return []
        chosen = min(video, key=lambda one: (one.height < height, abs(one.height - height)))
        self._look_at_key_frames(chosen.id)
        folder, places = self._public / chosen.id, self.places()
        return [
            KeyFrame(
                segment.msn,
                places[segment.msn],
                folder / init_name(segment.init_version),
                folder / segment_name(segment.msn),
                segment.key_size,
            )
            for segment in self._segments[chosen.id]
            if segment.key_size > 0
        ]

    def stretches(self, name: str) -> list[Stretch]:
        """Return the segments of a rendition in their order."""
        folder, found, at = self._public / name, [], 0
        for segment in self._segments[name]:
            init = folder / init_name(segment.init_version)
            path = folder / segment_name(segment.msn)
            found.append(Stretch(init, path, at - segment.media_time))
            at += segment.duration
        return found

    def places(self) -> dict[int, float]:
        """Where each segment begins in the player's time, in seconds, by its number."""
        name, segments = self._timed()
        scale = self._renditions[name].timescale
        places, at = {}, 0
        for segment in segments:
            places[segment.msn] = at / scale
            at += segment.duration
        return places

    def _timed(self) -> tuple[str, list[Segment]]:
        """The rendition whose segments give captions their times: sound where there is any."""
        name = min(self._segments, key=lambda one: self._renditions[one].kind)
        return name, self._segments[name]

    def captions(self, name: str, captions: Captions) -> bytes:
        """Return a piece of the captions, ``<msn>.vtt``; raises ``UnknownResource``."""
        asked = ResourceName.parse(f"{CAPTIONS}/{name}")
        of, segments = self._timed()
        at = bisect_left(segments, asked.msn or 0, key=lambda segment: segment.msn)
        found = segments[at] if at < len(segments) else None
        is_named = asked.suffix == CAPTIONS_SUFFIX and asked.msn is not None and asked.part is None
        if is_named and asked.msn in self._left_out:
            raise ResourceWithdrawn("this part of the hearing has been withdrawn")
        if found is None or not is_named or found.msn != asked.msn:
            raise UnknownResource("no such captions")
        return captions.piece(found, None, self._renditions[of].timescale).encode()

    def resource(self, name: str) -> Resource:
        """Answer a request for ``<rendition>/<file>``: an init section or a listed segment."""
        asked = ResourceName.parse(name)
        rendition = self._renditions.get(asked.rendition)
        if rendition is None or asked.part is not None or asked.suffix != MEDIA_SUFFIX:
            raise UnknownResource("no such resource")
        folder = self._public / asked.rendition
        kind = "video/mp4" if rendition.kind == "video" else "audio/mp4"
        if asked.init is not None:
            return Resource(kind, _INIT_AGE, path=folder / init_name(asked.init))
        if asked.msn in self._left_out:
            raise ResourceWithdrawn("this part of the hearing has been withdrawn")
        if asked.msn not in self._msns:
            raise UnknownResource("no such segment")
        return Resource(kind, ASK_AGAIN_S, path=folder / segment_name(asked.msn), changes=True)

    def _slates(self) -> str:
        """The Date Ranges of what is shown; of what is left out nothing is told."""
        dates = DateRanges(read_air(self._public))
        dates.withdraw(self._withdrawn)
        name, segments = self._timed()
        scale = self._renditions[name].timescale
        spans = [
            (
                one.media_time * 1_000_000 // scale,
                (one.media_time + one.duration) * 1_000_000 // scale,
            )
            for one in segments
        ]
        return dates.whole(spans)

    def _whole_segments(self, name: str) -> dict[int, Segment]:
        directory = self._public / name
        try:
            data = (directory / INDEX).read_bytes()
        except FileNotFoundError:
            return {}
        sizes = {path.name: path.stat().st_size for path in directory.glob("*.m4s")}
        entries = agree(parse_index(data)[0], lambda msn: sizes.get(segment_name(msn), 0))
        whole = {segment.msn: segment for segment in segments_of(entries) if not segment.gap}
        scale = self._renditions[name].timescale
        for segment in list(whole.values()) if self._withdrawn else ():
            end_us = segment.court_us + segment.duration * 1_000_000 // scale
            if self._withdrawn.touches(segment.court_us, end_us):
                del whole[segment.msn]
                self._left_out.add(segment.msn)
        return whole

    def _common(self, found: dict[str, dict[int, Segment]]) -> set[int]:
        """The segments that all renditions have, as long in each (the last one may not be)."""
        ends = [
            {
                (msn, Fraction(segment.duration, self._renditions[name].timescale))
                for msn, segment in segments.items()
            }
            for name, segments in found.items()
        ]
        return {msn for msn, _ in set.intersection(*ends)} if ends else set()

    def _measured(self, rendition: Rendition) -> Rendition:
        """The rendition with its true peak and average segment bit rate."""
        segments = self._segments[rendition.id]
        sizes = [8 * sum(part.size for part in segment.parts) for segment in segments]
        seconds = [segment.duration / rendition.timescale for segment in segments]
        # Peak: of segments not shorter than half a target duration (§4.1).
        shortest = 0.5 * self._info.target_duration
        peaks = [b / s for b, s in zip(sizes, seconds, strict=True) if s >= shortest]
        average = sum(sizes) / sum(seconds)
        return replace(
            rendition,
            bandwidth=max(1, round(max(peaks, default=average))),
            average_bandwidth=max(1, round(average)),
        )
