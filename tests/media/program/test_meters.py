import numpy as np
import pytest

from media.program.meters import SILENCE_DBFS, Meter

RATE = 48_000


def sine(hertz: float, dbfs: float, seconds: float = 1.0) -> np.ndarray:
    wave = np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return np.asarray([wave, wave], np.float32) * np.float32(10 ** (dbfs / 20))


@pytest.mark.parametrize("dbfs", [-23.0, -33.0])
def test_a_stereo_tone_has_the_loudness_of_ebu_tech_3341(dbfs: float) -> None:
    meter = Meter()
    assert meter.push(sine(1000, dbfs))
    assert meter.levels.momentary_lufs == pytest.approx(dbfs, abs=0.1)
    assert meter.levels.peak_dbfs == pytest.approx(dbfs, abs=0.05)
    assert meter.levels.rms_dbfs == pytest.approx(dbfs - 3.01, abs=0.05)


@pytest.mark.parametrize(("hertz", "gain"), [(100, -1.8), (1000, 0.0), (10_000, 3.3)])
def test_frequencies_are_weighted(hertz: float, gain: float) -> None:
    meter = Meter()
    meter.push(sine(hertz, -23))
    assert meter.levels.momentary_lufs == pytest.approx(-23 + gain, abs=0.4)


def test_ticks_give_a_level_each_tenth_of_a_second() -> None:
    meter, new = Meter(), 0
    sound = sine(1000, -20)
    for start in range(0, RATE, 1920):
        new += meter.push(sound[:, start : start + 1920])
    assert new == 10


def test_silence_has_no_loudness() -> None:
    meter = Meter()
    meter.push(np.zeros((2, RATE), np.float32))
    assert meter.levels.momentary_lufs is None
    assert meter.levels.peak_dbfs == meter.levels.rms_dbfs == SILENCE_DBFS
