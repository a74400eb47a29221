import numpy as np
import pytest

from media.program.interpolation import AFTER, BEFORE, interpolate

RATE = 48_000


@pytest.mark.parametrize("hertz", [50, 1000, 8000, 14_000])
def test_a_tone_between_samples_is_true(hertz: float) -> None:
    wave = np.sin(2 * np.pi * hertz * np.arange(4000) / RATE)
    sound = np.asarray([wave, -wave], np.float32)
    positions = np.linspace(BEFORE, 3999 - AFTER - 1, 3000)
    found = interpolate(sound, positions)
    true = np.sin(2 * np.pi * hertz * positions / RATE)
    assert np.abs(found[0] - true).max() < 0.003
    assert np.allclose(found[0], -found[1])


def test_whole_positions_give_the_samples() -> None:
    sound = np.random.default_rng(3).uniform(-1, 1, (2, 200)).astype(np.float32)
    found = interpolate(sound, np.arange(BEFORE, 150, dtype=np.float64))
    assert np.abs(found - sound[:, BEFORE:150]).max() < 1e-4
