import numpy as np
import pytest

from media.program.voice_shift import AHEAD, VoiceShift

RATE, TICK = 48_000, 1920


def voice(hertz: float, seconds: float = 3.0) -> np.ndarray:
    """Return a buzz with two formants in syllables, (1, n)."""
    at = np.arange(round(seconds * RATE)) / RATE
    turn = 2 * np.pi * np.cumsum(hertz * (1 + 0.05 * np.sin(2 * np.pi * 0.9 * at))) / RATE
    buzz = np.zeros(len(at))
    for k in range(1, int(5000 / hertz)):
        near = np.exp(-(((k * hertz - 700) / 250) ** 2)) + 0.5 * np.exp(
            -(((k * hertz - 1800) / 300) ** 2)
        )
        buzz += (near + 0.02) * np.sin(k * turn)
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * at), 0, 1) ** 0.3
    return np.asarray([0.1 * buzz * syllables], np.float32)


def shifted(sound: np.ndarray, tick: int = TICK, seed: int = 1) -> np.ndarray:
    def read(start: int, count: int) -> np.ndarray:
        assert start + count <= asked[0] + tick + AHEAD
        out = np.zeros((len(sound), count), np.float32)
        first, last = max(0, start), min(sound.shape[1], start + count)
        if first < last:
            out[:, first - start : last - start] = sound[:, first:last]
        return out

    shift, asked, out = VoiceShift(seed), [0], []
    for at in range(0, sound.shape[1] - tick + 1, tick):
        asked[0] = at
        out.append(shift.shift(read, at, tick))
    return np.concatenate(out, axis=1)


def pitch_hz(sound: np.ndarray) -> float:
    """Return the pitch that most of the sound has."""
    found = []
    for at in range(0, len(sound) - 4096, 2048):
        piece = sound[at : at + 4096] * np.hanning(4096)
        if np.abs(piece).max() < 0.02:
            continue
        returned = np.fft.irfft(np.abs(np.fft.rfft(piece, 8192)) ** 2)[:700]
        found.append(RATE / (returned[100:].argmax() + 100))
    return float(np.median(found))


def envelope(sound: np.ndarray) -> np.ndarray:
    blocks = sound[: len(sound) // 480 * 480].reshape(-1, 480)
    return np.asarray(np.sqrt((blocks**2).mean(axis=1)))


@pytest.mark.parametrize("hertz", [95, 210, 280])
def test_everybody_speaks_at_one_pitch(hertz: float) -> None:
    assert pitch_hz(voice(hertz)[0]) == pytest.approx(hertz, rel=0.08)
    assert pitch_hz(shifted(voice(hertz))[0, RATE:]) == pytest.approx(104, rel=0.12)


def test_the_new_voice_speaks_when_the_true_one_does() -> None:
    true, new = voice(130), shifted(voice(130))
    one, other = envelope(true[0]), envelope(new[0])
    count = min(len(one), len(other)) - 40
    likeness = [np.corrcoef(one[20 : 20 + count], np.roll(other, k)[20 : 20 + count])[0, 1]
                for k in range(-8, 9)]  # fmt: skip
    assert max(likeness) > 0.8
    assert abs(int(np.argmax(likeness)) - 8) <= 1  # within 10 ms
    assert 0.4 < new.std() / true.std() < 1.6


def test_no_shift_back_brings_the_true_wave_back() -> None:
    true, new = voice(130)[0, RATE : 2 * RATE], shifted(voice(130))[0, RATE : 2 * RATE]
    spectrum = np.conj(np.fft.rfft(true, 2 * RATE))
    for ratio in np.arange(0.6, 1.7, 0.05):
        at = np.arange(0, RATE - 1, ratio)
        back = np.interp(at, np.arange(RATE), new)[:RATE]
        returned = np.fft.irfft(spectrum * np.fft.rfft(back, 2 * RATE))
        assert np.abs(returned).max() < 0.5 * np.linalg.norm(true) * np.linalg.norm(back)


def test_no_two_disguises_are_alike() -> None:
    sound = voice(130, 1)
    assert np.corrcoef(shifted(sound, seed=1)[0], shifted(sound, seed=2)[0])[0, 1] < 0.5


def test_silence_stays_silent() -> None:
    assert np.abs(shifted(np.zeros((2, RATE), np.float32))).max() < 1e-4


@pytest.mark.parametrize("tick", [960, 1600, 2000])
def test_pieces_of_any_length_join_without_a_click(tick: int) -> None:
    sound = shifted(voice(150, 2), tick)[0]
    steps = np.abs(np.diff(sound))
    borders = steps[tick - 1 :: tick]
    assert borders.mean() < 3 * steps.mean() + 1e-4
    assert np.isfinite(sound).all()


def test_sound_that_does_not_follow_begins_anew() -> None:
    loud, quiet = np.ones((1, 4 * RATE), np.float32), np.zeros((1, 4 * RATE), np.float32)
    shift = VoiceShift(1)
    shift.shift(lambda _start, count: loud[:, :count], 0, TICK)
    after = shift.shift(lambda _start, count: quiet[:, :count], 10 * RATE, TICK)
    assert np.abs(after).max() < 1e-4
    shift.shift(lambda _start, count: loud[:, :count], 20 * RATE, TICK)
    shift.reset()
    after = shift.shift(lambda _start, count: quiet[:, :count], 20 * RATE + TICK, TICK)
    assert np.abs(after).max() < 1e-4
