"""Noise is held, movement is not, and nothing is held for long."""

import numpy as np
import pytest

from media.program.canvas import Canvas
from media.program.steadiness import Steadiness

SIZE = (200, 120)  # no multiple of a block on either side
RENEWED = 48


class Camera:
    """A camera that looks at a wall; ``noise`` is a standard deviation in steps of luma."""

    def __init__(self, noise: float, size: tuple[int, int] = SIZE) -> None:
        self._random = np.random.default_rng(7)
        self._noise, self._size = noise, size
        self.wall = np.full(size[::-1], 100.0)

    def picture(self) -> Canvas:
        canvas = Canvas(self._size)
        noise = self._random.normal(0, self._noise, self.wall.shape)
        seen = self.wall + np.clip(noise, -3, 3)
        canvas.planes[0][:] = np.round(seen)
        return canvas


def luma(steadiness: Steadiness) -> np.ndarray:
    return steadiness.held.planes[0].astype(int)


def test_noise_is_held_but_each_block_is_renewed_within_a_segment() -> None:
    camera, steadiness = Camera(noise=1.0), Steadiness(SIZE)
    steadiness.take(camera.picture())
    first = luma(steadiness)[:112, :192]
    for _ in range(RENEWED):
        before = luma(steadiness)[:112, :192]
        steadiness.take(camera.picture())
        changed = (luma(steadiness)[:112, :192] != before).mean()
        assert changed < 0.05
    blocks = (luma(steadiness)[:112, :192] != first).reshape(7, 16, 12, 16).any((1, 3))
    assert blocks.all()


def test_what_moves_is_there_at_once_and_to_the_pixel() -> None:
    camera, steadiness = Camera(noise=1.0), Steadiness(SIZE)
    for left in range(0, 180, 5):
        camera.wall[:] = 100
        camera.wall[40:80, left : left + 20] = 130
        picture = camera.picture()
        steadiness.take(picture)
        seen = steadiness.held.planes[0][40:80, left : left + 20]
        assert np.array_equal(seen, picture.planes[0][40:80, left : left + 20])


@pytest.mark.parametrize("step", [0.05, 0.3, 2.0])
def test_light_that_changes_slowly_is_followed(step: float) -> None:
    camera, steadiness = Camera(noise=0.5), Steadiness(SIZE)
    for _ in range(100):
        camera.wall += step if camera.wall[0, 0] < 200 else 0
        steadiness.take(camera.picture())
        means = luma(steadiness)[:112, :192].reshape(7, 16, 12, 16).mean((1, 3))
        assert np.abs(means - camera.wall[0, 0]).max() < 1.6


def test_nothing_new_is_told_only_if_nothing_is_new_anywhere() -> None:
    steadiness, picture = Steadiness(SIZE), Camera(noise=0).picture()
    assert steadiness.take(picture)
    for _ in range(2 * RENEWED):
        assert not steadiness.take(picture)
    for y, x in ((0, 0), (119, 199), (60, 199), (119, 3)):
        picture.planes[0][y, x] += 40
        assert steadiness.take(picture)
        assert steadiness.held.planes[0][y, x] == picture.planes[0][y, x]
        assert not steadiness.take(picture)


def test_nothing_of_what_was_forgotten_is_held() -> None:
    camera, steadiness = Camera(noise=1.0), Steadiness(SIZE)
    steadiness.take(camera.picture())
    steadiness.forget()
    picture = camera.picture()
    assert steadiness.take(picture)
    assert np.array_equal(steadiness.held.block, picture.block)


@pytest.mark.parametrize(("noise", "pauses"), [(0.0, True), (1.0, False)])
def test_a_source_without_noise_is_left_alone_for_a_while(noise: float, pauses: bool) -> None:
    camera, steadiness = Camera(noise), Steadiness(SIZE)
    taken = 0
    for _ in range(300):
        if steadiness.worth_it():
            taken += 1
            steadiness.take(camera.picture())
    assert (taken < 100) == pauses
