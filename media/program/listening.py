"""Hum and echo in sound, heard by their spectra [pure]."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]

HUM_US = 6_000_000
_HUM_RATE, _HUM_S = 1000, 2
_HUM_DB = 22.0  # above what surrounds it
_HUM_LEAST = 10 ** (-60 / 20)  # amplitude that can be heard at all

_ECHO_RATE = 4000
_ECHO_FRAME = 4096
_ECHO_FIRST_S, _ECHO_LAST_S = 0.06, 0.5
_ECHO_FRAMES = 12  # to be averaged: one sentence has rhythms of its own
_ECHO_LEAST, _ECHO_SIGMAS = 0.08, 8.0
_ECHO_TIMES = 6
_LOUD = 10 ** (-45 / 20)


class _Thin:
    """Brings sound to a low rate by means over blocks, and collects it to frames."""

    def __init__(self, rate: int, frame: int) -> None:
        self._rate = rate
        self._frame = frame
        self._source_rate = 0
        self._rest = np.zeros(0, np.float32)
        self._thin: list[Floats] = []
        self._count = 0
        self.rate = float(rate)  # exactly

    def take(self, samples: Floats, rate: int) -> list[Floats]:
        """Take samples; return the frames that are complete."""
        if rate != self._source_rate:
            self._source_rate, self._rest = rate, np.zeros(0, np.float32)
            self._thin, self._count = [], 0
        block = max(1, round(rate / self._rate))
        self.rate = rate / block
        joined = np.concatenate((self._rest, samples)) if self._rest.size else samples
        whole = len(joined) // block * block
        self._rest = joined[whole:].copy()
        self._thin.append(joined[:whole].reshape(-1, block).mean(axis=1))
        self._count += whole // block
        if self._count < self._frame:
            return []
        all_of_it = np.concatenate(self._thin)
        frames = len(all_of_it) // self._frame
        self._thin = [all_of_it[frames * self._frame :]]
        self._count = len(self._thin[0])
        return list(all_of_it[: frames * self._frame].reshape(frames, self._frame))


class Hum:
    """Mains hum: a steady tone at 50 Hz. ``since_us`` is when it began, None without it."""

    def __init__(self) -> None:
        self.since_us: int | None = None
        self._thin = _Thin(_HUM_RATE, _HUM_RATE * _HUM_S)
        self._window = np.hanning(_HUM_RATE * _HUM_S)
        self._began_us: int | None = None

    def take(self, samples: Floats, rate: int, court_us: int) -> None:
        """Take sound that begins at a court time (Unix µs)."""
        if rate < _HUM_RATE:
            return
        for frame in self._thin.take(samples, rate):
            if not self._hums(frame):
                self._began_us = self.since_us = None
                continue
            if self._began_us is None or court_us < self._began_us:
                self._began_us = court_us - _HUM_S * 1_000_000
            if court_us - self._began_us >= HUM_US:
                self.since_us = self._began_us

    def _hums(self, frame: Floats) -> bool:
        amplitude = np.abs(np.fft.rfft(frame * self._window)) * 2 / self._window.sum()
        step = self._thin.rate / len(frame)
        bins = np.arange(len(amplitude)) * step
        tone = float(amplitude[np.abs(bins - 50) <= 1].max())
        around = amplitude[(np.abs(bins - 50) > 3) & (np.abs(bins - 50) < 18)]  # noqa: PLR2004
        beside = float(np.median(around)) + 1e-9
        return tone > _HUM_LEAST and 20 * np.log10(tone / beside) > _HUM_DB


class Echo:
    """Sound that comes back at a constant lag, by the mean cepstrum of what is loud enough.

    ``since_us`` is when it was first suspected, None without it; ``lag_s`` is how much later.
    """

    def __init__(self) -> None:
        self.since_us: int | None = None
        self.lag_s = 0.0
        self._thin = _Thin(_ECHO_RATE, _ECHO_FRAME)
        self._window = np.hanning(_ECHO_FRAME)
        self._mean: Floats | None = None
        self._frames = 0
        self._last, self._times = 0, 0

    def take(self, samples: Floats, rate: int, court_us: int) -> None:
        """Take sound that begins at a court time (Unix µs)."""
        if rate < _ECHO_RATE:
            return
        for frame in self._thin.take(samples, rate):
            if float(np.abs(frame).max(initial=0)) > _LOUD:
                self._hear(frame, court_us)

    def _hear(self, frame: Floats, court_us: int) -> None:
        power = np.log(np.abs(np.fft.rfft(frame * self._window, 2 * _ECHO_FRAME)) ** 2 + 1e-9)
        self._frames += 1
        weight = 1 / min(self._frames, _ECHO_FRAMES)
        self._mean = power if self._mean is None else self._mean + weight * (power - self._mean)
        if self._frames < _ECHO_FRAMES:
            return
        cepstrum = np.fft.irfft(self._mean)
        rate = self._thin.rate
        first, last = round(_ECHO_FIRST_S * rate), round(_ECHO_LAST_S * rate)
        part = cepstrum[first:last]
        lag = int(part.argmax())
        peak, spread = float(part[lag]), float(np.std(part)) + 1e-9
        suspected = peak > _ECHO_LEAST and peak > _ECHO_SIGMAS * spread
        self._times = self._times + 1 if suspected and abs(lag - self._last) <= 1 else 0
        self._last = lag
        if self._times < _ECHO_TIMES:
            self.since_us = None
        elif self.since_us is None:
            self.since_us, self.lag_s = court_us, (first + lag) / rate
