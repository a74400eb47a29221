"""How fast a camera's clock runs, from when its packets come; pure.

The least delay of ten seconds is nearly free of jitter; a straight line through those of ten
minutes tells parts per million. All times are microseconds.
"""

from __future__ import annotations

from collections import deque

BUCKET_US = 10_000_000
MOST_BUCKETS = 60
LEAST_BUCKETS = 6  # below a minute jitter would be told as drift


class Drift:
    """Takes (arrival − stream time) of packets in the order of arrival."""

    def __init__(self) -> None:
        self._least: deque[tuple[int, int]] = deque(maxlen=MOST_BUCKETS)
        self._begun_us: int | None = None
        self._current: tuple[int, int] | None = None  # arrival and offset of the least so far

    def note(self, arrival_us: int, offset_us: int) -> None:
        """A packet came."""
        if self._begun_us is None or not 0 <= arrival_us - self._begun_us < BUCKET_US:
            if self._current is not None:
                self._least.append(self._current)
            self._begun_us, self._current = arrival_us, None
        if self._current is None or offset_us < self._current[1]:
            self._current = (arrival_us, offset_us)

    def forget(self) -> None:
        """The camera's clock was set: what was seen before tells nothing of what comes."""
        self._least.clear()
        self._begun_us = self._current = None

    @property
    def ppm(self) -> float:
        """How much faster the camera's clock runs than the recorder's; 0 until that is known."""
        if len(self._least) < LEAST_BUCKETS:
            return 0.0
        count = len(self._least)
        middle_x = sum(at for at, _ in self._least) / count
        middle_y = sum(offset for _, offset in self._least) / count
        spread = sum((at - middle_x) ** 2 for at, _ in self._least)
        if not spread:
            return 0.0
        slope = sum((at - middle_x) * (y - middle_y) for at, y in self._least) / spread
        return -slope * 1_000_000
