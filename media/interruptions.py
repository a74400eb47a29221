"""When a hearing was interrupted by order, and what its record then leaves out [pure].

The orders are the one word on it: the gate goes by them for the public, the sheet names them, and a
recorder whose court keeps nothing of a recess looks at the same log
(docs/decisions/0058-what-a-recess-leaves-out.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from media.gate import RULES, OrderRecord
from media.ordering import SERVICE_KEY
from media.spool.record import Stream
from media.spool.sheet import CLOSED_EVIDENCE, RECESS, Interruption

# What the record keeps in a recess: all, the picture without its sound, nothing.
Recess = Literal["slate", "slate_and_mute", "stop"]
LEFT_OUT: dict[Recess, frozenset[Stream]] = {
    "slate": frozenset(),
    "slate_and_mute": frozenset({"audio"}),
    "stop": frozenset({"video", "audio"}),
}
# The order that interrupts, and the reason it has unless it names another (B-14).
REASONS = {"recess": RECESS, "closed": CLOSED_EVIDENCE}
NEVER = 1 << 62


def hearing_range(orders: Sequence[OrderRecord]) -> tuple[int, int] | None:
    """Return court times of start and end; None for a broadcast that had not both."""
    starts = [one.court_us for one in orders if one.order == "start"]
    ends = [one.court_us for one in orders if one.order == "end"]
    return (starts[0], max(ends[0], starts[0])) if starts and ends else None


def interruptions(orders: Sequence[OrderRecord], end_us: int) -> Iterator[Interruption]:
    """Yield the lawful interruptions in order; one that nothing lifted ends with the hearing."""
    for one in orders:
        closes = RULES[one.order].closes if one.order in REASONS else None
        if closes is None:
            continue
        lifted = [
            other.court_us
            for other in orders
            if other.sequence > one.sequence
            and other.order in RULES
            and closes in RULES[other.order].lifts
            and other.court_us >= one.court_us
        ]
        to_us = min([*lifted, end_us])
        reason = str(one.args.get("ground", REASONS[one.order]))
        yield Interruption(reason, one.court_us, max(to_us, one.court_us), one.sequence)


def is_in_recess(orders: Sequence[OrderRecord], court_us: int) -> bool:
    """Tell whether the court is in a recess that somebody ordered.

    One that the service ordered because nobody watched the air is none: the hearing goes on, and
    its record with it.
    """
    recesses = {
        one.sequence
        for one in orders
        if one.order == "recess" and not one.key.startswith(SERVICE_KEY)
    }
    return any(
        one.order in recesses and one.from_us <= court_us < one.to_us
        for one in interruptions(orders, NEVER)
    )
