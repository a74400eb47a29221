"""How far a stream reached at which moment: which tags are new to everybody [pure].

"EXT-X-DATERANGE tags that were added to the Playlist more than CAN-SKIP-UNTIL seconds before the
Playlist request" (§6.2.5.1) goes by the time of adding and not by the media's: a worker that
succeeds another one may add half a minute within a second, and nobody knows it yet.
"""

from __future__ import annotations

from collections import deque

_KEPT_S = 60.0


class Arrivals:
    """Ends of the stream, in µs of its own time line, with the time they were reached."""

    def __init__(self) -> None:
        self._ends: deque[tuple[float, int]] = deque()

    def note(self, now_s: float, end_us: int) -> None:
        """Know that the stream reaches so far now; it never gets shorter."""
        if self._ends and end_us <= self._ends[-1][1]:
            return
        self._ends.append((now_s, end_us))
        while len(self._ends) > 1 and self._ends[1][0] <= now_s - _KEPT_S:
            self._ends.popleft()

    def reached_us(self, then_s: float) -> int:
        """Return how far it reached then: what lies behind was added later."""
        return next((end_us for at_s, end_us in reversed(self._ends) if at_s <= then_s), 0)

    def precede(self, earlier: Arrivals) -> None:
        """Take over what another one noted of the same stream before."""
        later, self._ends = self._ends, deque(earlier._ends)
        for at_s, end_us in later:
            self.note(at_s, end_us)
