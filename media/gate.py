"""The one gate: what may leave at a court time.

A broadcast is closed unless its orders say otherwise. Each order closes for a reason, lifts
reasons, or both; the gate is open where no reason is left. ``RULES`` is the whole table:

==========  ==============  =======================  ========================================
order       closes for      lifts                    acts
==========  ==============  =======================  ========================================
start                       before                   at its court time plus the guard
recess      recess                                   at its court time
resume                      recess, interrupted      at its court time plus the guard
closed      closed                                   at its court time
open                        closed                   at its court time plus the guard
dump        interrupted                              at once, and up to its court time at least
range_dump  interrupted                              from its seconds back up to its court time
end         ended                                    at its court time, for good
==========  ==============  =======================  ========================================

Reasons are independent: a recess ordered during a dump leaves both in force (shown is the one that
comes first in ``SHOWN_FIRST``), ``open`` does not end a recess, ``resume`` ends no closed segment,
nothing undoes ``end``. An order lifts only what was ordered before it, so that a ``resume`` that
still lies within the delay cannot undo a dump that was ordered after it. A range dump ends by
itself: the program goes on behind what it took out.

``hold`` keeps the gate closed up to a court time that was on the air already: when the delay is
made longer the program steps back, and nothing of the room is shown twice.

The guard: a camera's own latency makes the court time of a picture later than the truth, so what is
let in after an opening order must be that much younger than the order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

SlateKind = Literal["before", "recess", "closed", "interrupted", "ended"]
OPENING_GUARD_US = 250_000
SHOWN_FIRST: tuple[SlateKind, ...] = ("ended", "before", "closed", "recess", "interrupted")
_EVER = -(1 << 62)
_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as it stands in the log; ``court_us`` is when it was given in the room.

    ``args`` is what the order is about (``media.ordering``), plain JSON.
    """

    sequence: int
    order: str
    court_us: int
    key: str
    by: str
    args: dict[str, Any] = field(default_factory=dict)

    @property
    def reach_us(self) -> int:
        """The court time it reaches back to: ``court_us`` unless it names seconds."""
        return self.court_us - round(float(self.args.get("seconds", 0)) * 1_000_000)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an order does to the gate.

    A ``cut`` acts on the air at once; a ``passing`` one closes only from the court time it reaches
    back to until its own.
    """

    closes: SlateKind | None = None
    lifts: frozenset[SlateKind] = frozenset()
    cut: bool = False
    passing: bool = False

    def acts_us(self, record: OrderRecord, next_tick_us: int) -> int:
        """Return the court time an order closes from, if ``next_tick_us`` is not yet composed.

        A passing one closes all that it reaches back to, also what is composed already: after a
        crash no picture of it may stand in for a later one.
        """
        if self.passing:
            return record.reach_us
        return next_tick_us if self.cut else record.court_us


RULES: dict[str, Rule] = {
    "start": Rule(lifts=frozenset({"before"})),
    "recess": Rule(closes="recess"),
    "resume": Rule(lifts=frozenset({"recess", "interrupted"})),
    "closed": Rule(closes="closed"),
    "open": Rule(lifts=frozenset({"closed"})),
    "dump": Rule(closes="interrupted", cut=True),
    "range_dump": Rule(closes="interrupted", cut=True, passing=True),
    "end": Rule(closes="ended"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be shown at a moment.

    Where ``open``, only pictures with ``since_us`` <= court time < ``until_us`` may be seen; else
    ``slate`` is what stands there instead. ``epoch`` grows at every edge of the gate.
    """

    open: bool
    slate: SlateKind
    epoch: int
    since_us: int
    until_us: int

    def admits(self, court_us: int) -> bool:
        """Return whether a picture of this court time may be seen."""
        return self.open and self.since_us <= court_us < self.until_us


@dataclass(frozen=True, slots=True)
class _Closure:
    kind: SlateKind
    from_us: int
    to_us: int


class Gate:
    """Folds orders to verdicts. Does no I/O and is told what has been composed.

    ``epoch`` is the last epoch that was used before (after a restart). Not safe for several
    threads.
    """

    def __init__(self, epoch: int = 0) -> None:
        self._epoch = epoch
        self._orders: list[tuple[OrderRecord, int]] = []  # with the court time it acts from
        self._unreadable: list[tuple[int, int]] = []
        self._holds: list[tuple[int, int]] = []
        self._last: tuple[bool, SlateKind] | None = None
        self._closures: list[_Closure] = []
        self._spans: list[tuple[int, int]] = []
        self._starts: list[int] = []
        self._fold()

    @property
    def epoch(self) -> int:
        """The epoch of the newest verdict."""
        return self._epoch

    def add(self, record: OrderRecord, next_tick_us: int) -> int:
        """Take an order; return the court time from which it has force.

        That is the later of its own court time and ``next_tick_us``, the first tick that is not
        yet composed; for a cut the moment from which nothing is shown. Raises ``ValueError`` for an
        order that is not in ``RULES`` or out of sequence.
        """
        rule = RULES.get(record.order)
        if rule is None:
            raise ValueError(f"unknown order {record.order!r}")
        if self._orders and record.sequence <= self._orders[-1][0].sequence:
            raise ValueError(f"order {record.sequence} is out of sequence")
        acts_us = rule.acts_us(record, next_tick_us)
        self._orders.append((record, acts_us))
        self._fold()
        return max(acts_us, next_tick_us)

    def hold(self, from_us: int, until_us: int) -> None:
        """Stay closed in [from_us, until_us), which was on the air before: the delay has grown."""
        self._holds.append((from_us, until_us))
        self._fold()

    def unreadable(self, next_tick_us: int) -> None:
        """Close from the next tick on: the log of orders cannot be read to its end."""
        if not self._is_unreadable():
            self._unreadable.append((next_tick_us, _NEVER))
            self._fold()

    def readable(self, next_tick_us: int) -> None:
        """Let the orders alone decide from the next tick on: the log can be read again."""
        if self._is_unreadable():
            since_us, _ = self._unreadable[-1]
            self._unreadable[-1] = (since_us, max(since_us, next_tick_us))
            self._fold()

    def verdict(self, court_us: int) -> Verdict:
        """Return what may be shown at ``court_us``; to be asked in the order of ticks."""
        span = self._span_at(court_us)
        is_open = span is not None
        slate = "interrupted" if is_open else self._slate_at(court_us)
        if self._last != (is_open, slate):
            if self._last is not None or self._epoch == 0:
                self._epoch += 1
            self._last = (is_open, slate)
        since_us, until_us = span or (court_us, court_us)
        return Verdict(is_open, slate, self._epoch, since_us, until_us)

    def open_spans(self, from_us: int, to_us: int) -> list[tuple[int, int]]:
        """Return the parts of [from_us, to_us) in which sound may be heard, in order."""
        return [
            (max(since, from_us), min(until, to_us))
            for since, until in self._spans
            if since < to_us and until > from_us
        ]

    def is_ended(self, court_us: int) -> bool:
        """Return whether the hearing's end has been reached at ``court_us``."""
        return self._slate_at(court_us) == "ended"

    def _is_unreadable(self) -> bool:
        return bool(self._unreadable) and self._unreadable[-1][1] == _NEVER

    def _span_at(self, court_us: int) -> tuple[int, int] | None:
        at = bisect_right(self._starts, court_us) - 1
        if at >= 0 and court_us < self._spans[at][1]:
            return self._spans[at]
        return None

    def _slate_at(self, court_us: int) -> SlateKind:
        """Return the reason that is shown; within the guard the reason that was lifted last."""
        kinds = {c.kind for c in self._closures if c.from_us <= court_us < c.to_us}
        if not kinds:
            past = [c for c in self._closures if c.to_us <= court_us]
            latest = max((c.to_us for c in past), default=0)
            kinds = {c.kind for c in past if c.to_us == latest}
        return next((kind for kind in SHOWN_FIRST if kind in kinds), "interrupted")

    def _fold(self) -> None:
        self._closures = [_Closure("before", _EVER, self._lifted("before", -1, _EVER, _EVER))]
        for record, acts_us in self._orders:
            rule = RULES[record.order]
            if rule.closes is None:
                continue
            to_us = record.court_us
            if not rule.passing:
                least_us = _EVER if rule.cut else record.court_us
                to_us = self._lifted(rule.closes, record.sequence, least_us, record.court_us)
            if acts_us < to_us:
                self._closures.append(_Closure(rule.closes, acts_us, to_us))
        for since_us, to_us in (*self._unreadable, *self._holds):
            self._closures.append(_Closure("interrupted", since_us, to_us))
        self._spans = list(_gaps((c.from_us, c.to_us) for c in self._closures))
        self._starts = [since for since, _ in self._spans]

    def _lifted(self, kind: SlateKind, sequence: int, least_us: int, floor_us: int) -> int:
        """Return when the first later order lifts ``kind``, never before ``floor_us``.

        An opening order counts only if its court time is not before ``least_us``: a clock that
        stepped back opens nothing.
        """
        lifts = (
            max(record.court_us, floor_us)
            for record, _ in self._orders
            if record.sequence > sequence
            and kind in RULES[record.order].lifts
            and record.court_us >= least_us
        )
        return min(lifts, default=_NEVER)


def _gaps(closed: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Yield the open spans between closed ones, each shortened by the guard at its beginning."""
    reached = _EVER
    for from_us, to_us in sorted(closed):
        if reached > _EVER and reached + OPENING_GUARD_US < from_us:
            yield reached + OPENING_GUARD_US, from_us
        reached = max(reached, to_us)
    if reached < _NEVER:
        yield reached + OPENING_GUARD_US, _NEVER
