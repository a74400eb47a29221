"""Rectangles of a camera's picture that the public must not see.

A mask is given in fractions of the camera's picture and works on that picture before anything is
made of it, so that no scaler can carry hidden pixels across its edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from media.marks import Mask
from media.program.canvas import Bytes
from media.program.layout import Box

# Blocks across the picture's shorter side: coarse enough that no face or line of text survives.
_BLOCKS = 24
_FILL = (40, 128, 128)


def covered(mask: Mask, size: tuple[int, int]) -> Box:
    """Return the pixels a mask covers: rounded outwards to even borders."""
    width, height = size
    left = math.floor(mask.x * width / 2) * 2
    top = math.floor(mask.y * height / 2) * 2
    right = min(width, math.ceil((mask.x + mask.width) * width / 2) * 2)
    bottom = min(height, math.ceil((mask.y + mask.height) * height / 2) * 2)
    return Box(left, top, right - left, bottom - top)


def _pixelate(plane: Bytes, block: int) -> None:
    """Replace each block by its mean; blocks begin at the view's corner."""
    height, width = plane.shape
    columns = np.arange(0, width, block)
    wide = np.diff(columns, append=width)
    for top in range(0, height, block):
        band = plane[top : top + block]
        upright = np.add.reduce(band, 0, dtype=np.uint16)  # of less than 257 rows
        sums = np.add.reduceat(upright, columns, dtype=np.uint32)
        band[:] = np.repeat((sums // (wide * len(band))).astype(np.uint8), wide)


def apply(planes: Sequence[Bytes], masks: Sequence[Mask]) -> None:
    """Hide the rectangles in three writable planes of a whole camera picture, in place."""
    height, width = planes[0].shape
    block = max(4, min(width, height) // _BLOCKS // 2 * 2)
    for mask in masks:
        box = covered(mask, (width, height))
        for index, plane in enumerate(planes):
            step = 1 if index == 0 else 2
            view = plane[
                box.y // step : -(-box.bottom // step), box.x // step : -(-box.right // step)
            ]
            if mask.method == "fill":
                view[:] = _FILL[index]
            else:
                _pixelate(view, block // step)
