"""Cases and hearings in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.courts.tables import courtrooms, courts
from server.hearings.model import Hearing, NewHearing
from server.hearings.tables import cases, hearings
from server.identity import new_id

COLUMNS = (
    hearings.c.id,
    hearings.c.title,
    hearings.c.title_en,
    cases.c.number,
    cases.c.cause,
    courts.c.id,
    courts.c.name,
    courts.c.name_en,
    courts.c.time_zone,
    courtrooms.c.id,
    courtrooms.c.name,
    courtrooms.c.name_en,
    hearings.c.scheduled_at,
    hearings.c.cancelled_at,
    cases.c.nature,
    hearings.c.judge,
)
JOINED = (
    hearings.join(cases, hearings.c.case == cases.c.id)
    .join(courtrooms, hearings.c.courtroom == courtrooms.c.id)
    .join(courts, courtrooms.c.court == courts.c.id)
)


def _query() -> Select[Any]:
    return select(*COLUMNS).select_from(JOINED)


async def hearing(connection: AsyncConnection, identifier: str) -> Hearing | None:
    """Return a hearing."""
    row = (await connection.execute(_query().where(hearings.c.id == identifier))).first()
    return Hearing(*row) if row else None


async def between(
    connection: AsyncConnection,
    since: datetime | None,
    until: datetime | None,
    court: str | None,
    limit: int,
) -> list[Hearing]:
    """Return hearings of a span of time; the newest first if it has no beginning."""
    query = _query().limit(limit)
    if since is not None:
        query = query.where(hearings.c.scheduled_at >= since)
    if until is not None:
        query = query.where(hearings.c.scheduled_at < until)
    if court is not None:
        query = query.where(courts.c.id == court)
    order = hearings.c.scheduled_at.desc() if since is None else hearings.c.scheduled_at
    rows = await connection.execute(query.order_by(order, hearings.c.id))
    return [Hearing(*row) for row in rows]


async def case_of(connection: AsyncConnection, court: str, new: NewHearing, at: datetime) -> str:
    """Return the hearing's case at the court; it is made if there is none of its number."""
    number = new.case_number
    query = select(cases.c.id).where(cases.c.court == court, cases.c.number == number)
    row = (await connection.execute(query)).first()
    if row:
        return str(row[0])
    identifier = new_id()
    await connection.execute(
        insert(cases).values(
            id=identifier,
            court=court,
            number=number,
            cause=new.cause,
            nature=new.nature,
            created_at=at,
        )
    )
    return identifier


async def add(
    connection: AsyncConnection, case: str, new: NewHearing, by: str, at: datetime
) -> str:
    """Put a hearing into the calendar; return its id."""
    identifier = new_id()
    await connection.execute(
        insert(hearings).values(
            id=identifier,
            case=case,
            courtroom=new.courtroom,
            title=new.title,
            title_en=new.title_en,
            scheduled_at=new.scheduled_at,
            judge=new.judge,
            created_at=at,
            created_by=by,
        )
    )
    return identifier


_OF_CASE = frozenset({"cause", "nature"})


async def change(connection: AsyncConnection, identifier: str, changes: Mapping[str, Any]) -> None:
    """Change a hearing's columns; ``cause`` and ``nature`` are those of its case."""
    own = {name: value for name, value in changes.items() if name not in _OF_CASE}
    of_case = {name: value for name, value in changes.items() if name in _OF_CASE}
    its_case = select(hearings.c.case).where(hearings.c.id == identifier).scalar_subquery()
    if own:
        await connection.execute(update(hearings).where(hearings.c.id == identifier).values(own))
    if of_case:
        await connection.execute(update(cases).where(cases.c.id == its_case).values(of_case))
