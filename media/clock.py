"""The court clock: CLOCK_MONOTONIC with one anchor in Unix time, the same for all processes.

Court time is Unix microseconds (``*_us``). It follows CLOCK_MONOTONIC, so it never steps when the
wall clock is set; monotonic times are nanoseconds (``*_ns``) since the machine started.
"""

from __future__ import annotations

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
