"""The line in the lower part of the picture: court, case number and the court clock.

Text stands light on dark plates that let some picture through, so it is legible on any picture.
Plates are drawn once; a tick only pastes the digits that changed and blends. Nothing is drawn above
the lower half: the upper fifth belongs to the picture alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image, ImageDraw

from media.program.canvas import NEUTRAL, Canvas
from media.program.emblem import Emblem, opened
from media.program.font import font, readable
from media.program.layout import Box, even

Weights = np.ndarray[Any, np.dtype[np.uint16]]
_ONE = 256  # full weight: 8 bit fixed point
_PLATE_LUMA, _PLATE_WEIGHT = 24, 178
_TEXT_LUMA = 235
_CORNERS = 4  # supersampling of round corners
_CLOCK = "0000-00-00 00:00:00.0"
_ELLIPSIS = "…"
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])’(?=[A-Za-z ]|$)")


@dataclass(frozen=True, slots=True)
class _Blend:
    """What is kept of the picture and what is added to it, per pixel, in 1/256."""

    keep: Weights
    add: Weights
    keep_chroma: Weights
    add_chroma: Weights

    def paste(self, other: _Blend, x: int) -> None:
        """Replace all rows from column ``x`` (even) on by another blend of the same height."""
        width = other.keep.shape[1]
        self.keep[:, x : x + width] = other.keep
        self.add[:, x : x + width] = other.add
        self.keep_chroma[:, x // 2 : (x + width) // 2] = other.keep_chroma
        self.add_chroma[:, x // 2 : (x + width) // 2] = other.add_chroma


def _blend(plate: Weights, text: Weights) -> _Blend:
    """Return the blend of a plate's and a text's weights (0…256, both sides even)."""
    keep = (_ONE - plate).astype(np.uint32) * (_ONE - text) // _ONE
    under = plate.astype(np.uint32) * _PLATE_LUMA * (_ONE - text) // _ONE
    add = (under + text.astype(np.uint32) * _TEXT_LUMA).astype(np.uint16)
    height, width = keep.shape
    keep_chroma = keep.reshape(height // 2, 2, width // 2, 2).sum((1, 3)) // 4
    add_chroma = ((_ONE - keep_chroma) * NEUTRAL).astype(np.uint16)
    return _Blend(keep.astype(np.uint16), add, keep_chroma.astype(np.uint16), add_chroma)


def _weights(image: Image.Image) -> Weights:
    ink = np.asarray(image, np.uint16)
    return ink + (ink >> 7)


def _rounded(width: int, height: int, radius: int) -> Weights:
    large = Image.new("L", (width * _CORNERS, height * _CORNERS))
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), radius * _CORNERS, fill=255
    )
    shape = _weights(large.resize((width, height), Image.Resampling.BOX))
    return shape * _PLATE_WEIGHT // _ONE


def _ink(text: str, size: tuple[int, int], at: tuple[float, float], letters: int) -> Weights:
    """Draw one line of text, ``at`` being the left end of its middle."""
    image = Image.new("L", size)
    ImageDraw.Draw(image).text(at, text, fill=255, font=font(letters), anchor="lm")
    return _weights(image)


class _Plate:
    """A blend with its place and the scratch memory to apply it."""

    def __init__(self, blend: _Blend, x: int, y: int) -> None:
        height, width = blend.keep.shape
        self.blend = blend
        self.box = Box(x, y, width, height)
        self._scratch = np.empty((height, width), np.uint16)
        self._scratch_chroma = np.empty((height // 2, width // 2), np.uint16)

    def apply(self, canvas: Canvas) -> None:
        luma, blue, red = canvas.region(self.box)
        self._mix(luma, self.blend.keep, self.blend.add, self._scratch)
        for plane in (blue, red):
            self._mix(plane, self.blend.keep_chroma, self.blend.add_chroma, self._scratch_chroma)

    @staticmethod
    def _mix(plane: np.ndarray[Any, Any], keep: Weights, add: Weights, scratch: Weights) -> None:
        np.multiply(plane, keep, out=scratch, dtype=np.uint16)
        np.add(scratch, add, out=scratch)
        np.right_shift(scratch, 8, out=scratch)
        np.copyto(plane, scratch, casting="unsafe")


@dataclass(frozen=True, slots=True)
class Measures:
    """Sizes of the line in pixels for a picture of a height."""

    letters: int
    plate: int
    padding: int
    margin: int

    @classmethod
    def of(cls, height: int) -> Measures:
        """Choose letters that can be read at this picture height."""
        letters = max(13, round(height * 0.032))
        return cls(
            letters,
            plate=even(letters * 1.75),
            padding=even(letters * 0.6),
            margin=even(max(6, height * 0.026)),
        )


class ClockFace:
    """The court clock: local time of the court with tenths of a second, in the lower right."""

    def __init__(self, size: tuple[int, int], time_zone: str) -> None:
        """Draw the glyphs; ``zoneinfo.ZoneInfoNotFoundError`` for an unknown zone."""
        self._zone = ZoneInfo(time_zone)
        measures = Measures.of(size[1])
        face = font(measures.letters)
        digit = even(max(face.getlength(str(number)) for number in range(10)) + 0.9)
        cells = [digit if sign == "0" else even(face.getlength(sign) + 0.9) for sign in _CLOCK]
        width = sum(cells) + 2 * measures.padding
        self._at = [measures.padding + sum(cells[:index]) for index in range(len(cells))]
        empty = _rounded(width, measures.plate, measures.letters // 3)
        self._plate = _Plate(
            _blend(empty, np.zeros_like(empty)),
            size[0] - measures.margin - width,
            size[1] - measures.margin - measures.plate,
        )
        widths = dict(zip(_CLOCK, cells, strict=True))
        widths.update({str(number): digit for number in range(10)})
        self._glyphs = {sign: self._glyph(sign, cell, measures) for sign, cell in widths.items()}
        self._shown = [""] * len(_CLOCK)
        self._second = (0, "")

    @staticmethod
    def _glyph(sign: str, width: int, measures: Measures) -> _Blend:
        left = (width - font(measures.letters).getlength(sign)) / 2
        at = (left, measures.plate / 2)
        text = _ink(sign, (width, measures.plate), at, measures.letters)
        return _blend(np.full_like(text, _PLATE_WEIGHT), text)

    @property
    def box(self) -> Box:
        """Where the clock stands."""
        return self._plate.box

    def text(self, court_us: int) -> str:
        """Return what the clock shows at a court time (Unix µs), cut to tenths."""
        second, rest = divmod(court_us, 1_000_000)
        if self._second[0] != second or not self._second[1]:
            local = datetime.fromtimestamp(second, UTC).astimezone(self._zone)
            self._second = (second, local.strftime("%Y-%m-%d %H:%M:%S"))
        return f"{self._second[1]}.{rest // 100_000}"

    def draw(self, canvas: Canvas, court_us: int) -> None:
        """Blend the clock into a picture."""
        for index, sign in enumerate(self.text(court_us)):
            if self._shown[index] != sign:
                self._plate.blend.paste(self._glyphs[sign], self._at[index])
                self._shown[index] = sign
        self._plate.apply(canvas)


class Caption:
    """Court and case number in the lower left, on one line or, where it is narrow, on two."""

    def __init__(self, size: tuple[int, int], text: tuple[str, str], room: int) -> None:
        """Draw the plate no wider than ``room`` pixels."""
        measures = Measures.of(size[1])
        face = font(measures.letters)
        text = (typeset(text[0]), typeset(text[1]))
        space = room - 2 * measures.padding
        gap = "\u3000"
        lines = [gap.join(part for part in text if part)]
        if face.getlength(lines[0]) > space:
            lines = [shorten(part, measures.letters, space) for part in text if part]
        leading = even(measures.letters * 1.4)
        width = even(max((face.getlength(line) for line in lines), default=0) + 0.9)
        width += 2 * measures.padding
        height = measures.plate + leading * (len(lines) - 1)
        ink = sum(
            (
                _ink(
                    line,
                    (width, height),
                    (measures.padding, measures.plate / 2 + leading * index),
                    measures.letters,
                )
                for index, line in enumerate(lines)
            ),
            start=np.zeros((height, width), np.uint16),
        )
        plate = _rounded(width, height, measures.letters // 3)
        self._plate = _Plate(
            _blend(plate, np.minimum(ink, _ONE)),
            measures.margin,
            size[1] - measures.margin - height,
        )

    @property
    def box(self) -> Box:
        """Where the caption stands."""
        return self._plate.box

    def draw(self, canvas: Canvas) -> None:
        """Blend the caption into a picture."""
        self._plate.apply(canvas)


def typeset(text: str) -> str:
    """Set apostrophes of Latin words narrow: the typeface draws the curly one as a Han sign.

    The same sign closes a Chinese quotation, and there it stays. What the typeface lacks is marked.
    """
    return readable(_APOSTROPHE.sub("'", text))


def shorten(text: str, letters: int, space: float) -> str:
    """Cut a line to a width in pixels, with an ellipsis where something is missing."""
    face = font(letters)
    if face.getlength(text) <= space:
        return text
    while text and face.getlength(text + _ELLIPSIS) > space:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


class Overlay:
    """Caption, emblem and clock of a broadcast."""

    def __init__(
        self,
        size: tuple[int, int],
        *,
        court: str,
        case_number: str,
        time_zone: str,
        emblem: str = "",
    ) -> None:
        """Prepare the plates for pictures of this size; ``emblem`` is a PNG in base64."""
        measures = Measures.of(size[1])
        self.clock = ClockFace(size, time_zone)
        room = self.clock.box.x - 2 * measures.margin
        words = court or case_number
        self._caption = Caption(size, (court, case_number), room) if words else None
        picture = opened(emblem)
        foot = (self._caption or self.clock).box.y - measures.margin // 4 * 2
        self._emblem = Emblem(picture, measures.margin, foot, size) if picture else None

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The rectangles that are drawn upon."""
        drawn = (self._caption, self.clock, self._emblem)
        return tuple(one.box for one in drawn if one)

    def draw(self, canvas: Canvas, court_us: int) -> None:
        """Blend all into a picture; the clock shows ``court_us`` (Unix µs)."""
        for still in (self._caption, self._emblem):
            if still:
                still.draw(canvas)
        self.clock.draw(canvas, court_us)
