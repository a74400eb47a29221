"""Which court time each tick of a broadcast shows [pure].

Ticks count stream time and never stop. Court time runs along with them in pieces: where the delay
changes, or the wait for what comes late, it steps forward (what lies between is never shown) or
back (what was on the air already is slate until it is reached again). Nobody may do arithmetic
across such a place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

LEAST_WAIT_US = 120_000


@dataclass(frozen=True, slots=True)
class Piece:
    """From ``first_tick`` on, tick ``t`` shows ``origin_us + t * tick_us``, ``delay_us`` late.

    ``sequence`` is the newest order it goes by, 0 for none. ``wait_us`` is how long a tick waits
    beyond the delay for what belongs to it (``media.worker.lateness``).
    """

    first_tick: int
    origin_us: int
    delay_us: int
    sequence: int = 0
    wait_us: int = LEAST_WAIT_US


class Timeline:
    """The pieces of a broadcast, in order; never changed, only succeeded by a longer one."""

    def __init__(self, pieces: Sequence[Piece], tick_us: int) -> None:
        if not pieces:
            raise ValueError("a broadcast has a beginning")
        self.pieces = tuple(pieces)
        self.tick_us = tick_us
        self._starts = [piece.first_tick for piece in self.pieces]
        if sorted(set(self._starts)) != self._starts:
            raise ValueError("pieces are begun in the order of ticks")

    def piece(self, tick: int) -> Piece:
        """Return the piece a tick belongs to."""
        return self.pieces[max(0, bisect_right(self._starts, tick) - 1)]

    def court_us(self, tick: int) -> int:
        """Return the court time that a tick shows."""
        return self.piece(tick).origin_us + tick * self.tick_us

    def due_us(self, tick: int) -> int:
        """Return the court time at which a tick is composed."""
        piece = self.piece(tick)
        return piece.origin_us + tick * self.tick_us + piece.delay_us + piece.wait_us

    def begins(self, tick: int) -> bool:
        """Tell whether court time steps at this tick."""
        return tick != self.pieces[0].first_tick and tick in self._starts

    def changed(self, tick: int, delay_us: int, sequence: int) -> Timeline:
        """Return the timeline with another delay from ``tick`` on; ticks stay where they are.

        Raises ``ValueError`` unless ``tick`` lies behind the beginning of the last piece.
        """
        return self._with(replace(self.pieces[-1], delay_us=delay_us, sequence=sequence), tick)

    def waiting(self, tick: int, wait_us: int) -> Timeline:
        """Return the timeline with another wait from ``tick`` on; as ``changed``."""
        return self._with(replace(self.pieces[-1], wait_us=wait_us), tick)

    def _with(self, piece: Piece, tick: int) -> Timeline:
        last = self.pieces[-1]
        later_us = piece.delay_us + piece.wait_us - last.delay_us - last.wait_us
        piece = replace(piece, first_tick=tick, origin_us=last.origin_us - later_us)
        return Timeline((*self.pieces, piece), self.tick_us)

    def holds(self) -> list[tuple[int, int]]:
        """Return the spans of court time that are gone through again and must not be shown."""
        spans = []
        for before, piece in zip(self.pieces, self.pieces[1:], strict=False):
            at = piece.first_tick * self.tick_us
            if piece.origin_us < before.origin_us:
                spans.append((piece.origin_us + at, before.origin_us + at))
        return spans
