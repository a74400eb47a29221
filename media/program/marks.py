"""What is to happen to the sound of microphones over spans of court time [pure].

A mark holds for every sample that any part of its span touches, and for 5 ms on either side: a
sample's neighbourhood has gone through a camera's encoder, resamplers and an interpolator, each of
which smears by less than that. Beyond, 10 ms of fade keep it from clicking. What lies inside a
span itself is never faded: not one of its samples is heard as it was.

An encoder before the record smears further (AAC writes an echo up to 21 ms *before* a loud sound,
some 40 dB below it), which no mark can see. Who mutes by hand marks more than that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from media.marks import SoundKind, SoundMark

Samples = np.ndarray[Any, np.dtype[np.float32]]

GUARD = 240  # 5 ms of 48 kHz
FADE = 480  # 10 ms
_FOREVER = 1 << 62
_EDGE = GUARD + FADE


class Marks:
    """Marks by microphone and kind, to be asked for pieces of program sound."""

    def __init__(self, marks: Iterable[SoundMark] = ()) -> None:
        self._marks = tuple(marks)
        self._spans: dict[tuple[str, SoundKind], tuple[list[int], list[int]]] = {}

    def strength(self, camera: str, kind: SoundKind, start: int, count: int) -> float | Samples:
        """Return how much a mark holds for program samples from ``start`` on.

        0 or 1 where it is the same for all of them, else one value from 0 to 1 per sample.
        """
        if not self._marks:
            return 0.0
        begins, ends = self._of(camera, kind)
        first = bisect_left(ends, start - _EDGE + 1)
        strength: Samples | None = None
        for begin, end in zip(begins[first:], ends[first:], strict=True):
            if begin - _EDGE >= start + count:
                break
            if begin - GUARD <= start and start + count <= end + GUARD:
                return 1.0
            shape = _shape(begin, end, start, count)
            strength = shape if strength is None else np.maximum(strength, shape)
        return 0.0 if strength is None else strength

    def _of(self, camera: str, kind: SoundKind) -> tuple[list[int], list[int]]:
        """Return where spans of samples begin and end, joined and in order."""
        known = self._spans.get((camera, kind))
        if known is None:
            spans = _joined(
                _samples(mark)
                for mark in self._marks
                if mark.kind == kind and mark.camera in (camera, "") and mark.to_us != mark.from_us
            )
            known = [begin for begin, _ in spans], [end for _, end in spans]
            self._spans[camera, kind] = known
        return known


def _samples(mark: SoundMark) -> tuple[int, int]:
    """Return the program samples that a mark touches: first, and first behind them."""
    end = _FOREVER if mark.to_us is None else -(-mark.to_us * 6 // 125)
    return mark.from_us * 6 // 125, end


def _joined(spans: Iterable[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Join spans that touch or overlap."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined


def _shape(begin: int, end: int, start: int, count: int) -> Samples:
    """Return 1 within the guarded span and slopes of a fade's length on either side."""
    at = np.arange(count, dtype=np.float64) + start
    rise = (at - (begin - GUARD - FADE)) / FADE
    fall = (end + GUARD + FADE - 1 - at) / FADE
    return np.clip(np.minimum(rise, fall), 0, 1).astype(np.float32)
