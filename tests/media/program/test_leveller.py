import numpy as np
import pytest

from media.program.leveller import AHEAD, CEILING_DBTP, Leveller
from media.program.meters import Meter
from tests.media.program.speech import RATE, speech

TICK = 1920


def levelled(leveller: Leveller, sound: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Return what comes out, and the gain after each tick."""
    follows = np.concatenate([sound, np.zeros((2, AHEAD), np.float32)], axis=1)
    out, gains = [], []
    for at in range(0, sound.shape[1] - TICK + 1, TICK):
        ahead = follows[:, at + TICK : at + TICK + AHEAD]
        out.append(leveller.apply(sound[:, at : at + TICK], ahead))
        gains.append(leveller.gain_db)
    return np.concatenate(out, axis=1), gains


def integrated(sound: np.ndarray) -> float:
    meter = Meter()
    meter.push(sound)
    assert meter.levels.integrated_lufs is not None
    return meter.levels.integrated_lufs


def true_peak_db(sound: np.ndarray) -> float:
    """Return the peak of the band-limited wave, eight times oversampled."""
    count = sound.shape[1]
    wave = np.fft.irfft(np.fft.rfft(sound, axis=1), 8 * count, axis=1) * 8
    inner = wave[:, 8000:-8000]  # a cut has edges that sound has not
    return float(20 * np.log10(np.abs(inner).max()))


def noise(count: int) -> np.ndarray:
    """Return noise up to 18 kHz."""
    spectrum = np.fft.rfft(np.random.default_rng(3).uniform(-1.5, 1.5, (2, count)), axis=1)
    spectrum[:, count * 18 // 48 :] = 0
    return np.fft.irfft(spectrum, count, axis=1)


@pytest.mark.parametrize("dbfs", [-42, -30, -12])
def test_speech_of_any_level_comes_out_at_23_below_full_scale(dbfs: float) -> None:
    out, _ = levelled(Leveller(), speech(60, dbfs))
    assert integrated(out) == pytest.approx(-23, abs=1)


def test_a_hearing_of_loud_and_quiet_speakers_reaches_the_target_without_pumping() -> None:
    turns = [speech(20, dbfs, seed) for seed, dbfs in enumerate((-24, -34, -28) * 4)]
    out, gains = levelled(Leveller(), np.concatenate(turns, axis=1))
    assert integrated(out) == pytest.approx(-23, abs=1)
    per_second = np.abs(np.asarray(gains[1000 + 25 :]) - np.asarray(gains[1000:-25]))
    assert per_second.max() < 0.6


def test_the_air_of_an_empty_room_is_not_made_loud() -> None:
    dice = np.random.default_rng(1)
    air = (10 ** (-60 / 20) * dice.standard_normal((2, 30 * RATE))).astype(np.float32)
    out, gains = levelled(Leveller(), air)
    assert set(gains) == {0.0}
    assert np.array_equal(out, air)


def test_a_pause_leaves_the_gain_where_it_was() -> None:
    leveller = Leveller()
    levelled(leveller, speech(30, -32))
    before = leveller.gain_db
    levelled(leveller, np.zeros((2, 60 * RATE), np.float32))
    assert leveller.gain_db == pytest.approx(before, abs=0.3)


@pytest.mark.parametrize("kind", ["clipped speech", "quarter of the rate", "noise", "bursts"])
def test_true_peaks_stay_below_the_ceiling(kind: str) -> None:
    at = np.arange(2 * RATE)
    sound = {
        "clipped speech": np.clip(speech(2, -3) * 3, -1, 1),
        "quarter of the rate": 1.2 * np.sin(np.pi / 2 * at + np.pi / 4) * np.ones((2, 1)),
        "noise": noise(2 * RATE),
        "bursts": 1.4 * np.sin(0.3 * at) * (at % 5000 < 900) * np.ones((2, 1)),
    }[kind].astype(np.float32)
    out, _ = levelled(Leveller(None), sound)
    assert true_peak_db(out[:, RATE // 4 : RATE + RATE // 4]) <= CEILING_DBTP
    assert np.abs(out).max() > 0.4


def test_what_is_soft_passes_untouched() -> None:
    sound = speech(2, -30)
    out, _ = levelled(Leveller(None), sound)
    assert np.array_equal(out, sound)


def test_gain_falls_before_a_peak_and_never_jumps() -> None:
    at = np.arange(RATE)
    sound = np.where(at < 24_000, 0.4, 2.0) * np.sin(2 * np.pi * 400 * at / RATE)
    out, _ = levelled(Leveller(None), np.asarray([sound, sound], np.float32))
    gain = out[0, 1000:47_000] / np.where(np.abs(sound) > 0.1, sound, np.nan)[1000:47_000]
    assert np.nanmax(np.abs(np.diff(gain))) < 0.02


def test_after_a_reset_no_sample_of_before_is_left() -> None:
    one, other = Leveller(None), Leveller(None)
    levelled(one, np.full((2, TICK), 3, np.float32))
    levelled(other, np.zeros((2, TICK), np.float32))
    one.reset()
    other.reset()
    sound = speech(1, -12)
    assert np.array_equal(levelled(one, sound)[0], levelled(other, sound)[0])
