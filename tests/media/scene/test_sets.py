import numpy as np
import pytest

from media.scene.cast import PEOPLE
from media.scene.sets import VIEWS


@pytest.mark.parametrize("view", VIEWS)
def test_every_place_has_people_in_front_of_a_full_ground(view: str) -> None:
    scenery = VIEWS[view]((320, 180))
    assert scenery.ground.size == (320, 180)
    assert np.asarray(scenery.ground).mean(axis=2).min() > 3
    seats = [layer.seat for layer in scenery.layers if layer.seat and not layer.arms]
    assert len(seats) >= 2
    assert all(seat.name in PEOPLE for seat in seats)
    assert len({seat.name for seat in seats}) == len(seats)


def test_props_are_cut_to_what_they_show() -> None:
    for layer in VIEWS["wide"]((320, 180)).layers:
        if layer.prop is not None:
            assert layer.prop.width <= 320
            assert layer.at[1] + layer.prop.height <= 180
