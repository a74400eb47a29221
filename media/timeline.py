"""Which court time each tick of a broadcast shows [pure].

Ticks count stream time and never stop. Court time runs along with them in pieces: where the delay
changes it steps forward (what lies between is never shown) or back (what was on the air already is
slate until it is reached again). Nobody may do arithmetic across such a place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """From ``first_tick`` on, tick ``t`` shows ``origin_us + t * tick_us``, ``delay_us`` late.

    ``sequence`` is the order that began it, 0 for the first.
    """

    first_tick: int
    origin_us: int
    delay_us: int
    sequence: int = 0


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

    def air_us(self, tick: int) -> int:
        """Return the court time at which a tick is on the air, before any wait for jitter."""
        piece = self.piece(tick)
        return piece.origin_us + tick * self.tick_us + piece.delay_us

    def begins(self, tick: int) -> bool:
        """Tell whether court time steps at this tick."""
        return tick != self.pieces[0].first_tick and tick in self._starts

    def changed(self, tick: int, delay_us: int, sequence: int) -> Timeline:
        """Return the timeline with another delay from ``tick`` on; ticks stay where they are.

        Raises ``ValueError`` unless ``tick`` lies behind the beginning of the last piece.
        """
        last = self.pieces[-1]
        origin_us = last.origin_us + last.delay_us - delay_us
        piece = Piece(tick, origin_us, delay_us, sequence)
        return Timeline((*self.pieces, piece), self.tick_us)

    def holds(self) -> list[tuple[int, int]]:
        """Return the spans of court time that are gone through again and must not be shown."""
        spans = []
        for before, piece in zip(self.pieces, self.pieces[1:], strict=False):
            at = piece.first_tick * self.tick_us
            if piece.origin_us < before.origin_us:
                spans.append((piece.origin_us + at, before.origin_us + at))
        return spans
