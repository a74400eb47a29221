"""How a feed fares in numbers, over the last seconds; pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from media.feeds import issues
from media.feeds.arrival import Arrived, Reception
from media.feeds.decode_times import DecodeTimes
from media.feeds.timestamps import Timing
from media.spool.record import Stream

WINDOW_US = 4_000_000
KEYLESS_US = 12_000_000  # cameras send a key frame each second or two; ten are known
STALL_US = 3_000_000
SPAN_US = 500_000
LEAST_PICTURES = 5
RECEPTION_US = 10_000_000
# From here on a picture in a hundred shows what was lost, and all until the next key frame.
LOSSY_PERCENT = 1.0
LEAST_PACKETS = 100
# A house's own network has 2 ms, a busy machine 10. Mean deviations of 25 ms come with pictures
# that are 120 ms late now and then, which is all that "delay 0" waits.
JITTERY_US = 25_000
JITTERY_FOR_US = 5_000_000
RARE_KEYS_US = 5_000_000  # so long nobody sees a camera that came back
DRIFTING_PPM = 500  # sound is resampled by at most this (media.feeds.timestamps)
_JITTER_WEIGHT = 16  # RFC 3550 A.8
_SET_US = 500_000  # a clock that was set, or a pause, is no jitter


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of a moment; zero when nothing came in the last seconds, or when it is not known.

    ``bit_rate`` in bit/s of picture and sound together, ages and distances in seconds; loss of the
    last ten seconds in percent of the packets; ``drift_ppm`` is positive when the camera's clock
    is fast.
    """

    bit_rate: int
    frame_rate: float
    key_frame_distance_s: float
    last_packet_age_s: float
    loss_percent: float
    jitter_ms: float
    drift_ppm: float


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
        self._receptions: deque[tuple[int, Reception]] = deque()
        self._decode_times = DecodeTimes()
        self._transit: dict[Stream, int | None] = {}
        self._jitter_us = 0.0
        self._even_us = begun_us  # when the jitter was last below the threshold
        self.drift_ppm = 0.0  # the feed's clock knows

    def arrived(self, item: Arrived, court_us: int) -> None:
        """A packet came and got its court time."""
        timing = item.timing
        size, key, sane = len(item.payload), item.keyframe, item.is_lawful
        self.note(timing.stream, item.arrival_us, court_us, size, key=key, sane=sane)
        if timing.stream == "audio" and "video" in self._last_us:
            return  # one number: the picture's
        transit, before = self._took(timing), self._transit.get(timing.stream)
        self._transit[timing.stream] = transit
        if transit is not None and before is not None and abs(transit - before) < _SET_US:
            self._jitter_us += (abs(transit - before) - self._jitter_us) / _JITTER_WEIGHT
        if self._jitter_us <= JITTERY_US:
            self._even_us = item.arrival_us

    def _took(self, timing: Timing) -> int | None:
        """Return how long a packet was on its way, plus a constant; None if nobody can tell.

        Pictures are sent in the order of decoding: with B-frames that is not by their times.
        """
        sent_us = timing.dts_us
        if sent_us is None:
            sent_us = self._decode_times.take(timing.pts_us)
        return None if sent_us is None else timing.arrival_us - sent_us

    def received(self, told: Reception, now_us: int) -> None:
        """The network's own count since the last time."""
        self._receptions.append((now_us, told))
        while now_us - self._receptions[0][0] > RECEPTION_US:
            self._receptions.popleft()

    def _loss(self, now_us: int) -> tuple[int, int]:
        """Return packets lost and expected in the last ten seconds."""
        known = [told for at, told in self._receptions if now_us - at <= RECEPTION_US]
        return sum(told.lost for told in known), sum(told.expected for told in known)

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
        paused = arrival_us - self._last_us.get(stream, arrival_us) > STALL_US
        self._last_us[stream] = arrival_us
        if stream == "video" and paused:
            self._last_key_court_us = None  # a pause says nothing of how key frames are set
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
        lost, expected = self._loss(now_us)
        return Figures(
            round(sum(span.size for span in self._spans) * 8 / seconds),
            round(sum(span.pictures for span in self._spans) / seconds, 1),
            self._key_distance_us / 1_000_000,
            round(max(now_us - picture, 0) / 1_000_000, 3),
            round(100 * lost / max(expected, 1), 2),
            round(self._jitter_us / 1_000, 1),
            round(self.drift_ppm, 1),
        )

    def trouble(self, now_us: int) -> str:
        """Return the code of what is wrong with how media come, though they come; empty if nothing.

        The worst first: what viewers see comes before what they might.
        """
        lost, expected = self._loss(now_us)
        found = (
            (expected >= LEAST_PACKETS and lost * 100 >= expected * LOSSY_PERCENT, issues.LOSSY),
            (self._is_jittery(now_us), issues.JITTERY),
            (self._key_distance_us > RARE_KEYS_US, issues.RARE_KEY_FRAMES),
            (abs(self.drift_ppm) > DRIFTING_PPM, issues.DRIFTING),
        )
        return next((code for is_so, code in found if is_so), "")

    def _is_jittery(self, now_us: int) -> bool:
        return self._jitter_us > JITTERY_US and now_us - self._even_us > JITTERY_FOR_US

    def is_garbage(self, now_us: int) -> bool:
        """Whether more than a third of the pictures of the last seconds cannot be any."""
        self._forget(now_us)
        pictures = sum(span.pictures for span in self._spans)
        broken = sum(span.broken for span in self._spans)
        lately = [told for at, told in self._receptions if now_us - at <= WINDOW_US]
        broken += sum(told.broken for told in lately)
        return max(pictures, broken) >= LEAST_PICTURES and broken * 3 > pictures

    def has_no_key_frames(self, now_us: int) -> bool:
        """Whether pictures come, but for long none to begin with."""
        return "video" in self._last_us and now_us - self._last_key_us > KEYLESS_US

    def is_stalled(self, now_us: int, stream: Stream) -> bool:
        """Whether a stream that the camera has did not come for three seconds."""
        return now_us - self._last_us.get(stream, self._begun_us) > STALL_US
