"""Reads what the year's figures are made from: broadcasts that started, and the totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.audience.calendar import local_month, to_us
from server.audience.tables import totals
from server.audience.zones import PLACED
from server.broadcasts.tables import broadcasts
from server.courts.tables import courts, divisions
from server.hearings.tables import cases, hearings
from server.statistics.figures import Held, Total

# The year of UTC begins and ends at most this far from that of any court.
_WIDEST_ZONE = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class CourtName:
    """A court as it is shown."""

    id: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A broadcast as it stands in the staff's table; ``division`` by name, empty without one."""

    held: Held
    court: CourtName
    case_number: str
    title: str
    division: str
    started_at: datetime
    ended_at: datetime | None


async def listed(connection: AsyncConnection, year: int) -> list[Listed]:
    """Return the broadcasts that started in a year of their courts, by their start."""
    query = (
        select(
            broadcasts.c.id,
            broadcasts.c.hearing,
            broadcasts.c.has_video,
            broadcasts.c.has_report,
            broadcasts.c.started_at,
            broadcasts.c.ended_at,
            cases.c.number,
            hearings.c.title,
            hearings.c.courtroom,
            broadcasts.c.policy,
            divisions.c.name.label("division"),
            courts.c.id.label("court_id"),
            courts.c.name,
            courts.c.name_en,
            courts.c.time_zone,
        )
        .select_from(PLACED.outerjoin(divisions, divisions.c.id == hearings.c.division))
        .where(
            broadcasts.c.started_at >= datetime(year, 1, 1, tzinfo=UTC) - _WIDEST_ZONE,
            broadcasts.c.started_at < datetime(year + 1, 1, 1, tzinfo=UTC) + _WIDEST_ZONE,
        )
        .order_by(broadcasts.c.started_at, broadcasts.c.id)
    )
    found = [
        Listed(
            held=Held(
                broadcast=row.id,
                hearing=row.hearing,
                court=row.court_id,
                month=local_month(row.time_zone)(to_us(row.started_at)),
                has_video=row.has_video,
                has_text=row.has_report,
                courtroom=row.courtroom,
                policy=row.policy,
            ),
            court=CourtName(row.court_id, row.name, row.name_en),
            case_number=row.number,
            title=row.title,
            division=row.division or "",
            started_at=row.started_at,
            ended_at=row.ended_at,
        )
        for row in await connection.execute(query)
    ]
    return [one for one in found if one.held.month // 100 == year]


async def totals_of(connection: AsyncConnection, year: int) -> list[Total]:
    """Return the totals of a year."""
    query = (
        select(totals, courts.c.id.label("court_id"), hearings.c.courtroom, broadcasts.c.policy)
        .select_from(PLACED.join(totals, totals.c.broadcast_id == broadcasts.c.id))
        .where(totals.c.month > year * 100, totals.c.month < (year + 1) * 100)
        .order_by(totals.c.broadcast_id, totals.c.medium, totals.c.month)
    )
    return [
        Total(
            broadcast=row.broadcast_id,
            court=row.court_id,
            medium=row.medium,
            month=row.month,
            visits=row.visits,
            watched_us=row.watched_us,
            peak=row.peak,
            courtroom=row.courtroom,
            policy=row.policy,
        )
        for row in await connection.execute(query)
    ]


async def court_names(connection: AsyncConnection) -> dict[str, CourtName]:
    """Return all courts by id."""
    query = select(courts.c.id, courts.c.name, courts.c.name_en).order_by(courts.c.id)
    rows = await connection.execute(query)
    return {row.id: CourtName(row.id, row.name, row.name_en) for row in rows}
