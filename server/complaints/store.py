"""Complaints in the database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from server.complaints.model import Complaint, Outcome
from server.complaints.tables import complaints


def _complaint(row: RowMapping) -> Complaint:
    outcome = Outcome(row["outcome"]) if row["outcome"] else None
    return Complaint(**dict(row) | {"outcome": outcome})


async def add(connection: AsyncConnection, new: Complaint) -> None:
    """Add a complaint."""
    await connection.execute(insert(complaints).values(asdict(new)))


async def count_open(connection: AsyncConnection, broadcast: str) -> int:
    """Return how many complaints of a broadcast wait for their answer."""
    waits = (complaints.c.broadcast == broadcast) & complaints.c.closed_at.is_(None)
    query = select(func.count()).select_from(complaints).where(waits)
    return int((await connection.execute(query)).scalar_one())


async def listed(connection: AsyncConnection, *, is_open: bool, limit: int) -> list[Complaint]:
    """Return open complaints, the first due first, or closed ones, the last closed first."""
    closed_at = complaints.c.closed_at
    if is_open:
        query = select(complaints).where(closed_at.is_(None)).order_by(complaints.c.received_at)
    else:
        query = select(complaints).where(closed_at.is_not(None)).order_by(closed_at.desc())
    rows = await connection.execute(query.limit(limit))
    return [_complaint(row) for row in rows.mappings()]


async def one(connection: AsyncConnection, identifier: str) -> Complaint | None:
    """Return a complaint."""
    query = select(complaints).where(complaints.c.id == identifier)
    row = (await connection.execute(query)).mappings().first()
    return _complaint(row) if row else None


async def close(
    connection: AsyncConnection,
    identifier: str,
    outcome: Outcome,
    remark: str,
    by: str,
    at: datetime,
) -> bool:
    """Close a complaint; False if it was closed before."""
    waits = (complaints.c.id == identifier) & complaints.c.closed_at.is_(None)
    values = {"outcome": outcome.value, "remark": remark, "closed_by": by, "closed_at": at}
    result = await connection.execute(update(complaints).where(waits).values(values))
    return bool(result.rowcount)
