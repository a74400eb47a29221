from typing import Literal

import numpy as np
import pytest

from media.marks import Mask
from media.program.canvas import Canvas
from media.program.mask import apply, covered

SIZE = (320, 180)


def noise(seed: int = 1) -> Canvas:
    canvas = Canvas(SIZE)
    canvas.block[:] = np.random.default_rng(seed).integers(16, 235, canvas.block.shape)
    return canvas


def test_a_filled_rectangle_holds_nothing_of_the_picture() -> None:
    results = []
    for seed in (1, 2):
        canvas = noise(seed)
        apply(canvas.planes, [Mask(0.1, 0.2, 0.3, 0.4)])
        results.append(canvas.region(covered(Mask(0.1, 0.2, 0.3, 0.4), SIZE)))
    for one, other in zip(*results, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("method", ["fill", "pixelate"])
def test_only_the_rectangle_is_changed(method: Literal["fill", "pixelate"]) -> None:
    canvas, before = noise(), noise()
    mask = Mask(0.25, 0.25, 0.5, 0.5, method)
    apply(canvas.planes, [mask])
    box = covered(mask, SIZE)
    for one, other in zip(canvas.region(box), before.region(box), strict=True):
        assert (one != other).mean() > 0.9
    luma = np.ones((SIZE[1], SIZE[0]), bool)
    luma[box.y : box.bottom, box.x : box.right] = False
    assert np.array_equal(canvas.planes[0][luma], before.planes[0][luma])


def test_pixels_are_coarse() -> None:
    canvas = noise()
    apply(canvas.planes, [Mask(0, 0, 1, 1, "pixelate")])
    luma = canvas.planes[0]
    changes = np.flatnonzero(np.diff(luma.astype(int), axis=1).any(0)) + 1
    assert np.array_equal(changes % 6, np.zeros(len(changes)))


def test_every_touched_pixel_is_covered() -> None:
    box = covered(Mask(0.101, 0.101, 0.101, 0.101), SIZE)
    assert box.x <= 0.101 * SIZE[0]
    assert box.right >= 0.202 * SIZE[0]
    assert box.y <= 0.101 * SIZE[1]
    assert box.bottom >= 0.202 * SIZE[1]
    edge = covered(Mask(0.9, 0.9, 0.5, 0.5), SIZE)
    assert (edge.right, edge.bottom) == SIZE


@pytest.mark.parametrize(
    "sides", [(-0.1, 0, 1, 1), (0, 0, 1.1, 1), (0, 0, 0, 1), (0, float("nan"), 1, 1)]
)
def test_what_is_no_rectangle_is_refused(sides: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="mask"):
        Mask(*sides)
