"""Anti-aliased flat drawing: shapes in heads on a sheet that is three times as large as needed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]
LARGE = 3
STEPS = 6  # pieces of a curve between two of its points


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float) -> Colour:
    """Return a colour nearer to a warm black."""
    return mix(colour, (16, 12, 18), share)


def lighter(colour: Colour, share: float) -> Colour:
    """Return a colour nearer to a warm white."""
    return mix(colour, (255, 246, 230), share)


def _basis() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the weights of four points along a piece of curve (Catmull and Rom)."""
    t = np.arange(STEPS)[:, None] / STEPS
    powers = np.hstack([t**0, t, t**2, t**3])
    weights = [[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]
    return np.asarray(0.5 * powers @ np.array(weights), np.float64)


_BASIS = _basis()


def smooth(points: Sequence[Point]) -> list[Point]:
    """Return a closed curve through all points, ``STEPS`` points for each."""
    corners = np.array(points)
    around = np.stack([np.roll(corners, shift, axis=0) for shift in (1, 0, -1, -2)])
    curve = np.einsum("sk,kpx->psx", _BASIS, around).reshape(-1, 2)
    return [(x, y) for x, y in curve.tolist()]


class Sheet:
    """A transparent picture to draw on; lengths in heads."""

    def __init__(self, size: tuple[float, float], head: float, origin: Point) -> None:
        """Make a sheet of ``size`` with the origin at ``origin``; a head has ``head`` pixels."""
        self._scale = head * LARGE
        self._origin = origin
        pixels = math.ceil(size[0] * head) * LARGE, math.ceil(size[1] * head) * LARGE
        self._picture = Image.new("RGBA", pixels)
        self._pen = ImageDraw.Draw(self._picture)

    def _at(self, point: Point) -> Point:
        return (
            (point[0] + self._origin[0]) * self._scale,
            (point[1] + self._origin[1]) * self._scale,
        )

    def mask(self, points: Sequence[Point], *, curved: bool = False) -> Image.Image:
        """Return a shape to be laid later."""
        shape = Image.new("L", self._picture.size)
        ImageDraw.Draw(shape).polygon(self._path(points, curved=curved), fill=255)
        return shape

    def _path(self, points: Sequence[Point], *, curved: bool) -> list[Point]:
        return [self._at(point) for point in (smooth(points) if curved else points)]

    def shifted(self, shape: Image.Image, by: Point) -> Image.Image:
        """Return a shape moved by a distance."""
        moved = Image.new("L", shape.size)
        moved.paste(shape, (round(by[0] * self._scale), round(by[1] * self._scale)))
        return moved

    def lay(self, shape: Image.Image, colour: Colour) -> None:
        """Colour a shape."""
        self._picture.paste((*colour, 255), (0, 0), shape)

    def fill(self, points: Sequence[Point], colour: Colour, *, curved: bool = False) -> None:
        """Colour a polygon, or the closed curve through its corners."""
        self._pen.polygon(self._path(points, curved=curved), fill=(*colour, 255))

    def stroke(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line with round ends."""
        path = [self._at(point) for point in points]
        pixels = max(1, round(width * self._scale))
        ink = (*colour, 255)
        self._pen.line(path, fill=ink, width=pixels, joint="curve")
        far = (pixels - 1) / 2
        for x, y in path:
            self._pen.ellipse((x - far, y - far, x + far, y + far), fill=ink)

    def oval(self, middle: Point, across: float, tall: float, colour: Colour) -> None:
        """Colour an ellipse given by its half sides."""
        x, y = self._at(middle)
        box = (
            x - across * self._scale, y - tall * self._scale,
            x + across * self._scale, y + tall * self._scale,
        )  # fmt: skip
        self._pen.ellipse(box, fill=(*colour, 255))

    def dot(self, middle: Point, radius: float, colour: Colour) -> None:
        """Colour a disc."""
        self.oval(middle, radius, radius, colour)

    def done(self) -> Image.Image:
        """Return the drawing at its size, RGBA.

        Colour is averaged with its cover as weight, so that edges take no dark seam.
        """
        return self._picture.convert("RGBa").reduce(LARGE).convert("RGBA")
