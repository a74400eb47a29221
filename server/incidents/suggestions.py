"""What of a broadcast calls for an incident form: from its orders and its record's gaps [pure]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from media import RECESS, SERVICE_KEY, OrderRecord, SignedSheet
from server.broadcasts.phrases import order_words
from server.broadcasts.state import Order
from server.incidents.model import Kind
from server.records.phrases import gap_words, stream_words
from server.translation import Language

_CUTS = frozenset({Order.DUMP.value, Order.RANGE_DUMP.value})
_LIFTS = frozenset({Order.RESUME.value, Order.END.value})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A form that should be written. ``by`` is the id of who gave the order, empty: nobody."""

    source: str
    kind: Kind
    from_us: int
    to_us: int | None
    by: str
    what: str


def suggestions(
    language: Language,
    orders: Sequence[OrderRecord],
    signed: SignedSheet | None,
    cameras: Mapping[str, str],
) -> list[Suggestion]:
    """Return what should be explained, in the order in which it happened.

    ``cameras`` are names by id. Gaps are known when the record is filed.
    """
    found = [*_of_orders(language, orders, cameras), *_of_gaps(language, signed, cameras)]
    return sorted(found, key=lambda one: one.from_us)


def _of_orders(
    language: Language, orders: Sequence[OrderRecord], cameras: Mapping[str, str]
) -> Iterator[Suggestion]:
    for record in orders:
        is_unwatched = record.key.startswith(SERVICE_KEY)
        if not is_unwatched and record.order not in _CUTS:
            continue
        to_us: int | None = record.court_us
        if record.order != Order.RANGE_DUMP.value:
            later = (
                one.court_us
                for one in orders
                if one.sequence > record.sequence and one.order in _LIFTS
            )
            to_us = next(later, None)
        yield Suggestion(
            f"order:{record.sequence}",
            Kind.UNWATCHED if is_unwatched else Kind.CUT,
            record.reach_us,
            to_us,
            "" if is_unwatched else record.by,
            order_words(language, record, cameras, unwatched=is_unwatched),
        )


def _of_gaps(
    language: Language, signed: SignedSheet | None, cameras: Mapping[str, str]
) -> Iterator[Suggestion]:
    for camera in signed.sheet.cameras if signed else ():
        for gap in camera.gaps:
            if gap.reason == RECESS:  # left out by the court's rules: nothing failed
                continue
            name = cameras.get(camera.camera, camera.camera)
            said = (name, stream_words(language, gap.stream), gap_words(language, gap.reason))
            yield Suggestion(
                f"gap:{camera.camera}:{gap.stream[:5]}:{gap.from_us}"[:80],
                Kind.GAP,
                gap.from_us,
                gap.to_us,
                "",
                " · ".join(said),
            )
