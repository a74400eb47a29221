"""Daily roots in the database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.broadcasts.state import State
from server.broadcasts.tables import broadcasts
from server.courts.tables import courts
from server.hearings.tables import cases, hearings
from server.proofs.model import ClosedDay, Entry, PublishedKey
from server.proofs.tables import court_keys, daily_roots, proof_entries

_DIGESTS_AT_ONCE = 100_000


class Unentered(NamedTuple):
    """A broadcast that is over and whose sheet is under no day yet."""

    broadcast: str
    court: str
    zone: str


class Chained(NamedTuple):
    """A court that has a chain of days: its zone and the first day."""

    court: str
    zone: str
    first: str


async def unentered(connection: AsyncConnection) -> list[Unentered]:
    """Return the broadcasts that may have a sheet which is under no day yet."""
    is_sealed = and_(proof_entries.c.broadcast == broadcasts.c.id, proof_entries.c.kind == "sealed")
    query = (
        select(broadcasts.c.id, courts.c.id, courts.c.time_zone)
        .join(hearings, hearings.c.id == broadcasts.c.hearing)
        .join(cases, cases.c.id == hearings.c.case)
        .join(courts, courts.c.id == cases.c.court)
        .outerjoin(proof_entries, is_sealed)
        .where(
            broadcasts.c.state == State.ENDED.value,
            broadcasts.c.has_video,
            proof_entries.c.broadcast.is_(None),
        )
        .order_by(broadcasts.c.ended_at, broadcasts.c.id)
    )
    return [Unentered(*row) for row in await connection.execute(query)]


async def chained(connection: AsyncConnection) -> list[Chained]:
    """Return the courts that have anything entered."""
    query = (
        select(courts.c.id, courts.c.time_zone, func.min(proof_entries.c.day))
        .join(proof_entries, proof_entries.c.court == courts.c.id)
        .group_by(courts.c.id, courts.c.time_zone)
    )
    return [Chained(*row) for row in await connection.execute(query)]


async def newest_days(connection: AsyncConnection) -> dict[str, str]:
    """Return each court's newest signed day."""
    newest = func.max(daily_roots.c.day).label("newest")
    query = select(daily_roots.c.court, newest).group_by(daily_roots.c.court)
    return {row.court: row.newest for row in await connection.execute(query)}


async def is_entered(connection: AsyncConnection, digest: str) -> bool:
    """Tell whether a statement is under a day."""
    query = select(proof_entries.c.place).where(proof_entries.c.digest == digest)
    return (await connection.execute(query)).first() is not None


async def is_sealed(connection: AsyncConnection, broadcast: str) -> bool:
    """Tell whether a broadcast's sheet is under a day."""
    its = proof_entries.c
    query = select(its.place).where(its.broadcast == broadcast, its.kind == "sealed").limit(1)
    return (await connection.execute(query)).first() is not None


async def next_place(connection: AsyncConnection, court: str, day: str) -> int:
    """Return the place of a day's next statement."""
    its = proof_entries.c
    query = select(func.count()).where(its.court == court, its.day == day)
    return int((await connection.execute(query)).scalar_one())


async def add_entry(connection: AsyncConnection, entry: Entry) -> None:
    """Enter a statement."""
    await connection.execute(insert(proof_entries).values(asdict(entry)))


async def digests(connection: AsyncConnection, court: str, day: str) -> list[bytes]:
    """Return the digests of a day, by their places."""
    its = proof_entries.c
    query = select(its.digest).where(its.court == court, its.day == day).order_by(its.place)
    rows = await connection.execute(query.limit(_DIGESTS_AT_ONCE))
    return [bytes.fromhex(row[0]) for row in rows]


async def of_broadcast(connection: AsyncConnection, broadcast: str) -> list[Entry]:
    """Return what is entered of a broadcast, in order."""
    its = proof_entries.c
    query = select(proof_entries).where(its.broadcast == broadcast).order_by(its.day, its.place)
    return [Entry(**row) for row in (await connection.execute(query)).mappings()]


async def last_day(connection: AsyncConnection, court: str) -> ClosedDay | None:
    """Return a court's newest signed day."""
    found = await days(connection, court, newest_first=True, limit=1)
    return found[0] if found else None


async def day(connection: AsyncConnection, court: str, of: str) -> ClosedDay | None:
    """Return a day that is signed."""
    its = daily_roots.c
    query = select(its.day, its.signed).where(its.court == court, its.day == of)
    row = (await connection.execute(query)).first()
    return ClosedDay(*row) if row else None


async def days(
    connection: AsyncConnection,
    court: str,
    *,
    newest_first: bool,
    limit: int,
    beyond: str = "",
) -> list[ClosedDay]:
    """Return signed days of a court in order, those beyond a day where one is given."""
    its = daily_roots.c
    query = select(its.day, its.signed).where(its.court == court).limit(limit)
    if beyond:
        query = query.where(its.day < beyond if newest_first else its.day > beyond)
    query = query.order_by(its.day.desc() if newest_first else its.day)
    return [ClosedDay(*row) for row in await connection.execute(query)]


async def add_day(connection: AsyncConnection, court: str, closed: ClosedDay) -> None:
    """Keep a day that was signed."""
    await connection.execute(insert(daily_roots).values(court=court, **asdict(closed)))


async def keys(connection: AsyncConnection, present: str) -> list[PublishedKey]:
    """Return all keys of the court, newest first; ``present`` is the fingerprint in use."""
    query = select(court_keys).order_by(court_keys.c.since.desc())
    return [
        PublishedKey(**row, is_present=row["fingerprint"] == present)
        for row in (await connection.execute(query)).mappings()
    ]


async def add_key(connection: AsyncConnection, fingerprint: str, pem: str, at: datetime) -> None:
    """Publish a key, if it is not yet."""
    query = select(court_keys.c.pem).where(court_keys.c.fingerprint == fingerprint)
    if (await connection.execute(query)).first() is None:
        values = {"fingerprint": fingerprint, "pem": pem, "since": at}
        await connection.execute(insert(court_keys).values(values))
