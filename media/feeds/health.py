"""How a feed fares in numbers, over the last seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from media.spool.record import Stream

WINDOW_US = 4_000_000
KEYLESS_US = 12_000_000  # cameras send a key frame each second or two; ten are known
STALL_US = 3_000_000
SPAN_US = 500_000
LEAST_PICTURES = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of a moment; zero when nothing came in the last seconds.

    ``bit_rate`` in bit/s of picture and sound together, ages and distances in seconds.
    """

    bit_rate: int
    frame_rate: float
    key_frame_distance_s: float
    last_packet_age_s: float


@dataclass(slots=True)
class _Span:
    """What came in half a second."""

    begun_us: int
    size: int = 0
    pictures: int = 0
    broken: int = 0


class Health:
    """Counts what comes; told the court time, in microseconds. Belongs to one thread at a time."""

    def __init__(self, begun_us: int) -> None:
        self._begun_us = begun_us
        self._spans: deque[_Span] = deque()
        self._last_key_court_us: int | None = None
        self._last_key_us = begun_us
        self._key_distance_us = 0
        self._last_us: dict[Stream, int] = {}

    def note(
        self, stream: Stream, arrival_us: int, court_us: int, size: int, *, key: bool, sane: bool
    ) -> None:
        """A packet came; ``sane`` says whether it looks like what it should be."""
        if not self._spans or arrival_us - self._spans[-1].begun_us >= SPAN_US:
            self._spans.append(_Span(arrival_us))
            self._forget(arrival_us)
        span = self._spans[-1]
        span.size += size
        span.pictures += stream == "video"
        span.broken += not sane
        self._last_us[stream] = arrival_us
        if stream == "video" and key:
            if self._last_key_court_us is not None:
                self._key_distance_us = max(court_us - self._last_key_court_us, 0)
            self._last_key_court_us, self._last_key_us = court_us, arrival_us

    def _forget(self, now_us: int) -> None:
        while self._spans and now_us - self._spans[0].begun_us > WINDOW_US:
            self._spans.popleft()

    def figures(self, now_us: int) -> Figures:
        """Return the numbers of now."""
        self._forget(now_us)
        oldest_us = self._spans[0].begun_us if self._spans else now_us
        seconds = max(now_us - oldest_us, SPAN_US) / 1_000_000
        newest = max(self._last_us.values(), default=self._begun_us)
        picture = self._last_us.get("video", newest)
        return Figures(
            round(sum(span.size for span in self._spans) * 8 / seconds),
            round(sum(span.pictures for span in self._spans) / seconds, 1),
            self._key_distance_us / 1_000_000,
            round(max(now_us - picture, 0) / 1_000_000, 3),
        )

    def is_garbage(self, now_us: int) -> bool:
        """Whether more than a third of the pictures of the last seconds cannot be any."""
        self._forget(now_us)
        pictures = sum(span.pictures for span in self._spans)
        broken = sum(span.broken for span in self._spans)
        return pictures >= LEAST_PICTURES and broken * 3 > pictures

    def has_no_key_frames(self, now_us: int) -> bool:
        """Whether pictures come, but for long none to begin with."""
        return "video" in self._last_us and now_us - self._last_key_us > KEYLESS_US

    def is_stalled(self, now_us: int, stream: Stream) -> bool:
        """Whether a stream that the camera has did not come for three seconds."""
        return now_us - self._last_us.get(stream, self._begun_us) > STALL_US
