"""RTP timestamps for frames that are sent later than they were made; pure.

A viewer who starts in the middle of a group of pictures gets what came before in quick succession.
With the timestamps they were made with, a browser would take their age for the line's delay and
keep it. So each is given the time at which it is sent, on the clock of the live frames, and no
later than shortly after the newest frame, so that live timestamps follow on without a step back.
"""

from __future__ import annotations

_STEP = 4  # least distance of two timestamps below the limit, in ticks


class Squeeze:
    """Timestamps of one viewer's frames until it has caught up; all without bound."""

    def __init__(self, last: int | None = None) -> None:
        """``last`` is the timestamp the viewer has seen last."""
        self._last = last

    def stamp(self, clock: int, newest: int, frames_behind: int, ticks: int) -> int:
        """Return the timestamp for the next frame, later than all before.

        ``clock`` is now and ``newest`` the newest frame's, on the live clock; ``frames_behind`` is
        how many frames will follow up to the newest, ``ticks`` how long a frame lasts. While those
        who follow have room between them (``fits``), the result is below ``newest + ticks``.
        """
        limit = newest + ticks // 2 - frames_behind * _STEP
        stamp = min(clock, limit)
        if self._last is not None:
            stamp = max(stamp, self._last + 1)
        self._last = stamp
        return stamp


def fits(frames: int, ticks: int) -> bool:
    """Whether so many frames have room for timestamps between two live ones."""
    return frames * _STEP < ticks // 2
