"""The state machine of a broadcast: which orders are possible, and what they lead to [pure].

The order log is the truth; a standing is what its orders add up to. What the public sees follows
later, by the delay, and is the gate's business (``media.gate``); reasons and what lifts them are
the same here and there.

=========  ===================  =======================  ===================================
order      possible             lifts                    standing afterwards
=========  ===================  =======================  ===================================
start      once                                          live
recess     on the air                                    recess
resume     on the air           recess, interrupted      live (or closed)
closed     on the air                                    closed
open       on the air           closed                   live (or recess)
dump       until the very end                            cut
end        on the air                                    ending, then ended by itself
=========  ===================  =======================  ===================================

An order that already holds (a second start, recess during recess) changes nothing and is no error;
a dump is always a new one. A range dump and the marks (``media.ordering``) say what is shown or how
and leave the standing as it is; marks may be given before the start, so that nothing is seen that
shall not be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from media import TAKES_AWAY
from server.errors import Conflict


class State(StrEnum):
    """Where a broadcast stands; ``ending`` is ended in the room and still on the air (delay)."""

    PLANNED = "planned"
    LIVE = "live"
    RECESS = "recess"
    CLOSED = "closed"
    CUT = "cut"
    ENDING = "ending"
    ENDED = "ended"


class Order(StrEnum):
    """What can be ordered."""

    START = "start"
    RECESS = "recess"
    RESUME = "resume"
    CLOSED = "closed"
    OPEN = "open"
    DUMP = "dump"
    RANGE_DUMP = "range_dump"
    END = "end"
    MUTE = "mute"
    UNMUTE = "unmute"
    VOICE_SHIFT = "voice_shift"
    VOICE_PLAIN = "voice_plain"
    MASK = "mask"
    UNMASK = "unmask"
    LAYOUT = "layout"
    CAMERA = "camera"
    DELAY = "delay"


ON_AIR = frozenset({State.LIVE, State.RECESS, State.CLOSED, State.CUT, State.ENDING})
MARKS = frozenset(
    {
        Order.MUTE,
        Order.UNMUTE,
        Order.VOICE_SHIFT,
        Order.VOICE_PLAIN,
        Order.MASK,
        Order.UNMASK,
        Order.LAYOUT,
        Order.CAMERA,
        Order.DELAY,
    }
)
# Orders that take something off the air, which more people may give.
STOPPING = frozenset(map(Order, TAKES_AWAY))
_UNTIL_THE_VERY_END = frozenset(
    {Order.DUMP, Order.RANGE_DUMP, Order.MUTE, Order.MASK, Order.VOICE_SHIFT}
)
_RECESS, _CLOSED, _CUT = "recess", "closed", "interrupted"
_ADDS = {Order.RECESS: _RECESS, Order.CLOSED: _CLOSED, Order.DUMP: _CUT}
_LIFTS = {Order.RESUME: frozenset({_RECESS, _CUT}), Order.OPEN: frozenset({_CLOSED})}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the orders so far add up to. ``over``: the stream has ended, nothing is on the air."""

    started: bool = False
    ending: bool = False
    over: bool = False
    reasons: frozenset[str] = frozenset()

    @property
    def state(self) -> State:
        """The state's name; of several reasons the one that holds back most."""
        if self.over:
            return State.ENDED
        if self.ending:
            return State.ENDING
        if not self.started:
            return State.PLANNED
        for reason, state in ((_CUT, State.CUT), (_CLOSED, State.CLOSED), (_RECESS, State.RECESS)):
            if reason in self.reasons:
                return state
        return State.LIVE

    def holds(self, order: Order) -> bool:
        """Tell whether the order would change nothing."""
        match order:
            case Order.START:
                return self.started and not self.ending and not self.over
            case Order.END:
                return self.ending or self.over
            case Order.RECESS | Order.CLOSED:
                return self._on_air and _ADDS[order] in self.reasons
            case Order.RESUME | Order.OPEN:
                return self._on_air and not _LIFTS[order] & self.reasons
            case _:
                return False

    def refusal(self, order: Order) -> Conflict | None:
        """Return why the order is not possible now; None if it is."""
        if order is Order.START:
            return Conflict("This broadcast has ended.") if self.ending or self.over else None
        if not self.started and order not in MARKS:
            return Conflict("This broadcast has not started yet.")
        if self.over or (self.ending and order not in _UNTIL_THE_VERY_END):
            return Conflict("This broadcast has ended.")
        return None

    def after(self, order: Order) -> Standing:
        """Return the standing after an order (whoever gave it has asked ``refusal`` before)."""
        match order:
            case Order.START:
                return replace(self, started=True)
            case Order.END:
                return replace(self, ending=True)
            case Order.RECESS | Order.CLOSED | Order.DUMP:
                return replace(self, reasons=self.reasons | {_ADDS[order]})
            case Order.RESUME | Order.OPEN:
                return replace(self, reasons=self.reasons - _LIFTS[order])
            case _:
                return self

    def allowed(self) -> tuple[Order, ...]:
        """Return the orders of the gate that are possible and would change something."""
        return tuple(
            order
            for order in Order
            if order not in MARKS and not self.holds(order) and self.refusal(order) is None
        )

    def marks(self) -> tuple[Order, ...]:
        """Return the orders on how the room is shown that are possible."""
        return tuple(one for one in Order if one in MARKS and self.refusal(one) is None)

    @property
    def _on_air(self) -> bool:
        return self.started and not self.ending and not self.over


def standing_of(orders: Iterable[str], *, over: bool = False) -> Standing:
    """Add up the orders of a log."""
    standing = Standing(over=over)
    for order in orders:
        standing = standing.after(Order(order))
    return standing
