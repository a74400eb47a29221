"""What a media playlist lists: the newest segments, as far back as is wanted, and the open one."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Reversible
from dataclasses import dataclass, field

from media.messages import Part, SegmentListed


@dataclass(slots=True)
class ListedPart:
    """A part; ``duration`` in timescale units, ``size`` in bytes."""

    duration: int
    independent: bool
    size: int
    gap: bool = False


@dataclass(slots=True)
class Segment:
    """A segment, complete or still open; times in timescale units, ``court_us`` of its beginning.

    ``discontinuity_sequence`` counts the discontinuities up to and including this segment.
    ``key_size`` is where its first picture ends, in bytes from its beginning: 0 while nobody has
    looked, -1 where there is none. ``parts`` are forgotten when nobody may ask for them any more.
    ``gap``: it is not there. ``withdrawn``: it is, and is not given out.
    """

    msn: int
    court_us: int
    media_time: int
    init_version: int
    discontinuity: bool = False
    discontinuity_sequence: int = 0
    gap: bool = False
    duration: int = 0
    key_size: int = 0
    parts: list[ListedPart] = field(default_factory=list)
    withdrawn: bool = False

    @property
    def is_absent(self) -> bool:
        """Whether players are told that it is not to be had (EXT-X-GAP)."""
        return self.gap or self.withdrawn

    def has(self, part: int | None, *, complete: int) -> bool:
        """Whether a part, or the whole, can be had; ``complete`` is the last complete segment."""
        if part is None:
            return self.msn <= complete and not self.is_absent
        if self.withdrawn:
            return False
        return part < len(self.parts) and not self.parts[part].gap

    def span(self, part: int | None) -> tuple[int, int]:
        """Offset from the beginning and duration of a part, or of the whole."""
        if part is None:
            return 0, self.duration
        return sum(listed.duration for listed in self.parts[:part]), self.parts[part].duration

    def place(self, part: int) -> tuple[int, int]:
        """Offset and size in bytes of a part in the segment's file."""
        return sum(listed.size for listed in self.parts[:part]), self.parts[part].size


@dataclass(frozen=True, slots=True)
class Edge:
    """How far a playlist reaches: what a blocking reload is decided by.

    ``complete`` is the last complete segment (-1: none) with ``final`` parts, ``open`` the number
    of parts in the segment after it.
    """

    complete: int = -1
    final: int = 0
    open: int = 0

    @property
    def last(self) -> tuple[int, int] | None:
        """Segment and part of the newest part."""
        if self.open:
            return self.complete + 1, self.open - 1
        return (self.complete, self.final - 1) if self.final else None

    @property
    def next(self) -> tuple[int, int]:
        """Segment and part that come next, unless the segment is closed early."""
        return self.complete + 1, self.open


class Window:
    """The sliding list of one rendition.

    ``length`` is kept at least, in timescale units; None: everything, back to the beginning.
    """

    def __init__(self, *, timescale: int, length: int | None) -> None:
        self.timescale = timescale
        self.segments: deque[Segment] = deque()  # complete ones
        self.open: Segment | None = None
        self.ended = False
        self.next_init: int | None = None  # announced, not yet used
        self._length = length
        self._duration = 0
        self._edge = Edge()
        self._sequence = 0

    @property
    def edge(self) -> Edge:
        """How far the window reaches."""
        return self._edge

    @property
    def media_sequence(self) -> int:
        """Number of the oldest segment."""
        if self.segments:
            return self.segments[0].msn
        return self.open.msn if self.open else 0

    @property
    def discontinuity_sequence(self) -> int:
        """EXT-X-DISCONTINUITY-SEQUENCE: discontinuities before the oldest segment (§4.4.3.3)."""
        first = self.segments[0] if self.segments else self.open
        return first.discontinuity_sequence - first.discontinuity if first else 0

    def find(self, msn: int) -> Segment | None:
        """Return the listed or open segment of this number."""
        if self.open and self.open.msn == msn:
            return self.open
        at = msn - self.media_sequence
        return self.segments[at] if 0 <= at < len(self.segments) else None

    @property
    def end_us(self) -> int:
        """Where the newest part ends on the stream's own time line; 0 before there is one."""
        newest = self.open or (self.segments[-1] if self.segments else None)
        if newest is None:
            return 0
        return (newest.media_time + newest.duration) * 1_000_000 // self.timescale

    def start_us(self, msn: int) -> int:
        """Where a segment begins on that line; of one that is not listed, where the list ends."""
        segment = self.find(msn)
        return segment.media_time * 1_000_000 // self.timescale if segment else self.end_us

    def msn_at(self, media_us: int) -> int:
        """Number of the segment a moment of the stream lies in, or of the nearest one listed."""
        first, last = self.media_sequence, self._edge.complete + (self.open is not None)
        begun = bisect_right(range(first, last + 1), media_us, key=self.start_us)
        return first + max(0, begun - 1)

    def list_segment(self, listed: SegmentListed) -> bool:
        """Append a complete segment; False if it is not the next one."""
        if self.open or (self._edge.complete >= 0 and listed.msn != self._edge.complete + 1):
            return False
        self._sequence = listed.discontinuity_sequence
        self._append(
            Segment(
                msn=listed.msn,
                court_us=listed.court_us,
                media_time=listed.media_time,
                init_version=listed.init_version,
                discontinuity=listed.discontinuity,
                discontinuity_sequence=listed.discontinuity_sequence,
                gap=listed.gap,
                duration=listed.duration,
                parts=[ListedPart(*part, gap=listed.gap) for part in listed.parts],
            )
        )
        return True

    def prepend(self, segments: Reversible[Segment]) -> None:
        """Put older segments before the first one, as far as the length has room for them.

        They must lead up to it without a hole. Only before anybody has read the list: "the server
        MUST NOT" put anything before what it has listed (§6.2.1).
        """
        for segment in reversed(segments):
            if segment.msn != self.media_sequence - 1:
                continue
            if self._length is not None and self._duration >= self._length:
                return
            self.segments.appendleft(segment)
            self._duration += segment.duration

    def add(self, part: Part) -> bool:
        """Append a part; False if it is already there or not the next one.

        The first part of the next segment closes the open segment, if nothing else did.
        """
        if self.open is None:
            if part.part or (self._edge.complete >= 0 and part.msn != self._edge.complete + 1):
                return False
            self._begin(part)
        elif part.msn == self.open.msn + 1 and part.part == 0:
            self._append(self.open)
            self._begin(part)
        elif (part.msn, part.part) != (self.open.msn, len(self.open.parts)):
            return False
        segment = self.open
        assert segment is not None  # noqa: S101  (_begin has set it)
        segment.parts.append(
            ListedPart(part.duration, part.independent, len(part.payload), part.gap)
        )
        segment.duration += part.duration
        # A segment with a hole is not offered as a whole.
        segment.gap |= part.gap
        if part.last:
            self._append(segment)
        else:
            self._edge = Edge(segment.msn - 1, self._edge.final, len(segment.parts))
        return True

    def end(self) -> None:
        """Nothing will follow: what is open is complete."""
        if self.open:
            self._append(self.open)
        self.ended = True

    def with_parts(self, reach: int) -> int:
        """How many complete segments at the end have at most ``reach`` of segments after them.

        Their parts are listed: "EXT-X-PART tags SHOULD be removed from the Playlist after they are
        greater than three Target Durations from the end" (§6.2.2), and not before (§6.2.1).
        """
        count = after = 0
        for segment in reversed(self.segments):
            if after > reach:
                break
            count += 1
            after += segment.duration
        return count

    def skippable(self, boundary: int) -> int:
        """How many segments lie further than ``boundary`` from the end (§6.2.5.1)."""
        after = 0
        for skipped, segment in enumerate(reversed(self.segments)):
            if after > boundary:
                return len(self.segments) - skipped
            after += segment.duration
        return 0

    def parted(self, reach: int) -> int:
        """Number of the oldest segment that has at most ``reach`` of segments after it."""
        return self.media_sequence + len(self.segments) - self.with_parts(reach)

    def _begin(self, part: Part) -> None:
        self._sequence += part.discontinuity
        self.open = Segment(
            msn=part.msn,
            court_us=part.court_us,
            media_time=part.media_time,
            init_version=part.init_version,
            discontinuity=part.discontinuity,
            discontinuity_sequence=self._sequence,
        )
        if self.next_init == part.init_version:
            self.next_init = None

    def _append(self, segment: Segment) -> None:
        self.open = None
        self.segments.append(segment)
        self._duration += segment.duration
        self._edge = Edge(segment.msn, len(segment.parts), 0)
        if self._length is None:
            return
        while self._duration - self.segments[0].duration >= self._length:
            self._duration -= self.segments.popleft().duration
