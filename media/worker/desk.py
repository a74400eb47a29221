"""The order log as a worker follows it: gate, direction and delay, and an answer to each order.

All of this belongs to the composing thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from media.direction import Direction
from media.errors import OrderLogUnreadable
from media.gate import RULES, Gate, OrderRecord
from media.messages import Cut, Message, OrderForce
from media.orders import ForceLog, OrderReader
from media.program.slate import Notice
from media.timeline import Timeline

_log = logging.getLogger(__name__)


class Teller(Protocol):
    """Who passes messages on (``media.worker.publisher``)."""

    def tell(self, message: Message) -> None:
        """Publish a message."""

    def order_taken(self, record: OrderRecord, force: OrderForce) -> None:
        """Journal an order's force, then publish it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A tick that is about to be composed: what it shows, when it is on the air, and now."""

    tick: int
    court_us: int
    air_us: int
    now_us: int


class Desk:
    """Takes orders at each tick.

    ``keep`` remembers a timeline for the worker after this one; ``announce`` lets a slate say more
    from a court time on (``media.program.slate.Slates``).
    """

    def __init__(
        self,
        orders: OrderReader,
        forces: ForceLog,
        gate: Gate,
        direction: Direction,
        keep: Callable[[Timeline], None],
        announce: Callable[[str, int, Notice], None],
    ) -> None:
        self._orders = orders
        self._forces = forces
        self._gate = gate
        self._direction = direction
        self._keep = keep
        self._announce = announce
        self._is_readable = True
        self._delays: list[OrderRecord] = []  # not yet in force

    def begin(self, timeline: Timeline) -> None:
        """Hold back what was on the air already when the delay grew under an earlier worker."""
        for from_us, until_us in timeline.holds():
            self._gate.hold(from_us, until_us)

    def read(self, moment: Moment, timeline: Timeline, teller: Teller) -> None:
        """Let what was ordered since the last tick take force; an unreadable log closes."""
        try:
            records = self._orders.poll()
        except OrderLogUnreadable as problem:
            if self._is_readable:
                _log.error("the gate is closed: %s", problem)
            self._is_readable = False
            self._gate.unreadable(moment.court_us)
            return
        if not self._is_readable:
            _log.warning("the log of orders can be read again")
            self._is_readable = True
        self._gate.readable(moment.court_us)
        for record in records:
            if record.order == "delay":
                if record.sequence > timeline.pieces[-1].sequence:
                    self._delays.append(record)
            elif record.order in RULES:
                force_us = self._gate.add(record, moment.court_us)
                self._say(record, force_us)
                self._answer(record, force_us, moment, teller)
            else:
                force_us = self._direction.add(record, moment.court_us)
                self._answer(record, force_us, moment, teller)

    def _say(self, record: OrderRecord, force_us: int) -> None:
        """Let the slate that an order brings say why and until when, or no longer."""
        rule = RULES[record.order]
        if rule.closes is not None and not rule.passing:
            from_us = force_us if rule.cut else record.court_us
            notice = Notice(record.args.get("reason", ""), record.args.get("until", ""))
            self._announce(rule.closes, from_us, notice)

    def _answer(self, record: OrderRecord, force_us: int, moment: Moment, teller: Teller) -> None:
        if record.sequence in self._forces:
            return
        late_us = moment.air_us - moment.court_us
        air_us = max(moment.now_us, force_us + late_us)
        rule = RULES.get(record.order)
        if rule is not None and rule.cut and force_us <= moment.court_us:
            epoch = self._gate.verdict(moment.court_us).epoch
            teller.tell(Cut(epoch, force_us, max(force_us, record.court_us)))
        teller.order_taken(record, OrderForce(record.sequence, record.order, force_us, air_us))
        _log.info("order %d (%s) has force", record.sequence, record.order)

    def delayed(self, moment: Moment, timeline: Timeline, teller: Teller) -> Timeline:
        """Return the timeline with the delay that was ordered last; asked where a segment begins.

        What is on the air again is held back, what is left out is never composed.
        """
        if not self._delays:
            return timeline
        ordered, self._delays = self._delays, []
        last = ordered[-1]
        delay_us = round(last.args["seconds"] * 1_000_000)
        if delay_us != timeline.piece(moment.tick).delay_us:
            timeline = timeline.changed(moment.tick, delay_us, last.sequence)
            self._begin_piece(moment, timeline)
            court_us = timeline.court_us(moment.tick)
            moment = Moment(moment.tick, court_us, moment.air_us, moment.now_us)
        for record in ordered:
            self._answer(record, moment.court_us, moment, teller)
        return timeline

    def waiting(self, moment: Moment, timeline: Timeline, wait_us: int) -> Timeline:
        """Return the timeline with a longer wait, where a slate stands; else as it is.

        Asked where a segment begins and nothing else begins with it.
        """
        piece = timeline.piece(moment.tick)
        if wait_us <= piece.wait_us or self._gate.open_spans(
            moment.court_us - (wait_us - piece.wait_us), moment.court_us + timeline.tick_us
        ):
            return timeline
        timeline = timeline.waiting(moment.tick, wait_us)
        self._begin_piece(moment, timeline)
        return timeline

    def _begin_piece(self, moment: Moment, timeline: Timeline) -> None:
        """Remember a timeline before anything of it is composed; hold back what was on the air."""
        self._keep(timeline)
        court_us = timeline.court_us(moment.tick)
        if court_us < moment.court_us:
            self._gate.hold(court_us, moment.court_us)
