"""How the segments of a window stand in a playlist: as media, as key frames, as captions [pure].

All playlists of a stream list the same segments by the same numbers, so that one window serves
them all: the draft wants the same target duration, dates and discontinuities everywhere (§6.2.4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from media.hls.dates import DateRanges, program_date_time
from media.hls.resource import MEDIA_SUFFIX, init_name, part_name, segment_name
from media.hls.window import Segment


class Lines(Protocol):
    """What a kind of playlist writes."""

    @property
    def timescale(self) -> int:
        """Units of a second."""

    @property
    def dates(self) -> DateRanges:
        """The Date Ranges, the same in all playlists of a stream (§6.2.4)."""

    @property
    def tags(self) -> str:
        """Lines of the head that only this kind has."""

    @property
    def has_parts(self) -> bool:
        """Whether parts are listed."""

    def map(self, version: int) -> str:
        """Return EXT-X-MAP of an init section, or nothing."""

    def segment(self, segment: Segment, *, with_parts: bool) -> str:
        """Return a complete segment."""

    def parts(self, segment: Segment) -> str:
        """Return the parts of a segment, or what else is told of one that is open."""

    def hint(self, msn: int, part: int, next_init: int | None) -> str:
        """Return the hint for what comes next."""


@dataclass(frozen=True, slots=True)
class MediaLines:
    """Segments and parts with their bytes; ``base`` is where they lie, with a slash.

    Captions are such segments too: WebVTT, which needs no init section.
    """

    base: str
    timescale: int
    suffix: str = MEDIA_SUFFIX
    has_init: bool = True
    has_parts: bool = True
    tags: str = ""
    dates: DateRanges = field(default_factory=DateRanges)

    def map(self, version: int) -> str:
        """Return EXT-X-MAP, where there is one."""
        return f'#EXT-X-MAP:URI="{self.base}{init_name(version)}"\n' if self.has_init else ""

    def segment(self, segment: Segment, *, with_parts: bool) -> str:
        """Return a complete segment, with its parts while it is near the edge."""
        parts = self.parts(segment) if with_parts else told(self, segment)
        gap = "#EXT-X-GAP\n" if segment.is_absent else ""
        return (
            f"{beginning(segment)}{parts}{gap}"
            f"#EXTINF:{segment.duration / self.timescale:.5f},\n"
            f"{self.base}{segment_name(segment.msn, self.suffix)}\n"
        )

    def parts(self, segment: Segment) -> str:
        """Return a line for each part."""
        out, at = [], segment.media_time
        for index, part in enumerate(segment.parts):
            out.append(_told(self, at, at + part.duration))
            at += part.duration
            independent = ",INDEPENDENT=YES" if part.independent else ""
            gap = ",GAP=YES" if part.gap or segment.withdrawn else ""
            name = part_name(segment.msn, index, self.suffix)
            out.append(
                f"#EXT-X-PART:DURATION={part.duration / self.timescale:.5f},"
                f'URI="{self.base}{name}"{independent}{gap}\n'
            )
        return "".join(out)

    def hint(self, msn: int, part: int, next_init: int | None) -> str:
        """Return the hint for the next part, and for its init section if that is new (§4.4.5.3)."""
        first = ""
        if self.has_init and next_init is not None and part == 0:
            first = f'#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="{self.base}{init_name(next_init)}"\n'
        name = part_name(msn, part, self.suffix)
        return f'{first}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{self.base}{name}"\n'


@dataclass(frozen=True, slots=True)
class KeyFrameLines:
    """The picture each segment begins with, as a byte range of it (§4.4.3.6)."""

    base: str
    timescale: int
    has_parts: bool = False
    tags: str = "#EXT-X-I-FRAMES-ONLY\n"
    dates: DateRanges = field(default_factory=DateRanges)

    def map(self, version: int) -> str:
        """Return EXT-X-MAP."""
        return f'#EXT-X-MAP:URI="{self.base}{init_name(version)}"\n'

    def segment(self, segment: Segment, *, with_parts: bool) -> str:  # noqa: ARG002
        """Return the key frame, which lasts until the next one; without a known size a gap."""
        size = max(segment.key_size, 1)
        gap = "#EXT-X-GAP\n" if segment.is_absent or segment.key_size <= 0 else ""
        return (
            f"{told(self, segment)}{beginning(segment)}{gap}"
            f"#EXTINF:{segment.duration / self.timescale:.5f},\n#EXT-X-BYTERANGE:{size}@0\n"
            f"{self.base}{segment_name(segment.msn)}\n"
        )

    def parts(self, segment: Segment) -> str:
        """Return what is told with an open segment: its key frame comes with the whole of it."""
        return told(self, segment)

    def hint(self, msn: int, part: int, next_init: int | None) -> str:  # noqa: ARG002
        """Return nothing."""
        return ""


def beginning(segment: Segment) -> str:
    """Discontinuity and date: "MUST appear before the first EXT-X-PART" of the segment."""
    mark = "#EXT-X-DISCONTINUITY\n" if segment.discontinuity else ""
    return f"{mark}#EXT-X-PROGRAM-DATE-TIME:{program_date_time(segment.court_us)}\n"


def told(lines: Lines, segment: Segment) -> str:
    """Return the tags that are told with the pictures of a segment, as far as it reaches."""
    return _told(lines, segment.media_time, segment.media_time + segment.duration)


def _told(lines: Lines, start: int, end: int) -> str:
    scale = lines.timescale
    return lines.dates.told(start * 1_000_000 // scale, end * 1_000_000 // scale)
