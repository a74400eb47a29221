import numpy as np
import pytest

from media.scene.script import LOOP_S, TURNS, Voice
from media.scene.voice import RATE, TIMBRES, Speech

STEP = 240


@pytest.mark.parametrize("voice", TIMBRES)
def test_a_voice_is_heard_in_its_turns_only(voice: Voice, speeches: dict[Voice, Speech]) -> None:
    sound = speeches[voice].sound
    assert len(sound) == LOOP_S * RATE
    outside = np.ones(len(sound), bool)
    for turn in TURNS:
        if turn.voice == voice:
            own = slice(round((turn.start - 0.1) * RATE), round((turn.end + 0.2) * RATE))
            outside[own] = False
            assert np.abs(sound[own]).max() > 0.3
    assert np.abs(sound[outside]).max() < 0.02


@pytest.mark.parametrize("voice", TIMBRES)
def test_the_mouth_moves_with_the_sound(voice: Voice, speeches: dict[Voice, Speech]) -> None:
    speech = speeches[voice]
    level = np.sqrt(np.square(speech.sound).reshape(-1, STEP).mean(axis=1))
    best = max(
        range(-40, 41),
        key=lambda shift: float(np.corrcoef(np.roll(level, shift), speech.mouth)[0, 1]),
    )
    assert abs(best * STEP / RATE) <= 0.04
    assert np.corrcoef(level, speech.mouth)[0, 1] > 0.5


def test_syllables_come_as_fast_as_in_speech(speeches: dict[Voice, Speech]) -> None:
    mouth, turn = speeches["plaintiff"].mouth, TURNS[1]
    said = mouth[round(turn.start * 200) : round(turn.end * 200)]
    opened = (said[1:-1] > said[:-2]) & (said[1:-1] >= said[2:]) & (said[1:-1] > 0.1)
    assert 2.5 < opened.sum() / (turn.end - turn.start) < 8


@pytest.mark.parametrize("voice", TIMBRES)
def test_the_pitch_is_the_speakers(voice: Voice, speeches: dict[Voice, Speech]) -> None:
    turn = next(turn for turn in TURNS if turn.voice == voice)
    said = speeches[voice].sound[round(turn.start * RATE) : round(turn.end * RATE)]
    pitches = []
    for start in range(0, len(said) - 4096, 4096):
        piece = said[start : start + 4096] * np.hanning(4096)
        if np.abs(piece).max() > 0.3:
            same = np.fft.irfft(np.abs(np.fft.rfft(piece, 8192)) ** 2)[: RATE // 70]
            pitches.append(RATE / (RATE // 400 + int(np.argmax(same[RATE // 400 :]))))
    assert 0.7 < np.median(pitches) / TIMBRES[voice].pitch < 1.4
