"""Public notices in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.courts.tables import courtrooms, courts
from server.hearings.store import changes_of
from server.hearings.tables import hearings
from server.identity import new_id
from server.notices.model import Ending, Notice, Text, why_moved
from server.notices.tables import notice_endings, notices

_N, _E = notices.c, notice_endings.c
_JOINED = (
    notices.join(courts, _N.court == courts.c.id)
    .join(hearings, _N.hearing == hearings.c.id)
    .join(courtrooms, hearings.c.courtroom == courtrooms.c.id)
    .outerjoin(notice_endings, _E.notice == _N.id)
)
_MOVED = or_(
    hearings.c.scheduled_at != _N.scheduled_at,
    courtrooms.c.name != _N.place,
    hearings.c.cancelled_at.is_not(None),
)


def _query() -> Select[Any]:
    return select(
        notices,
        courts.c.name.label("court_name"),
        courts.c.name_en.label("court_name_en"),
        courts.c.time_zone,
        _E.kind,
        _E.reason,
        _E.ended_at,
        _MOVED.label("moved"),
    ).select_from(_JOINED)


async def one(connection: AsyncConnection, identifier: str) -> Notice | None:
    """Return a notice."""
    found = await _read(connection, _query().where(_N.id == identifier))
    return found[0] if found else None


async def of_hearing(connection: AsyncConnection, hearing: str) -> list[Notice]:
    """Return all notices of a hearing, the newest first."""
    query = _query().where(_N.hearing == hearing).order_by(_N.version.desc())
    return await _read(connection, query)


async def holding(connection: AsyncConnection, hearings_of: Collection[str]) -> dict[str, Notice]:
    """Return the notices that hold, by hearing."""
    query = _query().where(_N.hearing.in_(hearings_of), _E.notice.is_(None))
    return {one.hearing: one for one in await _read(connection, query)}


async def coming(
    connection: AsyncConnection,
    since: datetime,
    court: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Notice]:
    """Return the notices that hold, of hearings from ``since`` on, by time; those ``after`` one."""
    query = _query().where(_E.notice.is_(None), _N.scheduled_at >= since)
    if court is not None:
        query = query.where(_N.court == court)
    if after is not None:
        at, identifier = after
        query = query.where(
            or_(_N.scheduled_at > at, (_N.scheduled_at == at) & (_N.id > identifier))
        )
    return await _read(connection, query.order_by(_N.scheduled_at, _N.id).limit(limit))


async def add(connection: AsyncConnection, new: Notice, by: str) -> str:
    """Publish a notice as the hearing's newest; return its id. Raises ``IntegrityError``."""
    newest = select(func.max(_N.version)).where(_N.hearing == new.hearing)
    identifier = new_id()
    await connection.execute(
        insert(notices).values(
            id=identifier,
            hearing=new.hearing,
            court=new.court,
            version=(await connection.scalar(newest) or 0) + 1,
            nature=new.text.nature,
            cause=new.text.cause,
            parties=[list(its) for its in new.text.parties],
            scheduled_at=new.text.scheduled_at,
            place=new.text.place,
            place_en=new.text.place_en,
            days=new.days,
            needed_days=new.needed_days,
            late_reason=new.late_reason,
            published_at=new.published_at,
            published_by=by,
        )
    )
    return identifier


async def end(connection: AsyncConnection, notice: str, ending: Ending, by: str) -> None:
    """End a notice; raises ``IntegrityError`` for one that has ended."""
    await connection.execute(
        insert(notice_endings).values(
            notice=notice, kind=ending.kind, reason=ending.reason, ended_at=ending.at, ended_by=by
        )
    )


async def _read(connection: AsyncConnection, query: Select[Any]) -> list[Notice]:
    found = [_notice(row) for row in await connection.execute(query)]
    moved = {one.hearing for one in found if one.moved}
    if not moved:
        return found
    changes = await changes_of(connection, moved)
    return [
        replace(one, change=why_moved(one.text.scheduled_at, changes.get(one.hearing, ())))
        if one.moved
        else one
        for one in found
    ]


def _notice(row: Row[Any]) -> Notice:
    text = Text(
        row.nature,
        row.cause,
        tuple((role, name) for role, name in row.parties),
        row.scheduled_at,
        row.place,
        row.place_en,
    )
    return Notice(
        id=row.id,
        hearing=row.hearing,
        court=row.court,
        court_name=row.court_name,
        court_name_en=row.court_name_en,
        time_zone=row.time_zone,
        version=row.version,
        text=text,
        days=row.days,
        needed_days=row.needed_days,
        late_reason=row.late_reason,
        published_at=row.published_at,
        ending=Ending(row.kind, row.reason, row.ended_at) if row.kind else None,
        moved=bool(row.moved),
    )
