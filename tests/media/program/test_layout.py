import itertools

import pytest

from media.program.layout import LAYOUTS, Box, fit, pixels, places

SIZES = [(1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", LAYOUTS)
def test_places_are_even_and_inside(name: str, size: tuple[int, int]) -> None:
    for place in LAYOUTS[name]:
        box = pixels(place, size)
        assert all(side % 2 == 0 for side in (box.x, box.y, box.width, box.height))
        assert 0 <= box.x < box.right <= size[0]
        assert 0 <= box.y < box.bottom <= size[1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [name for name in LAYOUTS if name != "picture_in_picture"])
def test_pictures_do_not_overlap(name: str, size: tuple[int, int]) -> None:
    boxes = [pixels(place, size) for place in LAYOUTS[name]]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["quad", "one_and_five"])
def test_pictures_fill_the_whole(name: str, size: tuple[int, int]) -> None:
    boxes = [pixels(place, size) for place in LAYOUTS[name]]
    assert sum(box.width * box.height for box in boxes) == size[0] * size[1]


def test_a_quarter_of_720p_is_360p_so_nothing_is_scaled() -> None:
    boxes = [pixels(place, (1280, 720)) for place in LAYOUTS["quad"]]
    assert {(box.width, box.height) for box in boxes} == {(640, 360)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ((640, 360), Box(0, 0, 1280, 720)),
        ((640, 480), Box(160, 0, 960, 720)),
        ((720, 1280), Box(438, 0, 404, 720)),
        ((1279, 719), Box(0, 0, 1280, 720)),
    ],
)
def test_aspect_is_kept(source: tuple[int, int], expected: Box) -> None:
    assert fit(source, Box(0, 0, 1280, 720)) == expected


def test_one_camera_alone_is_shown_whole() -> None:
    assert places("quad", 1) == LAYOUTS["single"]
    assert len(places("quad", 3)) == 4
    with pytest.raises(KeyError):
        places("mosaic", 2)
