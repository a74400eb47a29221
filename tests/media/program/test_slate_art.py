import numpy as np
import pytest

from media.program.slate_art import KINDS, accent, ground, sign


@pytest.mark.parametrize("kind", KINDS)
def test_a_sign_is_drawn_centred_in_its_colour(kind: str) -> None:
    picture = ground((320, 180), kind)
    before = np.asarray(picture, int)
    sign(picture, kind, (160, 60), 40)
    rows, columns = np.nonzero(np.abs(np.asarray(picture, int) - before).sum(2))
    assert abs((columns.min() + columns.max()) / 2 - 160) <= 2
    assert rows.min() >= 30
    assert rows.max() <= 90
    brightest = np.asarray(picture, int)[rows, columns].max(0)
    assert np.abs(brightest - accent(kind)).max() <= 12


def test_the_ground_has_no_bands_and_is_the_same_on_every_machine() -> None:
    one, other = (np.asarray(ground((320, 180), "recess"), int) for _ in range(2))
    assert np.array_equal(one, other)
    assert one.max() < 110
    column = one[:, 160, 2]
    longest = max(len(run) for run in np.split(column, np.flatnonzero(np.diff(column)) + 1))
    assert longest < 20
