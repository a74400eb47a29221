import numpy as np
import pytest

from media.scene.cast import PEOPLE
from media.scene.face import Face, draw_head
from media.scene.figure import Arm, draw_arm, draw_body, draw_from_behind
from media.scene.ink import Sheet


def drawn(face: Face, name: str = "presiding") -> np.ndarray:
    sheet = Sheet((1.4, 2), 60, (0.7, 0.82))
    draw_head(sheet, PEOPLE[name].look, face)
    return np.asarray(sheet.done(), int)


@pytest.mark.parametrize("change", [{"yaw": 0.5}, {"mouth": 0.8}, {"lids": 1.0}, {"pitch": 0.7}])
def test_what_a_face_does_is_seen(change: dict[str, float]) -> None:
    still, moved = drawn(Face()), drawn(Face(**change))
    assert (np.abs(still - moved).max(axis=2) > 40).sum() > 15


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_can_be_drawn(name: str) -> None:
    sheet = Sheet((3.4, 3.2), 30, (1.7, 0.8))
    draw_body(sheet, PEOPLE[name])
    draw_head(sheet, PEOPLE[name].look, Face())
    for side in (-1, 1):
        draw_arm(sheet, PEOPLE[name], side, Arm(0.5, 0.2))
    behind = Sheet((3.4, 3.2), 30, (1.7, 0.8))
    draw_from_behind(behind, PEOPLE[name])
    front = np.asarray(sheet.done(), int)
    assert front[..., 3].mean() > 80
    assert (np.abs(front - np.asarray(behind.done(), int)).max(axis=2) > 60).sum() > 200


def test_a_lifted_hand_is_higher() -> None:
    tops = []
    for lift in (0.0, 1.0):
        sheet = Sheet((3.4, 3.2), 30, (1.7, 0.8))
        draw_arm(sheet, PEOPLE["presiding"], 1, Arm(lift))
        tops.append(int(np.nonzero(np.asarray(sheet.done())[..., 3].max(axis=1))[0][0]))
    assert tops[1] < tops[0] - 6
