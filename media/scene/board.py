"""A sheet for walls and furniture: shapes, slopes of light and lettering at 640x360 units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from media.program.font import font
from media.scene.ink import Colour, Point, darker, lighter

_LARGE = 3
_WIDTH = 640


class Board:
    """A transparent picture, drawn three times as large as needed."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Make a board for a picture of 16:9."""
        self._size = size
        self._scale = size[0] / _WIDTH * _LARGE
        self._picture = Image.new("RGBA", (size[0] * _LARGE, size[1] * _LARGE))
        self._pen = ImageDraw.Draw(self._picture)

    def _path(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self._scale, y * self._scale) for x, y in points]

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """Colour a polygon."""
        self._pen.polygon(self._path(points), fill=(*colour, 255))

    def box(
        self, left: float, top: float, right: float, bottom: float, colour: Colour,
        corner: float = 0,
    ) -> None:  # fmt: skip
        """Colour a rectangle, with round corners if wanted."""
        path = [value * self._scale for value in (left, top, right, bottom)]
        self._pen.rounded_rectangle(path, corner * self._scale, fill=(*colour, 255))

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line with round ends."""
        path = self._path(points)
        pixels = max(1, round(width * self._scale))
        self._pen.line(path, fill=(*colour, 255), width=pixels, joint="curve")
        for x, y in path:
            far = (pixels - 1) / 2
            self._pen.ellipse((x - far, y - far, x + far, y + far), fill=(*colour, 255))

    def oval(self, x: float, y: float, across: float, tall: float, colour: Colour) -> None:
        """Colour an ellipse given by its half sides."""
        path = [v * self._scale for v in (x - across, y - tall, x + across, y + tall)]
        self._pen.ellipse(path, fill=(*colour, 255))

    def slope(self, points: Sequence[Point], top: Colour, bottom: Colour) -> None:
        """Colour a polygon from one colour above to another below."""
        path = self._path(points)
        first, last = (int(pick(y for _, y in path)) for pick in (min, max))
        share = np.linspace(0, 1, max(2, last - first + 1))[:, None]
        rows = np.array(top) * (1 - share) + np.array(bottom) * share
        rows += np.random.default_rng(2).random((len(rows), 1))
        column = Image.fromarray(rows.astype(np.uint8)[:, None, :])
        filled = column.resize((self._picture.width, len(rows)))
        mask = Image.new("L", self._picture.size)
        ImageDraw.Draw(mask).polygon(path, fill=255)
        area = (0, first, self._picture.width, first + len(rows))
        self._picture.paste(filled.convert("RGBA"), (0, first), mask.crop(area))

    def light(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Brighten (or darken) softly around a point; only where something is drawn."""
        reach = round(radius * self._scale)
        side = np.linspace(-1, 1, 64)
        fall = np.clip(1 - np.hypot(side[:, None], side[None, :]), 0, 1) ** 1.6
        glow = Image.fromarray((fall * 255 * strength).astype(np.uint8))
        mask = Image.new("L", self._picture.size)
        mask.paste(
            glow.resize((2 * reach, 2 * reach), Image.Resampling.BICUBIC),
            (round(x * self._scale) - reach, round(y * self._scale) - reach),
        )
        alpha = self._picture.getchannel("A")
        self._picture.paste((*colour, 255), (0, 0), mask)
        self._picture.putalpha(alpha)
        self._pen = ImageDraw.Draw(self._picture)

    def shadow(self, points: Sequence[Point], blur: float, strength: float) -> None:
        """Lay a soft dark shape, also over what is empty."""
        mask = Image.new("L", self._picture.size)
        ImageDraw.Draw(mask).polygon(self._path(points), fill=round(255 * strength))
        small = mask.reduce(4).filter(ImageFilter.GaussianBlur(blur * self._scale / 4))
        ink = Image.new("RGBA", self._picture.size, (14, 8, 6, 0))
        ink.putalpha(small.resize(mask.size, Image.Resampling.BILINEAR))
        self._picture.alpha_composite(ink)

    def text(self, x: float, y: float, words: str, size: float, colour: Colour) -> None:
        """Write a word centred on a point."""
        face = font(max(6, round(size * self._scale)), bold=True)
        self._pen.text(
            (x * self._scale, y * self._scale), words, fill=(*colour, 255), font=face, anchor="mm"
        )

    def done(self) -> Image.Image:
        """Return the picture at its size."""
        premultiplied = self._picture.convert("RGBa").reduce(_LARGE)
        return premultiplied.convert("RGBA")


def panel(board: Board, box: tuple[float, float, float, float], wood: Colour) -> None:
    """Draw a raised wooden panel with lit and shaded edges."""
    left, top, right, bottom = box
    board.box(left, top, right, bottom, darker(wood, 0.35))
    board.box(left + 1.2, top + 1.2, right, bottom, lighter(wood, 0.12))
    board.slope(
        [(left + 1.6, top + 1.6), (right - 1.2, top + 1.6), (right - 1.2, bottom - 1.2),
         (left + 1.6, bottom - 1.2)],
        lighter(wood, 0.04), darker(wood, 0.1),
    )  # fmt: skip
