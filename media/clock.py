"""The court clock: CLOCK_MONOTONIC with one anchor in Unix time, the same for all processes.

Court time is Unix microseconds (``*_us``). It follows CLOCK_MONOTONIC, so it never steps when the
wall clock is set; monotonic times are nanoseconds (``*_ns``) since the machine started.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

# After a longer pause than this a recorder takes a new anchor, so that a wall clock that was
# corrected between hearings is believed, and never within one.
ANCHOR_KEPT_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class CourtClock:
    """Turns monotonic time into court time and back."""

    anchor_us: int
    anchor_ns: int

    def court_us(self, monotonic_ns: int) -> int:
        """Return the court time of a moment of this machine."""
        return self.anchor_us + (monotonic_ns - self.anchor_ns) // 1000

    def monotonic_ns(self, court_us: int) -> int:
        """Return the moment of this machine at which the court clock shows ``court_us``."""
        return self.anchor_ns + (court_us - self.anchor_us) * 1000


def continued(
    before: CourtClock | None, last_beat_us: int, wall_us: int, monotonic_ns: int
) -> CourtClock:
    """Return the clock of a recorder that starts now.

    ``before`` is the clock the recorder before it left on this boot of the machine, if any: within
    an hour it goes on, whatever was done to the wall clock, so that a restart in a hearing cannot
    make court time step.
    """
    if before is not None and 0 <= before.court_us(monotonic_ns) - last_beat_us < ANCHOR_KEPT_US:
        return before
    return CourtClock(wall_us, monotonic_ns)


class CourtMap:
    """Piecewise map stream time ↔ court time of a broadcast.

    A new piece begins where the delay changed or the program's clock was set anew; nobody may do
    arithmetic across such a place. Both times are microseconds.
    """

    def __init__(self) -> None:
        self._stream: list[int] = []
        self._court: list[int] = []

    def begin(self, stream_us: int, court_us: int) -> None:
        """From ``stream_us`` on, stream and court time run together from this pair."""
        if self._stream and stream_us < self._stream[-1]:
            raise ValueError("pieces are begun in the order of stream time")
        if self._stream and stream_us == self._stream[-1]:
            self._stream.pop()
            self._court.pop()
        self._stream.append(stream_us)
        self._court.append(court_us)

    def court_us(self, stream_us: int) -> int | None:
        """Return the court time shown at a stream time; None before the first piece."""
        at = bisect_right(self._stream, stream_us) - 1
        return None if at < 0 else self._court[at] + stream_us - self._stream[at]

    def stream_us(self, court_us: int) -> int | None:
        """Return the stream time that shows a court time, the latest if it was shown twice.

        None if it was never shown (skipped when the delay was shortened, or before the start).
        """
        for at in range(len(self._stream) - 1, -1, -1):
            stream = self._stream[at] + court_us - self._court[at]
            last = at + 1 == len(self._stream)
            if court_us >= self._court[at] and (last or stream < self._stream[at + 1]):
                return stream
        return None
