"""Trial divisions 审判庭 of courts (the departments; a room is a courtroom 法庭)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.courts.model import Division
from server.courts.service import CourtService
from server.courts.tables import divisions
from server.database import Database
from server.errors import Conflict, Invalid, NotFound
from server.identity import new_id
from server.journal.store import Deed, note

MOST_DIVISIONS = 100  # of a court


class Divisions:
    """The divisions of all courts: a name each, which hearings and postings carry."""

    def __init__(self, database: Database, courts: CourtService) -> None:
        self._database = database
        self._courts = courts

    async def all(self, court: str | None = None) -> list[Division]:
        """Return the divisions of a court, or of all, by name; those that were closed too."""
        async with self._database.read() as connection:
            return await _all(connection, court)

    async def open(self, court: str | None = None) -> list[Division]:
        """Return the divisions for which hearings can be entered, by name."""
        return [one for one in await self.all(court) if one.closed_at is None]

    async def add(self, new: Division, by: Person) -> Division:
        """Add a division (its ``id`` is given here); ``Conflict`` if the court has the name.

        One that was closed is opened again under its name, and is the one that it was.
        """
        await self._courts.court(new.court)
        by.must(Permission.ADMINISTER, new.court)
        now = datetime.now(UTC)
        try:
            async with self._database.begin() as connection:
                return await _added(connection, new, by, now)
        except IntegrityError:
            raise Conflict("The court has a division of this name.") from None

    async def close(self, court: str, division: str, by: Person) -> None:
        """Enter no hearing for a division any more; closing it twice changes nothing."""
        await self._courts.court(court)
        by.must(Permission.ADMINISTER, court)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            found = {one.id: one for one in await _all(connection, court)}
            if division not in found:
                raise NotFound
            if found[division].closed_at is None:
                await _set_closed(connection, division, now)
                await note(connection, Deed("division.close", f"division:{division}", by.id), now)

    async def must_be_of(self, division: str | None, court: str | None, field: str) -> None:
        """Raise ``Invalid`` for a division that the court does not have now; None is none."""
        if division is None:
            return
        known = {one.id: one for one in await self.all(court)} if court is not None else {}
        if division not in known:
            raise Invalid("The court has no such division.", field=field)
        if known[division].closed_at is not None:
            raise Invalid("This trial division is closed.", field=field)


DIVISIONS = web.AppKey("divisions", Divisions)


async def _all(connection: AsyncConnection, court: str | None) -> list[Division]:
    its = divisions.c
    query = select(its.id, its.court, its.name, its.name_en, its.closed_at)
    if court is not None:
        query = query.where(its.court == court)
    found = await connection.execute(query.order_by(its.court, its.name))
    return [Division(*row) for row in found]


async def _added(connection: AsyncConnection, new: Division, by: Person, at: datetime) -> Division:
    known = await _all(connection, new.court)
    before = next((one for one in known if one.name == new.name and one.closed_at), None)
    if before is not None:
        await _set_closed(connection, before.id, None)
        await note(connection, Deed("division.open", f"division:{before.id}", by.id), at)
        return replace(before, closed_at=None)
    if len(known) >= MOST_DIVISIONS:
        raise Conflict("A court has at most %(most)s divisions.", most=MOST_DIVISIONS)
    made = Division(new_id(), new.court, new.name, new.name_en)
    values = {name: getattr(made, name) for name in made.__slots__}
    await connection.execute(insert(divisions).values(**values, created_at=at))
    await note(connection, Deed("division.add", f"division:{made.id}", by.id), at)
    return made


async def _set_closed(connection: AsyncConnection, division: str, at: datetime | None) -> None:
    of_it = update(divisions).where(divisions.c.id == division)
    await connection.execute(of_it.values(closed_at=at))
