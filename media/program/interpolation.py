"""Sound between its samples: values at any fractional position, free of audible error.

A windowed sinc of 12 taps whose coefficients are polynomials of the fraction (a Farrow structure),
so that the position may move continuously. Error of a full-scale tone below -60 dBFS up to 14 kHz.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float32]]
Positions = np.ndarray[Any, np.dtype[np.float64]]

BEFORE, AFTER = 5, 6  # samples needed on either side of the one at the whole part of a position
_TAPS = BEFORE + AFTER + 1
_ORDER = 6
_KAISER_BETA = 6.5


def _coefficients() -> Samples:
    """Fit a polynomial of the fraction to each tap: (order + 1, taps), highest power first."""
    fraction = np.linspace(0, 1, 65)
    distance = np.arange(-BEFORE, AFTER + 1)[None, :] - fraction[:, None]
    inside = np.clip(1 - (distance / AFTER) ** 2, 0, 1)
    window = np.i0(_KAISER_BETA * np.sqrt(inside)) / np.i0(_KAISER_BETA)
    ideal = np.sinc(distance) * window
    ideal /= ideal.sum(1, keepdims=True)  # no ripple on what does not move
    return np.asarray(np.polyfit(fraction, ideal, _ORDER), np.float32)


_POLYNOMIALS = _coefficients()


def interpolate(sound: Samples, positions: Positions) -> Samples:
    """Return the values of (channels, n) sound at positions counted in its samples.

    Every position must have ``BEFORE`` samples before and ``AFTER`` after its whole part.
    """
    whole = np.floor(positions)
    fraction = (positions - whole).astype(np.float32)
    powers = np.empty((len(positions), _ORDER + 1), np.float32)
    powers[:, _ORDER] = 1
    for power in range(_ORDER, 0, -1):
        np.multiply(powers[:, power], fraction, out=powers[:, power - 1])
    weights = powers @ _POLYNOMIALS
    windows = np.lib.stride_tricks.sliding_window_view(sound, _TAPS, axis=1)
    first = int(whole[0]) - BEFORE if len(whole) else 0
    if len(whole) and whole[-1] - whole[0] == len(whole) - 1:  # no slip: views instead of copies
        around = windows[:, first : first + len(whole)]
    else:
        around = windows[:, whole.astype(np.intp) - BEFORE]
    return np.asarray(np.einsum("cnt,nt->cn", around, weights), np.float32)
