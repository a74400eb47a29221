"""Replays that wait, those whose time has come, and decisions about them, in the database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.approvals.tables import applications
from server.broadcasts.tables import broadcasts
from server.hearings.tables import hearings
from server.journal.tables import journal
from server.releases.model import Decision
from server.releases.tables import decisions
from server.reports.tables import posts

MOST_LISTED = 200


async def held(connection: AsyncConnection) -> list[str]:
    """Return the hearings of replays that wait for their review, the oldest first."""
    query = select(broadcasts.c.hearing).where(broadcasts.c.replay == "held")
    rows = await connection.execute(query.order_by(broadcasts.c.ended_at).limit(MOST_LISTED))
    return list(rows.scalars())


async def involved(connection: AsyncConnection, broadcast: str) -> frozenset[str]:
    """Return who operated or planned a broadcast, wrote its report or applied for it."""
    of = broadcasts.c.id == broadcast
    joined = broadcasts.join(hearings, hearings.c.id == broadcasts.c.hearing)
    queries = (
        select(journal.c.person).where(
            journal.c.object == f"broadcast:{broadcast}", journal.c.action.like("broadcast.%")
        ),
        select(broadcasts.c.created_by).where(of),
        select(hearings.c.created_by).select_from(joined).where(of),
        select(posts.c.author_id).where(posts.c.broadcast_id == broadcast),
        select(applications.c.applicant)
        .select_from(applications.join(broadcasts, applications.c.hearing == broadcasts.c.hearing))
        .where(of),
    )
    found: set[str] = set()
    for query in queries:
        found.update((await connection.execute(query.distinct())).scalars())
    return frozenset(found - {""})


async def decide(connection: AsyncConnection, new: Decision, before: str, after: str) -> bool:
    """Write a decision and what becomes of the replay; False if that is not ``before`` any more.

    Then nothing of it may be committed. The decision comes first: the table of broadcasts takes no
    release that nobody has decided.
    """
    await connection.execute(insert(decisions).values(asdict(new)))
    of = (broadcasts.c.id == new.broadcast) & (broadcasts.c.replay == before)
    changed = update(broadcasts).where(of).values(replay=after, replay_until=new.until)
    return bool((await connection.execute(changed)).rowcount)


async def of_broadcast(connection: AsyncConnection, broadcast: str) -> list[Decision]:
    """Return the decisions about a broadcast's replay, newest first."""
    query = select(decisions).where(decisions.c.broadcast == broadcast)
    rows = await connection.execute(query.order_by(decisions.c.at.desc()))
    return [Decision(**row) for row in rows.mappings()]


async def due(connection: AsyncConnection, now: datetime) -> list[str]:
    """Return the held replays that become public by themselves now."""
    query = select(broadcasts.c.id).where(
        broadcasts.c.replay == "held", broadcasts.c.replay_due <= now
    )
    return list((await connection.execute(query.limit(MOST_LISTED))).scalars())


async def over(connection: AsyncConnection, now: datetime) -> list[str]:
    """Return the public replays whose time is over."""
    query = select(broadcasts.c.id).where(
        broadcasts.c.replay == "public", broadcasts.c.replay_until <= now
    )
    return list((await connection.execute(query.limit(MOST_LISTED))).scalars())


async def become(
    connection: AsyncConnection, broadcast: str, before: str, after: str, until: datetime | None
) -> bool:
    """Let a replay become something by itself; False if another server was first."""
    of = (broadcasts.c.id == broadcast) & (broadcasts.c.replay == before)
    changed = update(broadcasts).where(of).values(replay=after, replay_until=until)
    return bool((await connection.execute(changed)).rowcount)
