"""The calendar: hearings are put into it and read from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from sqlalchemy.exc import IntegrityError

from server.accounts import store as accounts
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.courts.divisions import Divisions
from server.courts.service import CourtService
from server.database import Database
from server.errors import Conflict, Invalid, NotFound
from server.hearings import store
from server.hearings.case_number import case_number, nature_of
from server.hearings.model import Change, Hearing, NewHearing, Span, When, day
from server.journal.store import Deed, note

MOST_LISTED = 200
PAGE = 50
# Called with a hearing as it was and as it is to be.
Concerned = Callable[[Hearing, Hearing], Awaitable[None]]


class HearingService:
    """The calendar of all courts. ``time_zone`` decides the day where no court is named."""

    def __init__(
        self, database: Database, courts: CourtService, divisions: Divisions, time_zone: str
    ) -> None:
        self._database = database
        self._courts = courts
        self._divisions = divisions
        self._time_zone = time_zone
        self._refusals: list[Concerned] = []
        self._followers: list[Concerned] = []

    def on_change(
        self, *, refuse: Concerned | None = None, follow: Concerned | None = None
    ) -> None:
        """Have ``refuse`` asked before a change (it may raise), ``follow`` told after it."""
        self._refusals += [refuse] if refuse else []
        self._followers += [follow] if follow else []

    async def add(self, new: NewHearing, by: Person) -> Hearing:
        """Put a hearing into the calendar; raises ``Invalid`` for a wrong case number."""
        room = await self._courts.courtroom(new.courtroom)
        by.must(Permission.SCHEDULE, room.court)
        court = await self._courts.court(room.court)
        now = datetime.now(UTC)
        await self._must_be_somebody(new.judge)
        await self._divisions.must_be_of(new.division, court.id, "division")
        number = case_number(new.case_number, court.case_number_style, now.year + 1)
        nature = nature_of(number) if new.nature == "other" else new.nature
        new = replace(new, case_number=number, nature=nature)
        try:
            async with self._database.begin() as connection:
                [identifier] = await store.add_many(connection, court.id, [new], by.id, now)
                deed = Deed("hearing.add", f"hearing:{identifier}", by.id)
                await note(connection, deed, now)
        except IntegrityError:  # another server made the same case just now
            raise Conflict("This was entered twice at the same moment; try again.") from None
        return await self.hearing(identifier)

    async def change(self, identifier: str, changes: Mapping[str, Any], by: Person) -> Hearing:
        """Change courtroom, judge, division, time (``scheduled_at``), nature, cause or title.

        Raises ``Conflict`` where a broadcast forbids it. An approval of the hearing as it was does
        not hold for what it has become (rule B-04).
        """
        before = await self.hearing(identifier)
        by.must(Permission.SCHEDULE, before.court)
        if "courtroom" in changes:
            room = await self._courts.courtroom(changes["courtroom"])
            if room.court != before.court:
                raise Invalid("This courtroom is of another court.", field="courtroom")
        await self._must_be_somebody(changes.get("judge"))
        if changes.get("division") != before.division:  # a closed one keeps what it has
            await self._divisions.must_be_of(changes.get("division"), before.court, "division")
        after = replace(before, **changes)
        await self.may_become(before, after)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            await store.change(connection, identifier, changes)
            details: dict[str, object] = {"fields": sorted(changes)}
            await note(
                connection, Deed("hearing.change", f"hearing:{before.id}", by.id, details), now
            )
        await self.has_become(before, after)
        return await self.hearing(identifier)

    async def may_become(self, before: Hearing, after: Hearing) -> None:
        """Raise ``Conflict`` where something forbids that a hearing changes so."""
        must_be_on(before)
        for concerned in self._refusals:
            await concerned(before, after)

    async def has_become(self, before: Hearing, after: Hearing) -> None:
        """Tell everything that depends on a hearing that it has changed."""
        for concerned in self._followers:
            await concerned(before, after)

    async def _must_be_somebody(self, judge: str | None) -> None:
        if judge is None:
            return
        async with self._database.read() as connection:
            if await accounts.load(connection, judge, datetime.now(UTC)) is None:
                raise Invalid("There is no such person.", field="judge")

    async def hearing(self, identifier: str) -> Hearing:
        """Return a hearing; raises ``NotFound``."""
        async with self._database.read() as connection:
            found = await store.hearing(connection, identifier)
        if found is None:
            raise NotFound
        return found

    async def of_ids(self, hearings: Collection[str]) -> dict[str, Hearing]:
        """Return hearings by id."""
        async with self._database.read() as connection:
            return await store.of_ids(connection, hearings)

    async def changes(self, identifier: str) -> list[Change]:
        """Return when and why a hearing was cancelled or adjourned, the newest first."""
        async with self._database.read() as connection:
            return (await store.changes_of(connection, [identifier])).get(identifier, [])

    async def calendar(self, when: When, court: str | None = None) -> list[Hearing]:
        """Return the hearings of the past (newest first), of today, or of the future."""
        zone = (await self._courts.court(court)).time_zone if court else self._time_zone
        begins, ends = day(datetime.now(UTC), zone)
        since = {"past": None, "today": begins, "future": ends}[when]
        until = {"past": begins, "today": ends, "future": None}[when]
        async with self._database.read() as connection:
            return await store.between(connection, since, until, court, MOST_LISTED)

    async def page(self, span: Span) -> list[Hearing]:
        """Return a page of the calendar: at most ``PAGE`` hearings of a span, by time."""
        async with self._database.read() as connection:
            return await store.page(connection, span, PAGE)

    async def neighbours(self, span: Span) -> tuple[datetime | None, datetime | None]:
        """Return when there are hearings next, before a day and behind it."""
        async with self._database.read() as connection:
            return await store.neighbours(connection, span)


def must_be_on(hearing: Hearing) -> None:
    """Raise ``Conflict`` for a hearing that was called off."""
    if hearing.cancelled_at is not None:
        raise Conflict("This hearing was called off.")


HEARINGS = web.AppKey("hearings", HearingService)
