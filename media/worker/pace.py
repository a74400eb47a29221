"""Which ticks get a picture of their own, by how late a worker is, and which a still [pure].

A picture that is not composed lets the one before last longer; sound is never left out. Where a
part is wholly overdue, as after a worker's death, players wait for nothing but its end: one picture
stands for all of it, and the still that an edge of the gate asks for has time until the next part.
"""

from __future__ import annotations

_HALVE_AFTER_TICKS = 3, 5
"""Who is later than this composes every second, or every fourth, picture until it has caught up."""
_STILL_EVERY_TICKS = 50


class Pace:
    """Asked once for each tick, in order."""

    def __init__(self, tick_us: int, part_ticks: int) -> None:
        self._tick_us = tick_us
        self._part_ticks = part_ticks
        self._is_overdue = False  # all of the part was due when it was begun
        self._still_at = 0

    def repeats(self, tick: int, late_us: int) -> bool:
        """Whether a tick that is so late shows the picture before, where it may."""
        place = tick % self._part_ticks
        if place == 0:
            self._is_overdue = late_us >= (self._part_ticks - 1) * self._tick_us
        if self._is_overdue:
            return place > 0
        every = (1, 2, 4)[sum(late_us > most * self._tick_us for most in _HALVE_AFTER_TICKS)]
        return place % every != 0

    def still(self, tick: int, *, edge: bool) -> bool:
        """Whether a tick's picture is made a still: after each edge of the gate, and regularly."""
        if edge:
            hurry = self._part_ticks - tick % self._part_ticks if self._is_overdue else 0
            self._still_at = tick + hurry
        if tick < self._still_at:
            return False
        self._still_at = tick + _STILL_EVERY_TICKS
        return True
