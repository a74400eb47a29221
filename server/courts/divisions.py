"""Trial divisions 审判庭 of courts (the departments; a room is a courtroom 法庭)."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.courts.model import Division
from server.courts.service import CourtService
from server.courts.tables import divisions
from server.database import Database
from server.errors import Conflict, Invalid
from server.identity import new_id
from server.journal.store import Deed, note

MOST_DIVISIONS = 100  # of a court


class Divisions:
    """The divisions of all courts: a name each, which hearings and postings carry."""

    def __init__(self, database: Database, courts: CourtService) -> None:
        self._database = database
        self._courts = courts

    async def all(self, court: str | None = None) -> list[Division]:
        """Return the divisions of a court, or of all, by name."""
        async with self._database.read() as connection:
            return await _all(connection, court)

    async def add(self, new: Division, by: Person) -> Division:
        """Add a division (its ``id`` is given here); ``Conflict`` if the court has the name."""
        await self._courts.court(new.court)
        by.must(Permission.ADMINISTER, new.court)
        now = datetime.now(UTC)
        made = Division(new_id(), new.court, new.name, new.name_en)
        try:
            async with self._database.begin() as connection:
                if len(await _all(connection, new.court)) >= MOST_DIVISIONS:
                    raise Conflict("A court has at most %(most)s divisions.", most=MOST_DIVISIONS)
                values = {name: getattr(made, name) for name in made.__slots__}
                await connection.execute(insert(divisions).values(**values, created_at=now))
                await note(connection, Deed("division.add", f"division:{made.id}", by.id), now)
        except IntegrityError:
            raise Conflict("The court has a division of this name.") from None
        return made

    async def must_be_of(self, division: str | None, court: str | None, field: str) -> None:
        """Raise ``Invalid`` for a division that the court does not have; None is none."""
        if division is None:
            return
        known = {one.id for one in await self.all(court)} if court is not None else set()
        if division not in known:
            raise Invalid("The court has no such division.", field=field)


DIVISIONS = web.AppKey("divisions", Divisions)


async def _all(connection: AsyncConnection, court: str | None) -> list[Division]:
    its = divisions.c
    query = select(its.id, its.court, its.name, its.name_en).order_by(its.court, its.name)
    if court is not None:
        query = query.where(its.court == court)
    return [Division(*row) for row in await connection.execute(query)]
