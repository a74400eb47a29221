"""One camera's sound on the program clock.

Cameras have clocks of their own, up to some hundred millionths off. As soon as a camera's is seen
to go another way, a control loop follows the court times that come with the sound and resamples it
continuously, by 500 ppm at most, which nobody hears; until then samples are taken as they are. What
is off by more than 40 ms is put right at once, cross-faded and counted.
"""

from __future__ import annotations

import math

import av
import numpy as np

from media.program.interpolation import AFTER, BEFORE, Samples, interpolate

RATE = 48_000
CHANNELS = 2
_RING = 8 * RATE
_FADE = 480  # 10 ms
_JUMP = RATE * 40 // 1000
_MOST_OFF = 500e-6
_LOUDEST = 8.0
_SLACK_S = 500e-6  # clocks that stay together this closely are taken for one
# Critically damped, time constant 10 s: 200 ppm are followed within 1 ms.
_PROPORTIONAL, _INTEGRAL = 0.2, 0.01
_RISE = np.linspace(0, 1, _FADE, endpoint=False, dtype=np.float32)


def sample_at(court_us: int) -> int:
    """Return the number of the program sample at a court time (Unix µs), rounded down."""
    return court_us * 6 // 125  # 48 000 / 1 000 000


class Microphone:
    """Keeps the last seconds of a camera's sound by program sample.

    ``corrections`` counts jumps, ``late`` samples that came after their moment had been read.
    """

    def __init__(self) -> None:
        """Start without sound."""
        self.corrections = 0
        self.late = 0
        self._decoder = _Decoder()
        self._ring = np.zeros((CHANNELS, _RING), np.float32)
        self._tail: Samples = self._ring[:, :0]  # has arrived, is not on the program clock yet
        self._read_to = 0  # first program sample that was not read yet
        self._dry = True  # the last read ended without sound
        self.reset()

    def reset(self) -> None:
        """Forget all sound, so that nothing of it can be heard any more."""
        self._ring[:] = 0
        self._begin = self._end = 0  # the ring holds program samples begin <= n < end
        self._start(0, 0, 0.0)
        self._decoder.reset()
        self._started = False
        self._dry = True

    def push(self, frame: av.AudioFrame, court_us: int) -> None:
        """Take decoded sound whose first sample was heard at a court time (Unix µs)."""
        arrived, given = self._decoder.taken, self._decoder.given
        sound = self._decoder.decode(frame)
        measured = court_us * RATE / 1e6
        if not self._started:
            self._start(arrived, given, measured)
            self._begin = self._end = self._next
            self._started = True
        else:
            error = measured - self._expected(arrived)
            if abs(error) > _JUMP:
                self.corrections += 1
                self._start(arrived, given, measured)
                self._part(self._next)
            else:
                self._follow(error / RATE, frame.samples / frame.sample_rate)
        self._append(sound)
        self._resample()

    def _append(self, sound: Samples) -> None:
        """Put sound behind the tail; a single channel stays one until a second comes."""
        most = max(len(self._tail), len(sound))
        parts = (
            one if len(one) == most else np.repeat(one, most, axis=0) for one in (self._tail, sound)
        )
        self._tail = np.concatenate(tuple(parts), axis=1)

    def read(self, start: int, count: int) -> Samples | None:
        """Return program samples from ``start`` on, silent where there are none; None: all.

        To be read only, and before the next ``push``.
        """
        if start != self._read_to:
            self._dry = True
        stop = start + count
        self._read_to = stop
        begin, end = max(start, self._begin), min(stop, self._end)
        if begin >= end:
            self._dry = True
            return None
        if begin == start and end == stop and not self._dry:
            return self._held(begin, end)
        out = np.zeros((CHANNELS, count), np.float32)
        out[:, begin - start : end - start] = self._held(begin, end)
        if self._dry or begin > start:
            rise = _RISE[: end - begin]
            out[:, begin - start : begin - start + len(rise)] *= rise
        self._dry = end < stop
        if self._dry:  # the rest is missing: fall from the last value instead of breaking off
            fall = 1 - _RISE[: stop - end]
            out[:, end - start : end - start + len(fall)] = out[:, end - start - 1, None] * fall
        return out

    def peek(self, start: int, count: int) -> Samples:
        """Return what is held of program samples from ``start`` on, without having read them."""
        stop = start + count
        begin, end = max(start, self._begin), min(stop, self._end)
        if begin == start and end == stop:
            return self._held(begin, end)
        out = np.zeros((CHANNELS, count), np.float32)
        if begin < end:
            out[:, begin - start : end - start] = self._held(begin, end)
        return out

    def _expected(self, source: float) -> float:
        return self._next + (source - self._source) * (1 + self._off)

    def _start(self, source: int, given: int, measured: float) -> None:
        """Let source sample ``source`` lie at a place on the program clock, from now on.

        ``given`` is where the next piece of sound begins: a resampler may be a little behind.
        """
        self._next = round(measured)  # at most 10 µs off, and whole samples need no interpolation
        self._source: float = source  # where the next program sample comes from
        self._drift = 0.0
        self._off = 0.0  # how much slower than the program clock the camera's is, less one
        self._follows = False
        self._tail = np.zeros((1, BEFORE), np.float32)
        self._tail_from = given - BEFORE
        self._fade_from = self._next

    def _part(self, at: int) -> None:
        """Make room for sound that goes on at ``at`` instead of at the end."""
        if at < self._begin or at >= self._end + _RING:
            self._begin = self._end = at
        if at <= self._end:
            return  # what lies there is faded over
        first = max(self._begin, self._end - _FADE, self._read_to)
        if first < self._end:
            fall = 1 - _RISE[_FADE - (self._end - first) :]
            self._hold(first, self._held(first, self._end) * fall)
        self._hold(self._end, np.zeros((CHANNELS, at - self._end), np.float32))
        self._end = at

    def _follow(self, error: float, seconds: float) -> None:
        """Turn the rate a little towards what was measured (error in seconds)."""
        if not self._follows and abs(error) < _SLACK_S:
            return
        self._follows = True
        wanted = self._drift + _PROPORTIONAL * error
        self._off = min(_MOST_OFF, max(-_MOST_OFF, wanted))
        if self._off == wanted:  # else the sum would run away while the rate stands at its limit
            self._drift += _INTEGRAL * error * seconds

    def _resample(self) -> None:
        """Bring what has arrived onto the program clock."""
        step = 1 / (1 + self._off)
        first = self._source - self._tail_from
        room = self._tail.shape[1] - AFTER - first
        count = math.ceil(room / step)
        if count <= 0:
            return
        self._store(interpolate(self._tail, first, step, count))
        self._source += step * count
        used = int(self._source - self._tail_from) - BEFORE
        self._tail = self._tail[:, used:]
        self._tail_from += used

    def _store(self, out: Samples) -> None:
        start, stop = self._next, self._next + out.shape[1]
        self._next = stop
        fading = min(stop, self._fade_from + _FADE) - start
        if fading > 0:
            out = self._faded(out, start, fading)
        self.late += max(0, min(stop, self._read_to) - start)
        self._hold(start, out)
        self._end = stop  # what was held beyond belongs to the time line that was left
        self._begin = max(self._begin, stop - _RING)

    def _faded(self, out: Samples, start: int, fading: int) -> Samples:
        """Return new sound whose beginning is blended with what the ring holds there."""
        rise = _RISE[start - self._fade_from :][:fading]
        before = np.zeros((CHANNELS, fading), np.float32)
        held = min(self._end, start + fading) - start
        if held > 0:
            before[:, :held] = self._held(start, start + held)
        faded = np.repeat(out, CHANNELS // len(out), axis=0)
        faded[:, :fading] = faded[:, :fading] * rise + before * (1 - rise)
        return faded

    def _held(self, start: int, stop: int) -> Samples:
        first, count = start % _RING, stop - start
        if first + count <= _RING:
            return self._ring[:, first : first + count]
        return np.concatenate(
            (self._ring[:, first:], self._ring[:, : first + count - _RING]), axis=1
        )

    def _hold(self, start: int, sound: Samples) -> None:
        first, count = start % _RING, sound.shape[1]
        straight = min(count, _RING - first)
        self._ring[:, first : first + straight] = sound[:, :straight]
        self._ring[:, : count - straight] = sound[:, straight:]


class _Decoder:
    """Decoded frames of any form into 48 kHz, one or two channels, counting in 48 kHz samples."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._form: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None
        self.taken = 0  # where the next frame begins, in samples of 48 kHz since the start
        self.given = 0  # how many samples have been returned
        self._rest = 0

    def decode(self, frame: av.AudioFrame) -> Samples:
        """Return (1 or 2, n) samples that begin where the last ones ended."""
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        padding = 0
        if form != self._form:
            self._form = form
            layout = "mono" if len(frame.layout.channels) == 1 else "stereo"
            known = frame.sample_rate == RATE and layout == frame.layout.name
            self._resampler = (
                None
                if known and frame.format.name == "fltp"
                else av.AudioResampler(format="fltp", layout=layout, rate=RATE)
            )
            padding = self.taken - self.given  # what the last resampler still held is lost
            self._rest = 0
        samples = frame.samples * RATE + self._rest
        self.taken += samples // frame.sample_rate
        self._rest = samples % frame.sample_rate
        frames = self._resampler.resample(frame) if self._resampler else [frame]
        parts = [_planes(part) for part in frames]
        if padding > 0 or not parts:
            channels = len(parts[0]) if parts else 1
            parts.insert(0, np.zeros((channels, max(0, padding)), np.float32))
        sound = _sane(parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1))
        self.given += sound.shape[1]
        return sound


def _planes(frame: av.AudioFrame) -> Samples:
    """Return (1 or 2, n) of a planar frame, read only and for as long as it lives."""
    rows = [
        np.frombuffer(memoryview(plane), np.float32, frame.samples)
        for plane in frame.planes[:CHANNELS]
    ]
    return rows[0][None] if len(rows) == 1 else np.stack(rows)


def _sane(sound: Samples) -> Samples:
    """Return sound without what damaged packets decode to: no number, or no loudness on earth."""
    if max(sound.max(initial=0), -sound.min(initial=0)) <= _LOUDEST:  # false for NaN
        return sound
    return np.nan_to_num(sound, nan=0, posinf=0, neginf=0).clip(-_LOUDEST, _LOUDEST)
