"""A database with courts and broadcasts that can be counted, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from sqlalchemy import func, insert, select

from server.audience import AUDIENCE
from server.audience.tables import totals
from server.broadcasts.tables import broadcasts
from server.courts.tables import courtrooms, courts
from server.database import DATABASE, Database
from server.database.migrate import upgrade
from server.hearings.tables import cases, hearings

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ZONES = {"sh": "Asia/Shanghai", "berlin": "Europe/Berlin"}


async def count_visits(app: web.Application) -> dict[str, int]:
    """Return the visits that a running service has counted until now, by medium.

    The count writes by itself every two seconds: what is only waiting now may be written by then.
    """
    await app[AUDIENCE].flush(everything=True)
    async with app[DATABASE].read() as connection:
        visits = func.sum(totals.c.visits)  # a row for each month
        rows = await connection.execute(select(totals.c.medium, visits).group_by(totals.c.medium))
        return {medium: int(count) for medium, count in rows}


async def open_database(url: str) -> Database:
    """Open a database, with its tables and a court in each of two time zones."""
    database = Database(url)
    await upgrade(database)
    await add_courts(database)
    return database


async def add_courts(database: Database) -> None:
    """Add a court with a courtroom in each of two time zones."""
    async with database.begin() as connection:
        for court, zone in ZONES.items():
            row = {"id": court, "name": f"{court}法院", "name_en": f"Court of {court}"}
            await connection.execute(
                insert(courts).values(
                    **row, level="basic", time_zone=zone, case_number_style="cn", created_at=START
                )
            )
            await connection.execute(
                insert(courtrooms).values(
                    id=f"room-{court}", court=court, name="一", name_en="1", created_at=START
                )
            )


async def add_broadcast(
    database: Database,
    broadcast: str,
    *,
    court: str = "sh",
    started_at: datetime | None = START,
    has_video: bool = True,
    has_report: bool = False,
    replay: str = "none",
    state: str = "live",
) -> str:
    """Add a case, a hearing and its broadcast; return the broadcast's id."""
    async with database.begin() as connection:
        await connection.execute(
            insert(cases).values(
                id=f"case-{broadcast}",
                court=court,
                number=f"（2026）沪01民终{broadcast}号",
                cause="",
                created_at=START,
            )
        )
        await connection.execute(
            insert(hearings).values(
                id=f"hearing-{broadcast}",
                case=f"case-{broadcast}",
                courtroom=f"room-{court}",
                title=f"庭审{broadcast}",
                title_en=f"Hearing {broadcast}",
                scheduled_at=START,
                created_at=START,
                created_by="",
            )
        )
        await connection.execute(
            insert(broadcasts).values(
                id=broadcast,
                hearing=f"hearing-{broadcast}",
                has_video=has_video,
                has_report=has_report,
                delay_ms=0,
                layout="single",
                cameras=[],
                state=state,
                replay=replay,
                started_at=started_at,
                created_at=START,
                created_by="",
            )
        )
    return broadcast


def sqlite_url(folder: Path) -> str:
    """Return the address of a new SQLite database."""
    return f"sqlite:///{folder / 'counted.sqlite'}"
