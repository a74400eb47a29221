"""Peak and RMS of sound in dBFS, ten times a second; pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PERIOD_US = 100_000
FLOOR_DBFS = -90.0


@dataclass(frozen=True, slots=True)
class Level:
    """The sound of a tenth of a second that began at ``court_us``."""

    court_us: int
    peak_dbfs: float
    rms_dbfs: float


def dbfs(value: float) -> float:
    """Return an amplitude (1 is full scale) in dBFS, -90 for silence."""
    return round(max(20 * math.log10(value), FLOOR_DBFS), 1) if value > 0 else FLOOR_DBFS


def mono(samples: NDArray[Any], interleaved: int = 1) -> NDArray[np.float32]:
    """Return the mean of all channels of a block of any form, full scale being 1.

    ``interleaved`` is how many channels take turns in a row; 1 where each has a row.
    """
    values = _floats(samples)
    if interleaved > 1:
        values = values.reshape(-1, interleaved).T
    mixed: NDArray[np.float32] = values[0] if len(values) == 1 else values.mean(axis=0)
    return mixed


def _floats(samples: NDArray[Any]) -> NDArray[np.float32]:
    values = samples.astype(np.float32)
    if np.issubdtype(samples.dtype, np.integer):
        full = float(np.iinfo(samples.dtype).max) + 1.0
        if samples.dtype == np.uint8:
            values, full = values - 128.0, 128.0
        values /= full
    return values


class Meter:
    """Adds blocks of decoded sound up to tenths of a second."""

    def __init__(self) -> None:
        self._begun_us = self._due_us = 0
        self._samples = 0
        self._peak = self._power = 0.0

    def take(self, samples: NDArray[Any], rate: int, court_us: int) -> Iterator[Level]:
        """Take a block (integers or floats, any channels); yield the levels that are complete."""
        if samples.size == 0 or rate <= 0:
            return
        values = _floats(samples)
        if not self._samples:
            self._begun_us = court_us
        self._peak = max(self._peak, float(np.abs(values).max()))
        self._power += float(np.square(values).sum())
        self._samples += values.size
        if court_us >= self._due_us or court_us < self._begun_us:
            # blocks do not divide a tenth of a second: keep ten a second on the whole
            late = court_us - self._due_us
            self._due_us = court_us + PERIOD_US - (late if 0 <= late < PERIOD_US else 0)
            rms = math.sqrt(self._power / self._samples)
            yield Level(self._begun_us, dbfs(self._peak), dbfs(rms))
            self._peak = self._power = 0.0
            self._samples = 0
