"""The drawn part of slates: grounds and line signs, anti-aliased by drawing large."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

KINDS = ("before", "recess", "closed", "interrupted", "ended")
BACKGROUND_FOOT = (13, 19, 29)
_LARGE = 4  # signs are drawn this many times larger
_TOP, _BOTTOM = np.array([27, 42, 64.0]), np.array([14, 21, 33.0])
_ACCENTS = {
    "before": (126, 176, 226),
    "recess": (226, 184, 112),
    "closed": (206, 132, 128),
    "interrupted": (170, 182, 198),
    "ended": (132, 190, 166),
}
Point = tuple[float, float]


def accent(kind: str) -> tuple[int, int, int]:
    """Return the colour that tells one kind of slate from another."""
    return _ACCENTS[kind]


def ground(size: tuple[int, int], kind: str) -> Image.Image:
    """Return a calm dark ground with a faint light in the kind's colour behind the title.

    Noise below one step keeps the slopes from showing bands.
    """
    width, height = size
    y = np.linspace(0, 1, height)[:, None, None]
    x = np.linspace(-1, 1, width)[None, :, None] * width / height
    slope = _TOP * (1 - y) + _BOTTOM * y
    distance = (x / 1.5) ** 2 + ((y - 0.42) / 0.62) ** 2
    tint = np.array(accent(kind)) * 0.10 + np.array([16, 22, 32]) * 0.5
    picture = slope + np.exp(-2.2 * distance) * tint
    noise = np.random.default_rng(1).random((height, width, 1))  # the same on every machine
    return Image.fromarray((picture + noise).clip(0, 255).astype(np.uint8))


class _Pen:
    """Draws in units of the sign's half side, the origin in its middle."""

    def __init__(self, side: float, colour: tuple[int, int, int]) -> None:
        self._half = side * _LARGE / 2
        edge = math.ceil(side * 1.3) * _LARGE
        self._middle = edge / 2
        self._ink = Image.new("L", (edge, edge))
        self._draw = ImageDraw.Draw(self._ink)
        self._colour = colour
        self._line = max(1, round(self._half * 0.095))

    def _at(self, point: Point) -> Point:
        return (self._middle + point[0] * self._half, self._middle + point[1] * self._half)

    def line(self, *points: Point) -> None:
        """Draw a stroke with round ends."""
        corners = [self._at(point) for point in points]
        self._draw.line(corners, fill=255, width=self._line, joint="curve")
        radius = self._line / 2
        for x, y in corners:
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

    def arc(self, middle: Point, radius: float, start: float, end: float) -> None:
        """Draw an arc; angles in degrees, clockwise from three o'clock."""
        steps = max(8, int(abs(end - start) / 4))
        angles = [math.radians(start + (end - start) * n / steps) for n in range(steps + 1)]
        self.line(
            *((middle[0] + radius * math.cos(a), middle[1] + radius * math.sin(a)) for a in angles)
        )

    def dot(self, middle: Point, radius: float) -> None:
        """Draw a filled disc."""
        x, y = self._at(middle)
        far = radius * self._half
        self._draw.ellipse((x - far, y - far, x + far, y + far), fill=255)

    def box(self, left: float, top: float, right: float, bottom: float, round_by: float) -> None:
        """Draw a rectangle with round corners."""
        self._draw.rounded_rectangle(
            (*self._at((left, top)), *self._at((right, bottom))),
            radius=round_by * self._half,
            outline=255,
            width=self._line,
        )

    def paint(self, picture: Image.Image, middle: Point) -> None:
        """Lay the sign onto a picture."""
        side = self._ink.width // _LARGE
        ink = self._ink.resize((side, side), Image.Resampling.BOX)
        corner = (round(middle[0] - side / 2), round(middle[1] - side / 2))
        picture.paste(self._colour, corner, ink)


def _before(pen: _Pen) -> None:
    pen.arc((0, 0), 0.92, 0, 360)
    pen.line((0, -0.5), (0, 0.04), (0.36, 0.28))


def _recess(pen: _Pen) -> None:
    pen.arc((0, 0), 0.92, 0, 360)
    for x in (-0.25, 0.25):
        pen.line((x, -0.34), (x, 0.34))


def _closed(pen: _Pen) -> None:
    pen.box(-0.66, -0.12, 0.66, 0.9, 0.16)
    pen.line((-0.4, -0.14), (-0.4, -0.46))
    pen.line((0.4, -0.14), (0.4, -0.46))
    pen.arc((0, -0.46), 0.4, 180, 360)
    pen.dot((0, 0.34), 0.12)
    pen.line((0, 0.36), (0, 0.58))


def _interrupted(pen: _Pen) -> None:
    pen.box(-0.95, -0.62, 0.95, 0.62, 0.16)
    pen.line((-0.3, 0.9), (0.3, 0.9))
    for x in (-0.42, 0.0, 0.42):
        pen.dot((x, 0), 0.1)


def _ended(pen: _Pen) -> None:
    pen.arc((0, 0), 0.92, 0, 360)
    pen.line((-0.4, 0.02), (-0.1, 0.32), (0.44, -0.28))


_SIGNS = {
    "before": _before,
    "recess": _recess,
    "closed": _closed,
    "interrupted": _interrupted,
    "ended": _ended,
}


def sign(
    picture: Image.Image, kind: str, middle: Point, side: float, *, faint: bool = False
) -> None:
    """Draw the sign of a kind of slate, ``side`` pixels large, around a point."""
    pen = _Pen(side, (92, 104, 120) if faint else accent(kind))
    _SIGNS[kind](pen)
    pen.paint(picture, middle)
