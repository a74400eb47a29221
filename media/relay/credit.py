"""How much of something a viewer may have in a second; pure.

One rule for all that viewers send and ask for: datagrams, checks, reports, packets sent again.
"""

from __future__ import annotations


class Credit:
    """So much a second may be asked for, and a second's worth at once."""

    def __init__(self, a_second: int, now: float) -> None:
        self._a_second = a_second
        self._left = float(a_second)
        self._at = now

    def take(self, count: int, now: float) -> int:
        """Return how many of so many are granted."""
        passed = max(now - self._at, 0.0)
        self._left = min(self._left + passed * self._a_second, float(self._a_second))
        self._at = now
        granted = min(count, int(self._left))
        self._left -= granted
        return granted
