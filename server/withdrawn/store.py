"""Withdrawals in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    column,
    exists,
    func,
    insert,
    select,
    table,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from server.journal.tables import journal
from server.withdrawn.model import Kind, Reason, Withdrawal
from server.withdrawn.tables import withdrawals

_HELD: Any = {"restored_at": None, "restored_by": None, "restored_because": ""}
# The part of the broadcasts' table that is read here; the feature itself lies above this one.
_BROADCASTS = table("broadcasts", column("id"), column("hearing"))
Stamp = tuple[int, int]
"""How many withdrawals there are, and how many of them were lifted: changes with each change."""


def _withdrawal(row: Row[Any]) -> Withdrawal:
    values = dict(row._mapping)  # noqa: SLF001  (the documented way to read by name)
    return Withdrawal(**values | {"kind": Kind(values["kind"]), "reason": Reason(values["reason"])})


async def stamp(connection: AsyncConnection) -> Stamp:
    """Return what tells whether anything has changed."""
    query = select(func.count(), func.count(withdrawals.c.restored_at)).select_from(withdrawals)
    made, lifted = (await connection.execute(query)).one()
    return made, lifted


async def in_force(connection: AsyncConnection) -> list[Withdrawal]:
    """Return the withdrawals of all broadcasts that hold, by when they were ordered.

    One that was lifted past the service, so that the journal knows nothing of it, holds.
    """
    lifted = exists().where(
        journal.c.object == "broadcast:" + withdrawals.c.broadcast,
        journal.c.action == "withdrawal.restore",
        journal.c.at_us == type_coerce(withdrawals.c.restored_at, BigInteger),
    )
    query = select(withdrawals).where(withdrawals.c.restored_at.is_(None) | ~lifted)
    rows = await connection.execute(query.order_by(withdrawals.c.ordered_at, withdrawals.c.id))
    return [replace(_withdrawal(row), **_HELD) for row in rows]


async def hearings(connection: AsyncConnection) -> dict[str, str]:
    """Return the hearing of each broadcast of which something is or was withdrawn."""
    theirs = _BROADCASTS.join(withdrawals, withdrawals.c.broadcast == _BROADCASTS.c.id)
    query = select(_BROADCASTS.c.id, _BROADCASTS.c.hearing).select_from(theirs)
    return {row.id: row.hearing for row in await connection.execute(query.distinct())}


async def of_broadcast(connection: AsyncConnection, broadcast: str) -> list[Withdrawal]:
    """Return all withdrawals of a broadcast, also those that were lifted, newest first."""
    query = select(withdrawals).where(withdrawals.c.broadcast == broadcast)
    at = withdrawals.c.ordered_at.desc()
    return [_withdrawal(row) for row in await connection.execute(query.order_by(at))]


async def of_broadcasts(
    connection: AsyncConnection, ids: Collection[str]
) -> dict[str, list[Withdrawal]]:
    """Return all withdrawals of broadcasts, also those that were lifted, by broadcast."""
    found: dict[str, list[Withdrawal]] = {}
    query = select(withdrawals).where(withdrawals.c.broadcast.in_(ids))
    for row in await connection.execute(query):
        found.setdefault(row.broadcast, []).append(_withdrawal(row))
    return found


async def of_orders(connection: AsyncConnection, orders: Collection[str]) -> list[Withdrawal]:
    """Return what orders about several broadcasts took, also what was lifted."""
    query = select(withdrawals).where(withdrawals.c.together.in_(orders))
    rows = await connection.execute(query.order_by(withdrawals.c.broadcast))
    return [_withdrawal(row) for row in rows]


async def all_done(connection: AsyncConnection, order: str, at: datetime) -> None:
    """Write when an order about several broadcasts had been carried out."""
    changed = update(withdrawals).where(withdrawals.c.together == order).values(done_at=at)
    await connection.execute(changed)


async def one(connection: AsyncConnection, identifier: str) -> Withdrawal | None:
    """Return a withdrawal."""
    query = select(withdrawals).where(withdrawals.c.id == identifier)
    row = (await connection.execute(query)).first()
    return _withdrawal(row) if row else None


async def add(connection: AsyncConnection, new: Withdrawal) -> None:
    """Add a withdrawal."""
    values = asdict(new) | {"kind": new.kind.value, "reason": new.reason.value}
    await connection.execute(insert(withdrawals).values(values))


async def done(connection: AsyncConnection, identifier: str, at: datetime) -> None:
    """Write when a withdrawal had been carried out."""
    changed = update(withdrawals).where(withdrawals.c.id == identifier).values(done_at=at)
    await connection.execute(changed)


async def restore(
    connection: AsyncConnection, identifier: str, by: str, because: str, at: datetime
) -> bool:
    """Lift a withdrawal; False if it was lifted before."""
    held = (withdrawals.c.id == identifier) & withdrawals.c.restored_at.is_(None)
    values = {"restored_at": at, "restored_by": by, "restored_because": because}
    result = await connection.execute(update(withdrawals).where(held).values(values))
    return bool(result.rowcount)
