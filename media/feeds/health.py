"""How a feed fares in numbers, over the last seconds."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from media.spool.record import Stream

WINDOW_US = 4_000_000
KEYLESS_US = 12_000_000  # cameras send a key frame each second or two; ten are known
STALL_US = 3_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of a moment; zero when nothing came in the last seconds.

    ``bit_rate`` in bit/s of picture and sound together, ages and distances in seconds.
    """

    bit_rate: int
    frame_rate: float
    key_frame_distance_s: float
    last_packet_age_s: float


class Health:
    """Counts what comes; told the court time, in microseconds.

    A feed's thread notes packets while the recorder's loop asks for figures.
    """

    def __init__(self, begun_us: int) -> None:
        self._begun_us = begun_us
        self._seen: deque[tuple[int, Stream, int, bool]] = deque()
        self._last_key_court_us: int | None = None
        self._last_key_us = begun_us
        self._key_distance_us = 0
        self._last_us: dict[Stream, int] = {}
        self._lock = threading.Lock()

    def note(
        self, stream: Stream, arrival_us: int, court_us: int, size: int, *, key: bool, sane: bool
    ) -> None:
        """A packet came; ``sane`` says whether it looks like what it should be."""
        with self._lock:
            self._seen.append((arrival_us, stream, size, sane))
        self._last_us[stream] = arrival_us
        if stream == "video" and key:
            if self._last_key_court_us is not None:
                self._key_distance_us = max(court_us - self._last_key_court_us, 0)
            self._last_key_court_us, self._last_key_us = court_us, arrival_us
        self._recent(arrival_us)

    def _recent(self, now_us: int) -> tuple[tuple[int, Stream, int, bool], ...]:
        """Forget what is old and return the rest."""
        with self._lock:
            while self._seen and now_us - self._seen[0][0] > WINDOW_US:
                self._seen.popleft()
            return tuple(self._seen)

    def figures(self, now_us: int) -> Figures:
        """Return the numbers of now."""
        recent = self._recent(now_us)
        span = max(min(WINDOW_US, now_us - self._begun_us), 1) / 1_000_000
        pictures = sum(1 for seen in recent if seen[1] == "video")
        newest = max(self._last_us.values(), default=self._begun_us)
        picture = self._last_us.get("video", newest)
        return Figures(
            round(sum(seen[2] for seen in recent) * 8 / span),
            round(pictures / span, 1),
            self._key_distance_us / 1_000_000,
            round(max(now_us - picture, 0) / 1_000_000, 3),
        )

    def is_garbage(self, now_us: int) -> bool:
        """Whether more than a third of the pictures of the last seconds cannot be any."""
        pictures = [seen for seen in self._recent(now_us) if seen[1] == "video"]
        broken = sum(1 for seen in pictures if not seen[3])
        return len(pictures) >= 5 and broken * 3 > len(pictures)  # noqa: PLR2004

    def has_no_key_frames(self, now_us: int) -> bool:
        """Whether pictures come, but for long none to begin with."""
        return "video" in self._last_us and now_us - self._last_key_us > KEYLESS_US

    def is_stalled(self, now_us: int, stream: Stream) -> bool:
        """Whether a stream that the camera has did not come for three seconds."""
        return now_us - self._last_us.get(stream, self._begun_us) > STALL_US
