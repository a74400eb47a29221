"""A clock in the picture that programs can read: a number as black and white cells in a row.

The strip lies in the upper tenth of the picture, where the service's overlay never is. Twenty
cells of equal width: white, black, twelve bits (most significant first), four bits of check,
black, white. A picture without it (the slate, a black frame) reads as nothing.
"""

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
"""Rows by columns."""
CELLS = 20
BITS, CHECK_BITS = 12, 4
MOST = (1 << BITS) - 1
TOP, BOTTOM = 0.02, 0.10
"""Where the strip lies, as parts of the picture's height."""
MIDDLE = (TOP + BOTTOM) / 2
WHITE, BLACK, LIMIT = 235, 16, 126

# The same as `read`, for a <video> that a page plays; returns null where there is no strip.
READ_IN_PAGE = f"""
video => {{
  if (video.readyState < 2 || video.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = 1;
  const pen = canvas.getContext("2d", {{ willReadFrequently: true }});
  pen.drawImage(video, 0, -Math.floor(video.videoHeight * {MIDDLE}));
  const row = pen.getImageData(0, 0, canvas.width, 1).data;
  const cells = Array.from({{ length: {CELLS} }}, (_, cell) =>
    row[4 * Math.floor((cell + 0.5) * canvas.width / {CELLS}) + 1] > {LIMIT} ? 1 : 0);
  const bits = (from, to) => cells.slice(from, to).reduce((sum, bit) => sum * 2 + bit, 0);
  const number = bits(2, {2 + BITS});
  const check = (number ^ (number >> 4) ^ (number >> 8) ^ 5) & 15;
  const isStrip = cells[0] && !cells[1] && !cells[{CELLS - 2}] && cells[{CELLS - 1}];
  return isStrip && check === bits({2 + BITS}, {2 + BITS + CHECK_BITS}) ? number : null;
}}
"""


def draw(luma: Luma, number: int) -> None:
    """Write a number (0 to 4095) into a picture's luma, rows by columns."""
    told = (number << CHECK_BITS) | _check(number)
    bits = [told >> (BITS + CHECK_BITS - 1 - place) & 1 for place in range(BITS + CHECK_BITS)]
    height, width = luma.shape
    for cell, bit in enumerate([1, 0, *bits, 0, 1]):
        columns = slice(cell * width // CELLS, (cell + 1) * width // CELLS)
        luma[int(height * TOP) : int(height * BOTTOM), columns] = WHITE if bit else BLACK


def read(luma: Luma) -> int | None:
    """Return the number in a picture's luma; None where there is no strip."""
    height, width = luma.shape
    row = luma[int(height * MIDDLE)]
    cells = [int(row[int((cell + 0.5) * width / CELLS)] > LIMIT) for cell in range(CELLS)]
    number = _number(cells[2 : 2 + BITS])
    if cells[:2] != [1, 0] or cells[-2:] != [0, 1]:
        return None
    return number if _number(cells[2 + BITS : -2]) == _check(number) else None


def _number(bits: list[int]) -> int:
    return int("".join(map(str, bits)), 2)


def _check(number: int) -> int:
    return (number ^ (number >> 4) ^ (number >> 8) ^ 5) & 15
