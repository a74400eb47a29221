"""Retention policies in the database, and which records they are about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.broadcasts.state import State
from server.broadcasts.tables import broadcasts
from server.courts.tables import courts
from server.hearings.tables import cases, hearings
from server.records.tables import retention as policies


async def has_court(connection: AsyncConnection, court: str) -> bool:
    """Tell whether there is such a court."""
    found = await connection.execute(select(courts.c.id).where(courts.c.id == court))
    return found.first() is not None


async def retention(connection: AsyncConnection, court: str) -> int | None:
    """Return after how many days a court's records are due; None: it has no policy."""
    query = select(policies.c.days).where(policies.c.court == court)
    row = (await connection.execute(query)).first()
    return int(row[0]) if row else None


async def set_retention(connection: AsyncConnection, court: str, days: int | None) -> bool:
    """Set a court's policy; False if there is no such court."""
    if not await has_court(connection, court):
        return False
    await connection.execute(delete(policies).where(policies.c.court == court))
    if days is not None:
        await connection.execute(insert(policies).values(court=court, days=days))
    return True


async def ended(connection: AsyncConnection, court: str) -> list[tuple[str, datetime]]:
    """Return the broadcasts of a court that are over and had pictures, with their end."""
    query = (
        select(broadcasts.c.id, broadcasts.c.ended_at)
        .join(hearings, hearings.c.id == broadcasts.c.hearing)
        .join(cases, cases.c.id == hearings.c.case)
        .where(
            cases.c.court == court,
            broadcasts.c.state == State.ENDED.value,
            broadcasts.c.has_video,
            broadcasts.c.ended_at.is_not(None),
        )
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]
