"""Sound between its samples: values at evenly spaced fractional positions, without audible error.

A windowed sinc of 12 taps whose coefficients are polynomials of the fraction (a Farrow structure),
so that the step may change at any sample. Steps differ from 1 by some hundred millionths only, so
the fraction hardly moves in a block: the polynomials are developed around a place near the block's
middle, which leaves four terms and one small matrix product per block. Error of a full-scale tone
below -60 dBFS up to 14 kHz.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float32]]
_Terms = np.ndarray[Any, np.dtype[np.float32]]

_TAPS = 12
# Samples needed on either side of the one at the whole part of a position; the last one after is
# for a block whose positions fall behind their samples.
BEFORE, AFTER = 5, 7
_ORDER = 7
_KAISER_BETA = 6.5
_PLACES = 64  # per sample, around which the polynomials are developed
_REACH = 0.25  # how far the fraction may move in a block
_OUTSIDE = 9  # places before 0 and beyond 1
_TERMS = 4
_LONGEST = 4096  # samples in a block


def _coefficients() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Fit a polynomial of the fraction to each tap: (order + 1, taps), lowest power first."""
    fraction = np.linspace(-_REACH, 1 + _REACH, 73)
    distance = np.arange(_TAPS)[None, :] - BEFORE - fraction[:, None]
    inside = np.clip(1 - (distance / (_TAPS / 2)) ** 2, 0, 1)
    window = np.i0(_KAISER_BETA * np.sqrt(inside)) / np.i0(_KAISER_BETA)
    ideal = np.sinc(distance) * window
    ideal /= ideal.sum(1, keepdims=True)  # no ripple on what does not move
    return np.asarray(np.polyfit(fraction, ideal, _ORDER)[::-1], np.float64)


def _developed() -> _Terms:
    """Return the filters at each place: (places, terms, taps), one term per power."""
    polynomials = _coefficients()
    places = np.arange(-_OUTSIDE, _PLACES + _OUTSIDE + 1) / _PLACES
    terms = np.zeros((len(places), _TERMS, _TAPS))
    for term in range(_TERMS):
        for power in range(term, _ORDER + 1):
            weight = math.comb(power, term) * places ** (power - term)
            terms[:, term] += weight[:, None] * polynomials[power]
    return np.asarray(terms, np.float32)


_FILTERS = _developed()
_COUNT = np.arange(_LONGEST, dtype=np.float32)


def interpolate(sound: Samples, first: float, step: float, count: int) -> Samples:
    """Return ``count`` values of (channels, n) sound from position ``first`` on, ``step`` apart.

    Positions count in samples of ``sound``; each must have ``BEFORE`` samples before and ``AFTER``
    after its whole part. ``step`` lies near 1 (the nearer, the cheaper).
    """
    if step == 1 and first == int(first):
        return sound[:, int(first) : int(first) + count]
    out = np.empty((sound.shape[0], count), np.float32)
    most = max(1, min(_LONGEST, int(_REACH / abs(step - 1)))) if step != 1 else _LONGEST
    for start in range(0, count, most):
        length = min(most, count - start)
        _block(sound, first + start * step, step, out[:, start : start + length])
    return out


def _block(sound: Samples, first: float, step: float, out: Samples) -> None:
    """Fill ``out`` (channels, count) from positions whose fraction moves by 0.25 at most."""
    count = out.shape[1]
    whole = math.floor(first)
    if whole < BEFORE or whole + count - BEFORE + _TAPS - 1 > sound.shape[1]:
        raise IndexError("a position without its neighbours")
    halfway = first - whole + (step - 1) * (count - 1) / 2
    place = round(halfway * _PLACES)
    filters = _FILTERS[place + _OUTSIDE]
    away = np.float32(first - whole - place / _PLACES) + np.float32(step - 1) * _COUNT[:count]
    for channel, row in enumerate(np.ascontiguousarray(sound)):
        around = row[whole - BEFORE :]
        # Overlapping windows: a copy of them costs less than a product that goes without.
        taps = np.ndarray((_TAPS, count), np.float32, around, strides=(4, 4)).copy()
        value, slope, bend, rest = filters @ taps
        for term in (bend, slope):
            rest *= away
            rest += term
        rest *= away
        np.add(rest, value, out=out[channel])
