import numpy as np
import pytest

from media.scene.room_sound import LOUDNESS_LUFS, MICROPHONES, SAMPLES, Stereo, hear, loudness
from media.scene.script import TURNS, Voice
from media.scene.voice import RATE, Speech

OWN = {"judge": "presiding", "prosecution": "plaintiff", "defence": "defence"}


@pytest.fixture(scope="module")
def sounds(speeches: dict[Voice, Speech]) -> dict[str, Stereo]:
    return hear(speeches)


def said(sound: Stereo, voice: str) -> float:
    pieces = [
        sound[:, round(t.start * RATE) : round(t.end * RATE)] for t in TURNS if t.voice == voice
    ]
    return loudness(np.concatenate(pieces, axis=1))


@pytest.mark.parametrize("camera", OWN)
def test_each_microphone_hears_its_own_speaker_best(camera: str, sounds: dict[str, Stereo]) -> None:
    levels = {voice: said(sounds[camera], voice) for voice in OWN.values()}
    own = levels.pop(OWN[camera])
    assert own == pytest.approx(LOUDNESS_LUFS, abs=1.5)
    assert own - max(levels.values()) > 10


def test_nothing_clips_and_the_room_is_never_digitally_silent(sounds: dict[str, Stereo]) -> None:
    for sound in sounds.values():
        assert sound.shape == (2, SAMPLES)
        assert np.abs(sound).max() < 0.9
        quiet = sound[:, -RATE // 4 :]
        assert 1e-5 < np.abs(quiet).max() < 0.01


def test_the_loop_closes_without_a_click(sounds: dict[str, Stereo]) -> None:
    assert set(sounds) == set(MICROPHONES)
    for sound in sounds.values():
        assert np.abs(sound[:, 0] - sound[:, -1]).max() < 0.004
