"""Withdrawals in the database, of broadcasts and of hearings without one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    Table,
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
from server.withdrawn.tables import hearing_names, withdrawals

_HELD: Any = {"restored_at": None, "restored_by": None, "restored_because": ""}
# The part of the broadcasts' table that is read here; the feature itself lies above this one.
_BROADCASTS = table("broadcasts", column("id"), column("hearing"))
_TABLES: dict[str, Table] = {"broadcast": withdrawals, "hearing": hearing_names}
Stamp = tuple[int, ...]
"""How many withdrawals there are, how many of them were lifted, and how many broadcasts the
hearings among them have: changes with each change."""


def _withdrawal(row: Row[Any]) -> Withdrawal:
    values = dict(row._mapping)  # noqa: SLF001  (the documented way to read by name)
    kind = Kind(values.get("kind", Kind.NAME))
    given = {"broadcast": "", **values, "kind": kind, "reason": Reason(values["reason"])}
    return Withdrawal(**given)


async def stamp(connection: AsyncConnection) -> Stamp:
    """Return what tells whether anything has changed."""
    counted: list[int] = []
    for its in _TABLES.values():
        query = select(func.count(), func.count(its.c.restored_at)).select_from(its)
        counted += (await connection.execute(query)).one()
    named = _BROADCASTS.join(hearing_names, hearing_names.c.hearing == _BROADCASTS.c.hearing)
    planned = await connection.scalar(select(func.count()).select_from(named))
    return (*counted, planned or 0)


async def in_force(connection: AsyncConnection) -> list[Withdrawal]:
    """Return all withdrawals that hold, by when they were ordered.

    One that was lifted past the service, so that the journal knows nothing of it, holds.
    """
    found: list[Withdrawal] = []
    for kind, its in _TABLES.items():
        lifted = exists().where(
            journal.c.object == f"{kind}:" + its.c[kind],
            journal.c.action == "withdrawal.restore",
            journal.c.at_us == type_coerce(its.c.restored_at, BigInteger),
        )
        rows = await connection.execute(select(its).where(its.c.restored_at.is_(None) | ~lifted))
        found += [replace(_withdrawal(row), **_HELD) for row in rows]
    return sorted(found, key=lambda one: (one.ordered_at, one.id))


async def hearings(connection: AsyncConnection) -> dict[str, str]:
    """Return the hearing of each broadcast of which something is or was withdrawn."""
    theirs = _BROADCASTS.c.id.in_(select(withdrawals.c.broadcast))
    named = _BROADCASTS.c.hearing.in_(select(hearing_names.c.hearing))
    query = select(_BROADCASTS.c.id, _BROADCASTS.c.hearing).where(theirs | named)
    return {row.id: row.hearing for row in await connection.execute(query)}


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


async def of_hearings(
    connection: AsyncConnection, ids: Collection[str]
) -> dict[str, list[Withdrawal]]:
    """Return all names that were taken from hearings without a broadcast, by hearing."""
    found: dict[str, list[Withdrawal]] = {}
    query = select(hearing_names).where(hearing_names.c.hearing.in_(ids))
    for row in await connection.execute(query):
        found.setdefault(row.hearing, []).append(_withdrawal(row))
    return found


async def of_orders(connection: AsyncConnection, orders: Collection[str]) -> list[Withdrawal]:
    """Return what orders about several hearings took, also what was lifted."""
    found: list[Withdrawal] = []
    for kind, its in _TABLES.items():
        query = select(its).where(its.c.together.in_(orders)).order_by(its.c[kind])
        found += [_withdrawal(row) for row in await connection.execute(query)]
    return found


async def all_done(connection: AsyncConnection, order: str, at: datetime) -> None:
    """Write when an order about several hearings had been carried out."""
    for its in _TABLES.values():
        await connection.execute(update(its).where(its.c.together == order).values(done_at=at))


async def one(connection: AsyncConnection, identifier: str) -> Withdrawal | None:
    """Return a withdrawal."""
    query = select(withdrawals).where(withdrawals.c.id == identifier)
    row = (await connection.execute(query)).first()
    return _withdrawal(row) if row else None


async def add(connection: AsyncConnection, new: Withdrawal) -> None:
    """Add a withdrawal."""
    its = _TABLES["hearing" if new.hearing else "broadcast"]
    values = asdict(new) | {"kind": new.kind.value, "reason": new.reason.value}
    await connection.execute(insert(its).values({one.name: values[one.name] for one in its.c}))


async def done(connection: AsyncConnection, identifier: str, at: datetime) -> None:
    """Write when a withdrawal had been carried out."""
    changed = update(withdrawals).where(withdrawals.c.id == identifier).values(done_at=at)
    await connection.execute(changed)


async def restore(
    connection: AsyncConnection, lifted: Withdrawal, by: str, because: str, at: datetime
) -> bool:
    """Lift a withdrawal; False if it was lifted before."""
    its = _TABLES["hearing" if lifted.hearing else "broadcast"]
    held = (its.c.id == lifted.id) & its.c.restored_at.is_(None)
    values = {"restored_at": at, "restored_by": by, "restored_because": because}
    result = await connection.execute(update(its).where(held).values(values))
    return bool(result.rowcount)
