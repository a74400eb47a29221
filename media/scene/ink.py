"""Anti-aliased flat drawing: shapes in heads on a sheet that is three times as large as needed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw

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


def smooth(points: Sequence[Point], steps: int = STEPS) -> list[Point]:
    """Return a closed curve through all points (Catmull and Rom)."""
    out: list[Point] = []
    count = len(points)
    for index in range(count):
        before, start, end, after = (points[(index + n) % count] for n in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            out.append(
                tuple(  # type: ignore[arg-type]
                    0.5
                    * (
                        2 * b
                        + (c - a) * t
                        + (2 * a - 5 * b + 4 * c - d) * t * t
                        + (3 * b - a - 3 * c + d) * t**3
                    )
                    for a, b, c, d in zip(before, start, end, after, strict=True)
                )
            )
    return out


class Sheet:
    """A transparent picture to draw on; lengths in heads."""

    def __init__(self, size: tuple[float, float], head: float, origin: Point) -> None:
        """Make a sheet of ``size`` with the origin at ``origin``; a head has ``head`` pixels."""
        self._scale = head * LARGE
        self._origin = origin
        pixels = math.ceil(size[0] * head) * LARGE, math.ceil(size[1] * head) * LARGE
        self._picture = Image.new("RGB", pixels)
        self._cover = Image.new("L", pixels)
        self._pen = ImageDraw.Draw(self._picture)
        self._cover_pen = ImageDraw.Draw(self._cover)

    def _at(self, point: Point) -> Point:
        return (
            (point[0] + self._origin[0]) * self._scale,
            (point[1] + self._origin[1]) * self._scale,
        )

    def mask(self, points: Sequence[Point], *, smooth: bool = False) -> Image.Image:
        """Return a shape to be laid later."""
        shape = Image.new("L", self._cover.size)
        ImageDraw.Draw(shape).polygon(self._path(points, curved=smooth), fill=255)
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
        self._picture.paste(colour, (0, 0), shape)
        self._cover.paste(255, (0, 0), shape)

    def lay_inside(self, shape: Image.Image, within: Image.Image, colour: Colour) -> None:
        """Colour what two shapes share."""
        self.lay(ImageChops.darker(shape, within), colour)

    def fill(self, points: Sequence[Point], colour: Colour, *, curved: bool = False) -> None:
        """Colour a polygon, or the closed curve through its corners."""
        path = self._path(points, curved=curved)
        self._pen.polygon(path, fill=colour)
        self._cover_pen.polygon(path, fill=255)

    def stroke(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line with round ends."""
        path = [self._at(point) for point in points]
        pixels = max(1, round(width * self._scale))
        for pen, ink in ((self._pen, colour), (self._cover_pen, 255)):
            pen.line(path, fill=ink, width=pixels, joint="curve")
            for x, y in path:
                far = (pixels - 1) / 2
                pen.ellipse((x - far, y - far, x + far, y + far), fill=ink)

    def oval(self, middle: Point, across: float, tall: float, colour: Colour) -> None:
        """Colour an ellipse given by its half sides."""
        x, y = self._at(middle)
        box = (
            x - across * self._scale, y - tall * self._scale,
            x + across * self._scale, y + tall * self._scale,
        )  # fmt: skip
        self._pen.ellipse(box, fill=colour)
        self._cover_pen.ellipse(box, fill=255)

    def dot(self, middle: Point, radius: float, colour: Colour) -> None:
        """Colour a disc."""
        self.oval(middle, radius, radius, colour)

    def done(self) -> Image.Image:
        """Return the drawing at its size, RGBA.

        Colour is averaged with its cover as weight, so that edges take no dark seam.
        """
        cover = self._cover.reduce(LARGE)
        weighed = Image.composite(
            self._picture, Image.new("RGB", self._picture.size), self._cover
        ).reduce(LARGE)
        out = Image.merge("RGBA", (*weighed.split(), cover))
        return _straight(out)


def _straight(premultiplied: Image.Image) -> Image.Image:
    """Return premultiplied colour as straight colour."""
    return Image.frombytes("RGBa", premultiplied.size, premultiplied.tobytes()).convert("RGBA")
