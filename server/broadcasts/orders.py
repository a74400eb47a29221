"""Gives an order: checks it against the log, appends it, and says when it took force.

Works on the order log alone: no database, no bus, no worker has to be there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from media import (
    BY_VOICE,
    OrderLogUnreadable,
    OrderRecord,
    OrdersMoved,
    append_order,
    checked,
    court_now_us,
    read_orders,
)
from server.broadcasts.state import Order, Standing, standing_of
from server.errors import Conflict, Invalid, Unavailable

NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Given:
    """An order as it stands in the log. ``is_new`` is False if nothing was appended now."""

    record: OrderRecord
    standing: Standing
    is_new: bool


def standing(records: Sequence[OrderRecord], *, over: bool = False) -> Standing:
    """Return what the orders add up to."""
    return standing_of((record.order for record in records), over=over)


def has_begun(directory: Path) -> bool:
    """Tell whether a start was ever given. Reads the disk.

    A log that cannot be read says nothing against it: its broadcast shows the slate.
    """
    try:
        return any(one.order == Order.START.value for one in read_orders(directory))
    except (OrderLogUnreadable, OSError):
        return True


def complete(order: Order, given: Mapping[str, Any], cameras: Sequence[str]) -> dict[str, Any]:
    """Return an order's arguments as they are written down.

    A camera may be named by its number in the broadcast, from 1 on; a mask without one hides the
    first. Raises ``Invalid`` for what the order cannot be about.
    """
    arguments = dict(given)
    if order is Order.MASK and cameras:
        arguments.setdefault("camera", cameras[0])
    named = arguments.get("camera")
    if named is not None:
        arguments["camera"] = _camera(named, cameras, order)
    try:
        return checked(order.value, arguments)
    except ValueError as problem:
        field, _, _ = str(problem).partition(":")
        raise Invalid("The order cannot be given like this.", field=f"arguments.{field}") from None


def _camera(named: str | float, cameras: Sequence[str], order: Order) -> str:
    text = f"{named:g}" if isinstance(named, float | int) else named
    if text in cameras or (text == BY_VOICE and order is Order.CAMERA):
        return text
    if text == "" and order not in (Order.CAMERA, Order.MASK):
        return text
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(cameras):
        return cameras[int(text) - 1]
    raise Invalid("The broadcast has no such camera.", field="arguments.camera")


def give(
    directory: Path,
    order: Order,
    key: str,
    by: str,
    arguments: dict[str, Any] | None = None,
    *,
    over: bool = False,
) -> Given:
    """Give an order; writes the disk and waits until it is there.

    The same key again returns what was given the first time. An order that already holds returns
    the record that made it hold. Raises ``Conflict``, or ``Unavailable`` if the log cannot be
    read or written (then the worker shows the slate).
    """
    try:
        while True:
            try:
                return _give(directory, order, key, by, arguments or {}, over=over)
            except OrdersMoved:  # another server was faster: by its order this one is judged anew
                continue
    except OrderLogUnreadable as problem:
        raise Unavailable(
            "The log of orders cannot be read; the public sees the slate."
        ) from problem
    except OSError as problem:
        raise Unavailable("The order could not be written down; it was not given.") from problem


def _give(
    directory: Path, order: Order, key: str, by: str, arguments: dict[str, Any], *, over: bool
) -> Given:
    records = read_orders(directory)
    earlier = next((record for record in records if record.key == key), None)
    if earlier is not None:
        if earlier.order != order.value:
            raise Conflict("This key was used for another order.")
        return Given(earlier, standing(records[: earlier.sequence]), is_new=False)
    stands = standing(records, over=over)
    if stands.holds(order):
        # What lifts nothing any more (resume while live) may stand on another order: the last one.
        same = (record for record in reversed(records) if record.order == order.value)
        return Given(next(same, records[-1]), stands, is_new=False)
    refusal = stands.refusal(order)
    if refusal is not None:
        raise refusal
    court_us = court_now_us(directory)
    record = append_order(directory, order.value, court_us, key, by, arguments, seen=len(records))
    return Given(record, stands.after(order), is_new=True)
