"""The program's time, as timestamps and as sender reports tell it; pure.

Pictures and sound of a worker count from the same moment, each in its own timescale. So one shift
holds for all, and one line from media time to court time: a receiver that believes the reports
plays them in step, and knows which court time it shows.
"""

from __future__ import annotations

_MOST_AHEAD_SECONDS = 3_600.0
_USUAL_DISTANCE_SECONDS = 0.04
_SAME_LINE_US = 50_000


class MediaClock:
    """Media time in seconds since the worker's beginning, never backwards; ``now`` in seconds."""

    def __init__(self) -> None:
        self._shift = 0.0
        self._is_new = False
        self._media: float | None = None
        self._at = 0.0
        self._court_offset_us = 0
        self.lines = 0
        """How many lines there have been: a delay that is changed begins another one."""

    def restart(self) -> None:
        """Expect a worker that may count anew."""
        self._is_new = True

    def take(self, pts: int, timescale: int, court_us: int, now: float) -> int:
        """Take a frame's times; return its timestamp in its timescale."""
        if self._is_new:
            self._is_new = False
            self._shift = self._needed_shift(pts / timescale, now)
        media = pts / timescale + self._shift
        if self._media is None or media >= self._media:
            self._media, self._at = media, now
            offset_us = court_us - round(media * 1_000_000)
            if abs(offset_us - self._court_offset_us) > _SAME_LINE_US:
                self.lines += 1
            self._court_offset_us = offset_us
        return pts + round(self._shift * timescale)

    def _needed_shift(self, told: float, now: float) -> float:
        if self._media is None:
            return 0.0
        ahead = told + self._shift - self._media
        if 0 < ahead <= _MOST_AHEAD_SECONDS:
            return self._shift
        return self._media + max(now - self._at, _USUAL_DISTANCE_SECONDS) - told

    def media_seconds(self, now: float) -> float:
        """Return the media time of now."""
        return 0.0 if self._media is None else self._media + max(now - self._at, 0.0)

    def court_us(self, media_seconds: float) -> int:
        """Return the court time that is shown at a media time."""
        return round(media_seconds * 1_000_000) + self._court_offset_us

    @property
    def newest_court_us(self) -> int | None:
        """The court time of the newest frame."""
        return None if self._media is None else self.court_us(self._media)
