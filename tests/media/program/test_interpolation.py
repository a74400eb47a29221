import numpy as np
import pytest

from media.program.interpolation import AFTER, BEFORE, interpolate

RATE = 48_000


@pytest.mark.parametrize("hertz", [50, 1000, 8000, 14_000])
@pytest.mark.parametrize("step", [1, 1 + 20e-6, 1 - 500e-6, 1 + 500e-6, 1.01])
def test_a_tone_between_samples_is_true(hertz: float, step: float) -> None:
    wave = np.sin(2 * np.pi * hertz * np.arange(4000) / RATE)
    sound = np.asarray([wave, -wave], np.float32)
    for first in (BEFORE, BEFORE + 0.3, BEFORE + 0.999):
        found = interpolate(sound, first, step, 3900)
        true = np.sin(2 * np.pi * hertz * (first + step * np.arange(3900)) / RATE)
        assert np.abs(found[0] - true).max() < 0.003
        assert np.allclose(found[0], -found[1], atol=1e-6)


def test_whole_positions_give_the_samples() -> None:
    sound = np.random.default_rng(3).uniform(-1, 1, (2, 200)).astype(np.float32)
    assert np.array_equal(interpolate(sound, BEFORE, 1, 145), sound[:, BEFORE:150])


def test_every_sample_that_has_its_neighbours_can_be_asked_for() -> None:
    sound = np.ones((1, BEFORE + 1 + AFTER), np.float32)
    for first in (BEFORE, BEFORE + 0.5, BEFORE + 0.99):
        assert interpolate(sound, first, 1 + 1e-6, 1) == pytest.approx(1, abs=1e-4)


def test_a_position_without_neighbours_is_refused() -> None:
    sound = np.ones((1, 100), np.float32)
    for first in (BEFORE - 0.5, 40.5):
        with pytest.raises(IndexError):
            interpolate(sound, first, 1 + 1e-6, 80)
