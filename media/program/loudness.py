"""Loudness of a programme over its whole length (ITU-R BS.1770-5, EBU Tech 3341) [pure].

Takes the powers of K-weighted sound that ``media.program.meters`` measures for each 100 ms and
returns what EBU R 128 names momentary (400 ms), short-term (3 s) and integrated loudness. Hours are
kept as a histogram of a tenth of a unit, with the exact sum of powers in each class.
"""

from __future__ import annotations

import math
from collections import deque

SILENT_LUFS = -70.0
"""The absolute gate of BS.1770: what is softer counts as silence."""
_RELATIVE_GATE_LU = -10.0
_MOMENTARY, _SHORT = 4, 30  # pieces of 100 ms
_STEPS = 10  # per unit
_CLASSES = 900  # from -70 to +20 LUFS


def lufs(power: float) -> float | None:
    """Return the loudness of a K-weighted power summed over channels; None: silence."""
    if power <= 0:
        return None
    loudness = -0.691 + 10 * math.log10(power)
    return loudness if loudness > SILENT_LUFS else None


class Loudness:
    """Momentary, short-term and integrated loudness, in LUFS; None is silence or not yet known."""

    def __init__(self) -> None:
        """Begin a programme."""
        self._powers: deque[float] = deque(maxlen=_SHORT)
        self._counts = [0] * _CLASSES
        self._sums = [0.0] * _CLASSES
        self.blocks = 0  # of 400 ms that passed the absolute gate

    def add(self, power: float) -> None:
        """Take the K-weighted power of the next 100 ms, summed over channels."""
        self._powers.append(power)
        if (loudness := self.momentary) is None:
            return
        at = min(_CLASSES - 1, int((loudness - SILENT_LUFS) * _STEPS))
        self._counts[at] += 1
        self._sums[at] += self._mean(_MOMENTARY)
        self.blocks += 1

    @property
    def momentary(self) -> float | None:
        """Of the last 400 ms."""
        return self._last(_MOMENTARY)

    @property
    def short_term(self) -> float | None:
        """Of the last 3 s."""
        return self._last(_SHORT)

    @property
    def integrated(self) -> float | None:
        """Of all since the beginning, gated: pauses do not make a programme softer."""
        if not self.blocks:
            return None
        ungated = lufs(sum(self._sums) / self.blocks)
        if ungated is None:
            return None
        lowest = math.ceil((ungated + _RELATIVE_GATE_LU - SILENT_LUFS) * _STEPS)
        lowest = min(max(0, lowest), _CLASSES - 1)
        count = sum(self._counts[lowest:])
        return lufs(sum(self._sums[lowest:]) / count) if count else None

    def _last(self, pieces: int) -> float | None:
        return lufs(self._mean(pieces)) if len(self._powers) >= pieces else None

    def _mean(self, pieces: int) -> float:
        """Return the mean power of the newest pieces."""
        newest = len(self._powers)
        return sum(self._powers[at] for at in range(newest - pieces, newest)) / pieces
