"""Stream time → court time: minimum-filtered arrival, through jumps, drift, bursts and jitter.

What arrives was never captured later than it arrived, and the packet that was delayed least tells
most: court time = stream time + the least (arrival − stream time) of the last half minute. That
holds through jitter and backlogs. Slow changes (the camera's clock drifts) are followed so slowly
that sound can be resampled without being heard; large ones at once. All times are microseconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from media.feeds.drift import Drift
from media.spool.record import Stream

WINDOW_US = 30_000_000
BUCKET_US = 1_000_000
# A stream that skips more than this without the arrival explaining it was set anew by the camera.
JUMP_US = 500_000
# Minima of picture and sound of one clock lie closer than this, or the clocks are not one.
SHARED_US = 250_000
PAUSE_US = 250_000  # jitter and bursts are shorter
STEP_US = 80_000  # farther off than two pictures: corrected at once
SETTLING_US = 15_000_000  # at first the minimum is still being found
SETTLING_PPM = 10_000
SLEW_PPM = 500  # architecture §6.3: sound is resampled by at most this
SOUND_STEP_US = 30_000
_AGED_US = 3_000_000  # what was carried over a jump must prove itself within this


@dataclass(frozen=True, slots=True)
class Timing:
    """When a packet says it belongs and when it came.

    ``arrival_us`` is the earliest moment at which its content can have been here (of sound: its
    end). ``is_shared``: the stream time is one clock with that of the feed's other stream, once
    ``skew_us`` is added to it.
    """

    stream: Stream
    pts_us: int
    dts_us: int | None
    duration_us: int
    arrival_us: int
    is_shared: bool
    skew_us: int = 0


@dataclass(frozen=True, slots=True)
class Observed:
    """A packet's timing with what the camera's clock had been shifted by when it was seen."""

    timing: Timing
    shifted_us: int
    has_jumped: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a packet lies in court time; ``decode_us`` grows strictly within a stream."""

    court_us: int
    decode_us: int


class _Applied:
    """The offset in use: follows what is found slowly, or steps when it is far off."""

    def __init__(self, offset: float = 0.0, at_us: int | None = None) -> None:
        self.offset, self._at_us = offset, at_us

    def copy(self, moved_us: int) -> _Applied:
        return _Applied(self.offset + moved_us, self._at_us)

    def follow(self, target: int, now_us: int, age_us: int) -> None:
        if self._at_us is None or abs(target - self.offset) > STEP_US:
            self.offset = float(target)
        else:
            passed = max(now_us - self._at_us, 0)
            most = passed * (SETTLING_PPM if age_us < SETTLING_US else SLEW_PPM) / 1_000_000
            self.offset += max(-most, min(most, target - self.offset))
        self._at_us = max(now_us, self._at_us or now_us)


class _Line:
    """One stream's line of time: what was seen of it and the offset that is in use."""

    def __init__(self) -> None:
        # (arrival, offset) of the least of each second; offsets grow, so the first is the least
        self.window: deque[tuple[int, int]] = deque()
        self.last: Timing | None = None
        self.first_us = 0
        self.shifted_us = 0
        self.applied = _Applied()
        self.reorder_us = 0
        self.highest_us: int | None = None
        self.decode_us: int | None = None

    def note(self, arrival_us: int, offset_us: int) -> None:
        window = self.window
        while window and window[-1][1] >= offset_us:
            window.pop()
        if not window or arrival_us - window[-1][0] >= BUCKET_US:
            window.append((arrival_us, offset_us))

    def minimum(self, now_us: int) -> int | None:
        while self.window and now_us - self.window[0][0] > WINDOW_US:
            self.window.popleft()
        return self.window[0][1] if self.window else None

    def shift(self, by_us: int, now_us: int) -> None:
        """The camera's clock was set: keep the offset known so far, moved, but not for long."""
        least = self.minimum(now_us)
        self.window.clear()
        if least is not None:
            self.window.append((now_us - WINDOW_US + _AGED_US, least + by_us))
        self.applied.offset += by_us
        self.shifted_us += by_us

    def reordered(self, even_us: int) -> None:
        """Learn from a stream time (jumps taken out) how far pictures are sent before they show."""
        if self.highest_us is None or even_us > self.highest_us:
            self.highest_us = even_us
        self.reorder_us = max(self.reorder_us, min(self.highest_us - even_us, JUMP_US))


def _tick(timing: Timing) -> int:
    return timing.pts_us if timing.dts_us is None else timing.dts_us


def skipped(before: Timing, now: Timing) -> int | None:
    """Return by how much the camera's clock was set, None if it was not.

    A gap is no skip when as much time went by, and a late packet is none because stream time runs
    on evenly whatever the network does.
    """
    moved = _tick(now) - _tick(before)
    waited = max(now.arrival_us - before.arrival_us, 0)
    usual = max(before.duration_us, 0)
    uneven = moved - usual
    if moved < -JUMP_US or (abs(uneven) > JUMP_US and abs(moved - waited) > JUMP_US):
        # arrival is uneven, what is sent is not, unless the camera paused
        return (waited if waited - usual > PAUSE_US else usual) - moved
    if now.stream == "audio" and uneven < -SOUND_STEP_US:
        return -uneven
    return None


class FeedClock:
    """Maps the stream times of one connection to a camera; made anew for each connection.

    Every packet is observed when it comes and placed when it is written. Between the two the feed
    may hold the first packets for a moment, so that a backlog at the start does not count.
    ``not_before`` is where the connection before left each stream.
    """

    def __init__(self, not_before: dict[Stream, int] | None = None) -> None:
        self._lines: dict[Stream, _Line] = {"video": _Line(), "audio": _Line()}
        for stream, decode_us in (not_before or {}).items():
            self._lines[stream].decode_us = decode_us
        self._common: _Applied | None = None
        self._drift = Drift()
        self._measured: Stream = "video"
        self.jumps = 0

    @property
    def reached(self) -> dict[Stream, int]:
        """Return the last decode time of each stream."""
        return {
            stream: line.decode_us
            for stream, line in self._lines.items()
            if line.decode_us is not None
        }

    @property
    def drift_ppm(self) -> float:
        """How much faster the camera's clock runs than the recorder's."""
        return self._drift.ppm

    def observe(self, timing: Timing) -> Observed:
        """Take note of a packet in the order of arrival."""
        line = self._lines[timing.stream]
        before, now_us = line.last, timing.arrival_us
        has_jumped = False
        if before is None:
            line.first_us = now_us
        else:
            skip = skipped(before, timing)
            if skip is not None:
                line.shift(skip, now_us)
                has_jumped = abs(skip) > JUMP_US
                self.jumps += has_jumped
        line.last = timing
        line.note(now_us, now_us - timing.pts_us)
        line.reordered(timing.pts_us + line.shifted_us)
        if timing.stream == "video" or self._lines["video"].last is None:
            if has_jumped or timing.stream != self._measured:
                self._drift.forget()
            self._measured = timing.stream
            self._drift.note(now_us, now_us - timing.pts_us - line.shifted_us)
        return Observed(timing, line.shifted_us, has_jumped)

    def place(self, observed: Observed) -> Placed:
        """Return where an observed packet lies in court time."""
        timing = observed.timing
        line = self._lines[timing.stream]
        offset = self._offset(line, timing) - (line.shifted_us - observed.shifted_us)
        court_us = timing.pts_us + round(offset)
        if timing.dts_us is not None:
            decode_us = timing.dts_us + round(offset)
        else:
            decode_us = court_us - line.reorder_us
        if line.decode_us is not None:
            decode_us = max(decode_us, line.decode_us + 1)
        line.decode_us = decode_us
        return Placed(max(court_us, decode_us), decode_us)

    def _offset(self, line: _Line, timing: Timing) -> float:
        now_us = timing.arrival_us
        own = line.minimum(now_us)
        if own is None:  # placed long after it was observed
            own = now_us - timing.pts_us
        theirs = self._of_the_other(timing, own)
        age_us = now_us - line.first_us
        if theirs is None:
            self._common = None
            line.applied.follow(own, now_us, age_us)
            return line.applied.offset
        target = min(own - timing.skew_us, theirs)
        if self._common is None:
            self._common = self._together(target)
        self._common.follow(target, now_us, age_us)
        line.applied = self._common.copy(timing.skew_us)
        return line.applied.offset

    def _together(self, target: int) -> _Applied:
        """Picture and sound move together from here on: the one that was placed worse steps."""
        known = [
            line.applied.copy(-line.last.skew_us)
            for line in self._lines.values()
            if line.last is not None
        ]
        return min(known, key=lambda applied: abs(applied.offset - target))

    def _of_the_other(self, timing: Timing, own: int) -> int | None:
        """Return the other stream's least offset on the shared line if it agrees with this one's.

        What a camera tells of its clocks is believed as far as arrival bears it out.
        """
        other = self._lines["audio" if timing.stream == "video" else "video"]
        if not timing.is_shared or other.last is None or not other.last.is_shared:
            return None
        theirs = other.minimum(timing.arrival_us)
        if theirs is None:
            return None
        theirs -= other.last.skew_us
        return theirs if abs(theirs - (own - timing.skew_us)) < SHARED_US else None


def unwrapped(stream_us: int, before_us: int, period_us: int) -> int:
    """Return a time of a counter that wraps as the value nearest to the one before."""
    turns = round((before_us - stream_us) / period_us)
    return stream_us + turns * period_us
