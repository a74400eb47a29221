import numpy as np

from media.scene.ink import Sheet, darker, lighter, mix, smooth

RED = (200, 40, 40)


def test_a_shape_lies_where_it_was_drawn_and_edges_keep_their_colour() -> None:
    sheet = Sheet((2, 2), 20, (1, 1))
    sheet.dot((0, 0), 0.51, RED)
    picture = np.asarray(sheet.done(), int)
    assert picture.shape == (40, 40, 4)
    cover = picture[..., 3]
    assert cover[20, 20] == 255
    assert cover[1, 1] == 0
    soft = (cover > 60) & (cover < 255)
    assert soft.any()
    assert np.abs(picture[soft][:, :3] - RED).max() < 8


def test_a_curve_goes_through_its_points() -> None:
    corners = [(0.0, 0.0), (1.0, 0.2), (1.2, 1.0), (0.1, 0.9)]
    assert smooth(corners)[::6] == corners


def test_colours_are_mixed() -> None:
    assert mix((0, 0, 0), (100, 200, 50), 0.5) == (50, 100, 25)
    assert sum(darker(RED, 0.3)) < sum(RED) < sum(lighter(RED, 0.3))
