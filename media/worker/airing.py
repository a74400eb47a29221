"""Notices when what the public sees becomes something else."""

from __future__ import annotations

from collections.abc import Iterator

from media.messages import AirChange
from media.release import ReleasedFrame


class Airing:
    """Takes each released tick before it is encoded; yields what is to be told first.

    The first tick of a worker is always told: nobody knows what became of the last one of the
    worker before. Where court time steps, the same is told again for the new time.
    """

    def __init__(self, tick_us: int) -> None:
        self._tick_us = tick_us
        self._air: str | None = None
        self._next_us = 0

    def take(self, released: ReleasedFrame) -> Iterator[AirChange]:
        """Compare a tick with the one before."""
        court_us = released.court_us
        if released.air != self._air or court_us != self._next_us:
            yield AirChange(released.tick * self._tick_us, court_us, released.air)
        self._air, self._next_us = released.air, court_us + self._tick_us

    def over(self, tick: int) -> AirChange:
        """Return what is told when nothing is seen from ``tick`` on."""
        return AirChange(tick * self._tick_us, self._next_us, "")
