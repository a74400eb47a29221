"""How fast packets may leave; pure.

A large frame all at once overflows the queues of switches and Wi-Fi, and of receivers that do not
read for a few milliseconds: pictures then freeze at each key frame. So what is large goes out in
slices, a turn apart.
"""

from __future__ import annotations

TURN_SECONDS = 0.005
SLICE_PACKETS = 32
"""Packets of one frame that go out together: 38 KB, at a turn's distance 61 Mbit/s."""
CATCH_UP = 4
LEAST_RATE = 10_000_000
_FIRST_BYTES = 38_000  # go out at once: the beginning of the first picture, as large as a slice
_MOST_SAVED_SECONDS = 0.02


class Allowance:
    """What one viewer who catches up may be sent: several times the rendition's bit rate."""

    def __init__(self, bit_rate: float, now: float) -> None:
        """``bit_rate`` in bit/s; times in seconds on any clock."""
        self._bytes_per_second = max(CATCH_UP * bit_rate, LEAST_RATE) / 8
        self._bytes = float(_FIRST_BYTES)
        self._at = now

    def refill(self, now: float) -> None:
        """Let time pass; a late turn is made up for a little only."""
        passed = min(max(now - self._at, 0.0), _MOST_SAVED_SECONDS)
        self._at = now
        gained = passed * self._bytes_per_second
        self._bytes = min(self._bytes + gained, max(gained, self._bytes))

    @property
    def is_left(self) -> bool:
        """Whether a packet may go now."""
        return self._bytes > 0

    def spend(self, size: int) -> None:
        """Take a packet's bytes; the last may overdraw."""
        self._bytes -= size


def slices(count: int) -> list[tuple[int, int]]:
    """Return the ranges of packets of a frame that go out together."""
    parts = max(1, -(-count // SLICE_PACKETS))
    size = -(-count // parts)
    return [(start, min(start + size, count)) for start in range(0, count, max(size, 1))]
