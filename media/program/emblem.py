"""A court's own emblem in the picture: a PNG that the court gives, blended above the caption.

The file comes from outside and is decoded here, in the worker: it is bounded before anything of it
is unpacked, and what is no small PNG is left out with a line in the log; a broadcast never waits
for an emblem.
"""

from __future__ import annotations

import base64
import io
import logging

import numpy as np
from PIL import Image

from media.program.canvas import Canvas, from_image
from media.program.layout import Box, even

MOST_BYTES = 256 * 1024
MOST_PIXELS = 1024 * 1024
_HEIGHT = 0.085  # of the picture's
_log = logging.getLogger(__name__)
_UNUSABLE = (ValueError, SyntaxError, OSError, Image.DecompressionBombError)


class Emblem:
    """An emblem at its size and place. ``foot`` is the row it stands on, ``left`` its column."""

    def __init__(self, picture: Image.Image, left: int, foot: int, size: tuple[int, int]) -> None:
        height = max(16, even(size[1] * _HEIGHT))
        width = max(2, min(even(picture.width * height / picture.height), size[0] // 4 // 2 * 2))
        small = picture.convert("RGBA").resize((width, height), Image.Resampling.LANCZOS)
        self.box = Box(left, max(0, foot - height), width, height)
        alpha = np.asarray(small.getchannel("A"), np.uint16)
        alpha = alpha + (alpha >> 7)  # 256 covers wholly
        fine = alpha.astype(np.uint32).reshape(height // 2, 2, width // 2, 2)
        coarse = (fine.sum((1, 3)) // 4).astype(np.uint16)
        planes = from_image(small.convert("RGB")).planes
        weights = (alpha, coarse, coarse)
        self._keep = tuple(256 - weight for weight in weights)
        self._add = tuple(
            plane.astype(np.uint16) * weight for plane, weight in zip(planes, weights, strict=True)
        )

    def draw(self, canvas: Canvas) -> None:
        """Blend it into a picture."""
        for plane, keep, add in zip(canvas.region(self.box), self._keep, self._add, strict=True):
            np.copyto(plane, (plane * keep + add) >> 8, casting="unsafe")


def opened(given: str) -> Image.Image | None:
    """Return the picture of a base64 PNG; None, with a line in the log, if it is not usable."""
    if not given:
        return None
    try:
        return _decoded(given)
    except _UNUSABLE as problem:
        _log.warning("the emblem is left out: %s", problem)
        return None


def _decoded(given: str) -> Image.Image:
    if len(given) > MOST_BYTES * 4 // 3 + 4:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    picture = Image.open(io.BytesIO(base64.b64decode(given, validate=True)), formats=("PNG",))
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError(f"{picture.width}x{picture.height} is too large")
    picture.load()
    return picture
