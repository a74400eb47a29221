import numpy as np
import pytest

from media.scene.acting import FRAMES
from media.scene.film import Film
from media.scene.script import Voice
from media.scene.sets import VIEWS
from media.scene.voice import Speech

SMALL = (320, 180)


@pytest.mark.media
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_alive_and_closes(view: str, speeches: dict[Voice, Speech]) -> None:
    film = Film(view, SMALL, speeches)
    pictures = [np.asarray(film.picture(frame), int) for frame in (60, 70, 60 + FRAMES)]
    assert pictures[0].shape == (SMALL[1], SMALL[0], 3)
    moved = np.abs(pictures[0] - pictures[1]).max(axis=2) > 20
    assert 0.0005 < moved.mean() < 0.2
    assert np.array_equal(pictures[0], pictures[2])
    assert pictures[0].std() > 30


@pytest.mark.media
def test_the_views_differ_and_can_be_larger(speeches: dict[Voice, Speech]) -> None:
    seen = {view: np.asarray(Film(view, SMALL, speeches).picture(0), int) for view in VIEWS}
    names = sorted(seen)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            assert np.abs(seen[one] - seen[other]).mean() > 8
    assert Film("judge", (640, 360), speeches).picture(0).size == (640, 360)
