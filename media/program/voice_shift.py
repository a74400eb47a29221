"""A voice made that of nobody: understood, but not recognised [pure].

Shifting pitch and formants by a ratio is undone by shifting back. Here the voice is taken apart and
only what carries the words is kept: how strong it is in each of 27 bands (so wide that they hardly
resolve a speaker's harmonics), whether it is voiced, and the *relative* course of the pitch, halved
on a logarithmic scale, because tones carry meaning in Chinese. The rest is thrown away: the pitch
itself, the phases, the fine structure and the exact formants. A new voice of a fixed pitch is then
given those bands, moved upwards by a ratio that wanders unpredictably, so no one ratio undoes it.

Limits: words, dialect, rhythm and manner of speaking stay, and may be known to those who know the
speaker. It is meant for the ears of the public, not against a laboratory. A second microphone in
the same room hears the true voice: shift all of them or mute the others.

Sound is taken up to ``AHEAD`` samples (31 ms) before it is due, so nothing is delayed: what is
returned stands where the true voice stood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from media.program.interpolation import Samples

_Floats = np.ndarray[Any, np.dtype[np.float32]]
Read = Callable[[int, int], Samples]

_RATE = 48_000
_HOP = 480
_FRAME = 2 * _HOP
_FOURIER = 3 * _HOP  # half a hop of room on either side for what the bands' filter rings
_REACH = _FOURIER // 2
_PITCH_FRAME = 1536  # two periods of 62 Hz
_DECIMATE = 4
_SHORTEST, _LONGEST = 34, 180  # lags at 12 kHz: 353 to 67 Hz
_VOICED = 0.35  # of a frame's energy returns after a period
_PITCH_HZ = 104.0
_STEADY = 0.02  # per voiced frame: the speaker's mean pitch is known after half a second
_RATIOS = np.linspace(1.06, 1.16, 11)
_FLOOR = np.float32(1e-12)
AHEAD = _REACH + _PITCH_FRAME // 2

_CENTRES = np.concatenate((np.arange(120, 1300, 140), 1400 * 1.12 ** np.arange(18)))
_WINDOW = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
_PITCH_WINDOW = np.hanning(_PITCH_FRAME // _DECIMATE).astype(np.float32)


def _bands(ratio: float) -> _Floats:
    """Return (bins, bands): weights of overlapping triangles around the centres over a ratio."""
    hertz = np.fft.rfftfreq(_FOURIER, 1 / _RATE)[:, None]
    centres = _CENTRES / ratio
    half = np.maximum(np.gradient(centres), 220)
    return np.clip(1 - np.abs(hertz - centres) / half, 0, None).astype(np.float32)


def _spread() -> _Floats:
    """Return (bands, bins): how a value per band becomes one per bin, between the outer bands."""
    hertz = np.fft.rfftfreq(_FOURIER, 1 / _RATE)
    unit = np.eye(len(_CENTRES))
    rows = [np.interp(hertz, _CENTRES, row, left=0, right=0) for row in unit]
    return np.asarray(rows, np.float32)


_HEARD = [_bands(ratio) for ratio in _RATIOS]
_SPOKEN = _bands(1.0)
_SPREAD = _spread()


class VoiceShift:
    """Speaks with a new voice what a microphone hears. ``seed`` decides how the ratio wanders."""

    def __init__(self, seed: int) -> None:
        self._dice = np.random.default_rng(seed)
        self._sound = np.zeros(0, np.float32)  # made, from sample ``_from`` on
        self._from = 0
        self._due = -1  # first sample that was not given yet
        self._begin(0)

    def reset(self) -> None:
        """Forget all sound; nothing of it is heard again."""
        self._due = -1

    def shift(self, read: Read, start: int, count: int) -> Samples:
        """Return (1, count) program samples from ``start`` on.

        ``read(start, count)`` returns (channels, count) samples around and up to ``AHEAD`` after
        them, silent where there are none.
        """
        if start != self._due:
            self._begin(start)
        stop = start + count
        frames = range(self._frame, (stop + _REACH - 1) // _HOP + 1)
        if frames:
            self._speak(read, frames)
        begin = start - self._from
        out: Samples = self._sound[None, begin : begin + count].copy()
        self._sound = self._sound[begin + count :]
        self._from = self._due = stop
        return out

    def _begin(self, start: int) -> None:
        self._frame = (start - _REACH) // _HOP + 1  # the first whose sound reaches here
        self._from = self._frame * _HOP - _REACH
        self._sound = np.zeros(0, np.float32)
        self._before = np.zeros(_HOP, np.float32)  # excitation
        self._wait = 0.0  # samples until the next pulse
        self._period = _RATE / _PITCH_HZ
        self._mean_pitch = 0.0
        self._ratio = len(_RATIOS) // 2

    def _speak(self, read: Read, frames: range) -> None:
        """Add the sound of some frames, centred on multiples of a hop."""
        reach = _PITCH_FRAME // 2
        first = frames[0] * _HOP - reach
        sound = read(first, (len(frames) - 1) * _HOP + _PITCH_FRAME)
        voice = np.asarray(sound.mean(axis=0) if len(sound) > 1 else sound[0])
        pitch, voiced = _pitch(_framed(voice, _PITCH_FRAME, len(frames)))
        middle = voice[reach - _HOP : len(voice) - reach + _HOP]
        heard = self._powers(_framed(middle, _FRAME, len(frames)))
        spoken = np.concatenate(
            [self._before, *(self._excite(*one) for one in zip(pitch, voiced, strict=True))]
        )
        self._before = spoken[-_HOP:]
        spectrum = _spectra(_framed(spoken, _FRAME, len(frames)))
        gain = np.sqrt(heard / (_power(spectrum) @ _SPOKEN + _FLOOR))
        made = np.fft.irfft(spectrum * (gain @ _SPREAD), _FOURIER)
        self._add(frames, np.asarray(made, np.float32))

    def _powers(self, frames: _Floats) -> _Floats:
        """Return how strong each frame is in each band, moved by the ratio of the moment."""
        self._ratio = int(np.clip(self._ratio + self._dice.integers(-1, 2), 0, len(_RATIOS) - 1))
        return np.asarray(_power(_spectra(frames)) @ _HEARD[self._ratio], np.float32)

    def _excite(self, pitch: float, voiced: float) -> _Floats:
        """Return a hop of pulses and noise for a pitch that was heard (0: none)."""
        if pitch:
            if not self._mean_pitch:
                self._mean_pitch = pitch
            self._mean_pitch *= (pitch / self._mean_pitch) ** _STEADY
            course = min(1.4, max(0.7, (pitch / self._mean_pitch) ** 0.5))
            self._period += 0.5 * (_RATE / (_PITCH_HZ * course) - self._period)
        noise = self._dice.standard_normal(_HOP, np.float32)
        pulses = np.zeros(_HOP, np.float32)
        while self._wait < _HOP:
            pulses[int(self._wait)] = self._period**0.5
            self._wait += self._period * (1 + 0.01 * float(self._dice.standard_normal()))
        self._wait -= _HOP
        return np.asarray(pulses * np.float32(voiced) + noise * np.float32(1.05 - voiced))

    def _add(self, frames: range, made: _Floats) -> None:
        """Lay frames over one another where they belong."""
        wanted = frames[-1] * _HOP + _REACH - self._from
        if wanted > len(self._sound):
            more = np.zeros(wanted - len(self._sound), np.float32)
            self._sound = np.concatenate((self._sound, more))
        for frame, sound in zip(frames, made, strict=True):
            at = frame * _HOP - _REACH - self._from
            cut = max(0, -at)
            self._sound[at + cut : at + _FOURIER] += sound[cut:]
        self._frame = frames[-1] + 1


def _framed(sound: _Floats, length: int, count: int) -> _Floats:
    """Return ``count`` overlapping frames, a hop apart."""
    return np.lib.stride_tricks.sliding_window_view(sound, length)[::_HOP][:count]


def _spectra(frames: _Floats) -> np.ndarray[Any, np.dtype[np.complex64]]:
    wide = np.zeros((len(frames), _FOURIER), np.float32)
    wide[:, _HOP // 2 : _HOP // 2 + _FRAME] = frames * _WINDOW
    return np.asarray(np.fft.rfft(wide), np.complex64)


def _power(spectra: np.ndarray[Any, np.dtype[np.complex64]]) -> _Floats:
    return np.asarray(spectra.real**2 + spectra.imag**2, np.float32)


def _pitch(frames: _Floats) -> tuple[list[float], list[float]]:
    """Return the pitch of each frame in Hz (0: none) and how voiced it is, from 0 to 1."""
    coarse = frames.reshape(len(frames), -1, _DECIMATE).mean(axis=2)
    coarse = (coarse - coarse.mean(axis=1, keepdims=True)) * _PITCH_WINDOW
    size = 2 * coarse.shape[1]
    returned = np.fft.irfft(np.abs(np.fft.rfft(coarse, size)) ** 2, size)[:, : _LONGEST + 1]
    returned /= _WINDOW_RETURNS
    lags = returned[:, _SHORTEST:].argmax(axis=1) + _SHORTEST
    strength = returned[np.arange(len(lags)), lags] / (returned[:, 0] + 1e-9)
    pitch = np.where(strength > _VOICED, _RATE / _DECIMATE / lags, 0)
    voiced = np.clip((strength - _VOICED + 0.1) / 0.3, 0, 1)
    return pitch.tolist(), voiced.tolist()


def _window_returns() -> np.ndarray[Any, np.dtype[np.float64]]:
    size = 2 * len(_PITCH_WINDOW)
    returned = np.fft.irfft(np.abs(np.fft.rfft(_PITCH_WINDOW, size)) ** 2, size)
    return np.asarray(returned[: _LONGEST + 1] / returned[0], np.float64)


_WINDOW_RETURNS = _window_returns()
