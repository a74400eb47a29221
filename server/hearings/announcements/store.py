"""The log of announcements in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.hearings.announcements.model import CourtAnnouncement, Speaker
from server.hearings.announcements.tables import court_announcements
from server.hearings.tables import hearing_changes

_A, _C = court_announcements.c, hearing_changes.c


async def log_of(connection: AsyncConnection, hearing: str) -> list[CourtAnnouncement]:
    """Return a hearing's entries in their order."""
    query = select(_A.speaker, _A.judge, _A.at, _A.note, _A.written_by, _A.written_at)
    rows = await connection.execute(query.where(_A.hearing == hearing).order_by(_A.number))
    return [
        CourtAnnouncement(Speaker(speaker) if speaker else None, *rest) for speaker, *rest in rows
    ]


async def put_off_at(connection: AsyncConnection, hearing: str) -> datetime | None:
    """Return when a hearing was put off last; None: never."""
    query = select(func.max(_C.changed_at)).where(_C.hearing == hearing)
    found: datetime | None = await connection.scalar(query)
    return found


async def add(
    connection: AsyncConnection, hearing: str, number: int, new: CourtAnnouncement
) -> None:
    """Append an entry."""
    values = {name: getattr(new, name) for name in new.__slots__}
    values |= {"hearing": hearing, "number": number, "speaker": new.speaker or ""}
    await connection.execute(insert(court_announcements).values(values))
