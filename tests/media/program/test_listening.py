import numpy as np
import pytest

from media.program.listening import Echo, Hum
from tests.media.program.speech import RATE, speech

SECOND = 1_000_000


def talk(seconds: float, seed: int = 1) -> np.ndarray:
    """Return noise in irregular words: no pitch and no rhythm of its own."""
    dice = np.random.default_rng(seed)
    count = round(seconds * RATE)
    loud = np.repeat(dice.random(count // 4000 + 1), 4000)[:count] ** 2
    return np.asarray(0.1 * loud * dice.standard_normal(count), np.float32)


def hum(sound: np.ndarray, rate: int = RATE) -> list[int]:
    """Return at which seconds hum is told of."""
    heard, told = Hum(), []
    for second in range(len(sound) // rate):
        heard.take(sound[second * rate : (second + 1) * rate], rate, second * SECOND)
        if heard.since_us is not None:
            told.append(second)
    return told


def mains(seconds: float, dbfs: float, rate: int = RATE, hertz: float = 50.0) -> np.ndarray:
    at = np.arange(round(seconds * rate)) / rate
    return np.asarray(10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * at), np.float32)


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
def test_a_steady_tone_of_the_mains_is_heard_and_gone_when_it_is(rate: int) -> None:
    told = hum(np.concatenate([mains(10, -40, rate), np.zeros(10 * rate, np.float32)]), rate)
    assert told
    assert 5 <= told[0] <= 8
    assert told[-1] <= 12


def test_hum_is_heard_below_speech() -> None:
    assert hum(speech(16, -26)[0] + mains(16, -36))


@pytest.mark.parametrize("hertz", [41, 60, 100, 120])
def test_other_tones_are_no_hum(hertz: float) -> None:
    assert not hum(mains(12, -20, hertz=hertz))


def test_neither_speech_nor_noise_nor_silence_hums() -> None:
    noise = (0.1 * np.random.default_rng(1).standard_normal(16 * RATE)).astype(np.float32)
    for sound in (speech(16, -20)[0], noise, np.zeros(16 * RATE, np.float32)):
        assert not hum(sound)


def echo(sound: np.ndarray) -> set[float]:
    """Return the lags that are told of."""
    heard, lags = Echo(), set()
    for at in range(0, len(sound), 4800):
        heard.take(sound[at : at + 4800], RATE, at * 125 // 6)
        if heard.since_us is not None:
            lags.add(round(heard.lag_s, 2))
    return lags


@pytest.mark.parametrize(("lag_s", "gain"), [(0.09, 0.5), (0.18, 0.3), (0.42, 0.5)])
def test_what_comes_back_is_heard_with_its_lag(lag_s: float, gain: float) -> None:
    sound = talk(30)
    late = round(lag_s * RATE)
    sound[late:] += gain * sound[:-late].copy()
    assert echo(sound) == {lag_s}


def test_what_does_not_come_back_is_no_echo() -> None:
    assert not echo(talk(40, 2))
    assert not echo(np.zeros(20 * RATE, np.float32))
