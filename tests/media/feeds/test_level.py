"""Sound levels."""

from __future__ import annotations

import numpy as np

from media.feeds.level import FLOOR_DBFS, Level, Meter, dbfs


def test_a_sine_of_half_scale() -> None:
    meter = Meter()
    levels: list[Level] = []
    for block in range(100):
        at = np.arange(block * 1024, block * 1024 + 1024)
        wave = (np.sin(at * 2 * np.pi * 1000 / 48_000) * 0.5).astype(np.float32)
        levels += meter.take(np.stack([wave, wave]), 48_000, block * 21_333)
    assert 20 <= len(levels) <= 22  # ten a second
    assert {level.peak_dbfs for level in levels} == {-6.0}
    assert all(abs(level.rms_dbfs + 9.0) < 0.2 for level in levels)


def test_integers_and_silence() -> None:
    loud = next(Meter().take(np.full((1, 480), -32768, np.int16), 48_000, 10**9))
    assert (loud.peak_dbfs, loud.rms_dbfs) == (0.0, 0.0)
    silent = next(Meter().take(np.zeros((1, 480), np.int16), 48_000, 10**9))
    assert silent.peak_dbfs == FLOOR_DBFS
    assert dbfs(1e-9) == FLOOR_DBFS
    assert list(Meter().take(np.zeros((1, 0)), 48_000, 0)) == []
