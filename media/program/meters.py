"""How loud sound is: sample peak, RMS and loudness (ITU-R BS.1770-5, EBU Tech 3341)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from media.program.interpolation import Samples
from media.program.loudness import Loudness

_RATE = 48_000
_BLOCK = _RATE // 10  # 100 ms
SILENCE_DBFS = -120.0


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of the last 100 ms in dBFS (-120: silence), loudness in LUFS.

    A full-scale sine has 0 dBFS peak and -3 dBFS RMS. Loudness is that of the last 400 ms, of the
    last 3 s, and of all since the beginning without its pauses; None is below -70 LUFS (the
    absolute gate of BS.1770) and before that time has passed.
    """

    peak_dbfs: float
    rms_dbfs: float
    momentary_lufs: float | None
    short_term_lufs: float | None = None
    integrated_lufs: float | None = None


def decibels(amplitude: float) -> float:
    """Return an amplitude as dBFS, never below ``SILENCE_DBFS``."""
    return max(SILENCE_DBFS, 20 * math.log10(amplitude)) if amplitude > 0 else SILENCE_DBFS


def _k_weights() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the power response of the K filter at the block's frequencies (BS.1770-5 Annex 1)."""
    z = np.exp(-2j * np.pi * np.arange(_BLOCK // 2 + 1) / _BLOCK)
    shelf = np.polyval([1.19839281085285, -2.69169618940638, 1.53512485958697], z)
    shelf /= np.polyval([0.73248077421585, -1.69065929318241, 1], z)
    pass_high = np.polyval([1, -2, 1], z)
    pass_high /= np.polyval([0.99007225036621, -1.99004745483398, 1], z)
    power = np.abs(shelf * pass_high) ** 2
    power[1:-1] *= 2  # a real signal's spectrum has two halves
    return np.asarray(power / _BLOCK**2, np.float64)


_K_WEIGHTS = _k_weights()


def k_power(block: Samples) -> float:
    """Return the K-weighted power of (channels, 4800) samples, summed over channels."""
    spectrum = np.fft.rfft(block, axis=1)
    return float((np.abs(spectrum) ** 2 @ _K_WEIGHTS).sum())


class Meter:
    """Measures 48 kHz sound piece by piece.

    The K filter is applied to the spectrum of each 100 ms, which costs a tenth of running it.
    """

    def __init__(self) -> None:
        """Start in silence."""
        self._waiting: list[Samples] = []
        self._count = 0
        self.loudness = Loudness()
        self.levels = Levels(SILENCE_DBFS, SILENCE_DBFS, None)

    def push(self, sound: Samples) -> bool:
        """Take (channels, n) samples; tell whether ``levels`` is new."""
        self._waiting.append(sound)
        self._count += sound.shape[1]
        if self._count < _BLOCK:
            return False
        joined = np.concatenate(self._waiting, axis=1)
        whole = self._count // _BLOCK * _BLOCK
        for start in range(0, whole, _BLOCK):
            self._measure(joined[:, start : start + _BLOCK])
        self._waiting = [joined[:, whole:].copy()]
        self._count -= whole
        return True

    def _measure(self, block: Samples) -> None:
        self.loudness.add(k_power(block))
        peak = float(max(block.max(initial=0), -block.min(initial=0)))
        rms = math.sqrt(float(np.square(block, dtype=np.float64).mean()))
        self.levels = Levels(
            decibels(peak),
            decibels(rms),
            self.loudness.momentary,
            self.loudness.short_term,
            self.loudness.integrated,
        )
