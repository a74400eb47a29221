"""Incident forms in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.incidents.model import Account, Incident, Kind
from server.incidents.tables import incidents


def _values(account: Account) -> dict[str, Any]:
    return {
        "kind": account.kind.value,
        "since": account.since,
        "until": account.until,
        "what": account.what,
        "decided": account.decided,
        "measures": account.measures,
    }


def _incident(row: Row[Any]) -> Incident:
    its = row._mapping  # noqa: SLF001  (the documented way to read by name)
    return Incident(
        id=its["id"],
        broadcast=its["broadcast"],
        source=its["source"],
        account=Account(
            Kind(its["kind"]),
            its["since"],
            its["until"],
            its["what"],
            its["decided"],
            its["measures"],
        ),
        written_by=its["written_by"],
        written_at=its["written_at"],
        signed_by=its["signed_by"],
        signed_at=its["signed_at"],
    )


async def of_broadcast(connection: AsyncConnection, broadcast: str) -> list[Incident]:
    """Return the forms of a broadcast, by when it happened."""
    query = select(incidents).where(incidents.c.broadcast == broadcast)
    rows = await connection.execute(query.order_by(incidents.c.since, incidents.c.id))
    return [_incident(row) for row in rows]


async def count(connection: AsyncConnection, broadcast: str) -> int:
    """Return how many forms a broadcast has."""
    query = select(func.count()).where(incidents.c.broadcast == broadcast)
    return int((await connection.execute(query)).scalar_one())


async def incident(connection: AsyncConnection, identifier: str) -> Incident | None:
    """Return a form."""
    query = select(incidents).where(incidents.c.id == identifier)
    row = (await connection.execute(query)).first()
    return _incident(row) if row else None


async def add(connection: AsyncConnection, new: Incident) -> None:
    """Add a form; raises ``IntegrityError`` if its source has one."""
    values = {
        "id": new.id,
        "broadcast": new.broadcast,
        "source": new.source,
        "written_by": new.written_by,
        "written_at": new.written_at,
    }
    await connection.execute(insert(incidents).values(values | _values(new.account)))


async def change(
    connection: AsyncConnection, identifier: str, account: Account, by: str, at: datetime
) -> bool:
    """Replace an unsigned form's account; False if it is signed."""
    values = _values(account) | {"written_by": by, "written_at": at}
    return await _update_open(connection, identifier, values)


async def sign(connection: AsyncConnection, seen: Incident, by: str, at: datetime) -> bool:
    """Sign a form as it was seen; False if it is signed, or was changed since."""
    values = {"signed_by": by, "signed_at": at}
    return await _update_open(connection, seen.id, values, seen.written_at)


async def _update_open(
    connection: AsyncConnection,
    identifier: str,
    values: dict[str, Any],
    written_at: datetime | None = None,
) -> bool:
    query = update(incidents).where(incidents.c.id == identifier, incidents.c.signed_at.is_(None))
    if written_at is not None:
        query = query.where(incidents.c.written_at == written_at)
    return bool((await connection.execute(query.values(values))).rowcount)
