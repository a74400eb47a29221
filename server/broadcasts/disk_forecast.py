"""How long the room on a disk lasts [pure].

Cameras and the public recording tell what this hearing will write. What else fills the disk, other
courtrooms of the house above all, shows in how its room has grown less lately.
"""

from __future__ import annotations

from collections import deque

SPAN_S = 120.0
_EVERY_S = 5.0
_LEAST_S = 20.0  # files are written in pieces: less tells nothing
# What a public recording takes before its stream has said so: a ladder of 720p with its sound.
USUAL_PUBLIC_BIT_RATE = 4_000_000


class DiskForecast:
    """Takes the room on a disk as it is told, about once a second; times in monotonic seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def take(self, at_s: float, free_bytes: int) -> None:
        """Note the room that is left."""
        if self._seen and at_s - self._seen[-1][0] < _EVERY_S:
            return
        self._seen.append((at_s, free_bytes))
        while at_s - self._seen[0][0] > SPAN_S:
            self._seen.popleft()

    def forget(self) -> None:
        """Nobody tells any more."""
        self._seen.clear()

    def minutes(self, bit_rate: int, free_bytes: int, reserve_bytes: int) -> int | None:
        """Return whole minutes until only the reserve is left; None while nothing is written.

        ``bit_rate`` is what this hearing writes by itself, in bit/s.
        """
        byte_rate = max(bit_rate / 8, self._taken())
        if byte_rate <= 0:
            return None
        return int(max(free_bytes - reserve_bytes, 0) / byte_rate / 60)

    def _taken(self) -> float:
        """Return by how many bytes a second the room has grown less."""
        if len(self._seen) < 2:  # noqa: PLR2004 - a beginning and an end
            return 0.0
        (began_s, before), (at_s, now) = self._seen[0], self._seen[-1]
        return (before - now) / (at_s - began_s) if at_s - began_s >= _LEAST_S else 0.0
