"""Holds a list against the calendar, and takes it over: all of it, or nothing."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts import store as accounts
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.courts.divisions import Divisions
from server.courts.model import Court
from server.courts.service import CourtService
from server.database import Database
from server.errors import Conflict, Unavailable
from server.hearings import store
from server.hearings.lists.checking import Entry, Known, Wrong, check, plain
from server.hearings.lists.plan import Case, Step, digest_of, plan
from server.hearings.lists.reading import read
from server.hearings.lists.sheet import Sheet
from server.hearings.participants import store as participants
from server.hearings.participants.model import Part, present
from server.hearings.service import HearingService
from server.journal.store import Deed, note

_MOST_WAITING = 4  # of lists that are read or wait for it


@dataclass(frozen=True, slots=True)
class Looked:
    """What a list would do; nothing may be taken over while something of it is ``wrong``."""

    sheet: Sheet
    steps: tuple[Step, ...]
    wrong: tuple[Wrong, ...]
    names: dict[str, str]  # of rooms, judges and divisions by id

    @property
    def digest(self) -> str:
        """What somebody confirms who has looked at the steps."""
        return digest_of(self.steps)


class Lists:
    """Imports lists of hearings; one list after the other is looked at, as that takes a core."""

    def __init__(
        self,
        database: Database,
        courts: CourtService,
        divisions: Divisions,
        hearings: HearingService,
    ) -> None:
        self._database = database
        self._courts = courts
        self._divisions = divisions
        self._hearings = hearings
        self._reading = asyncio.Lock()
        self._waiting = 0

    async def look(self, court: str, data: bytes, by: Person) -> Looked:
        """Return what a list would change; raises ``Invalid`` for a file that cannot be read."""
        by.must(Permission.SCHEDULE, court)
        known, names = await self._known(await self._courts.court(court))
        sheet, entries, wrong = await self._read_in_turn(data, known)
        async with self._database.read() as connection:
            steps = await _steps(connection, court, entries)
        return Looked(sheet, steps, tuple(wrong), names)

    async def _read_in_turn(
        self, data: bytes, known: Known
    ) -> tuple[Sheet, list[Entry], list[Wrong]]:
        """Read a file in a thread, one after the other: the core is also the broadcasts'."""
        if self._waiting >= _MOST_WAITING:
            raise Unavailable("Other lists are being read; try again in a moment.")
        self._waiting += 1
        try:
            async with self._reading:
                return await asyncio.to_thread(_read, data, known)
        finally:
            self._waiting -= 1

    async def take_over(self, court: str, looked: Looked, confirmed: str, by: Person) -> None:
        """Do what was confirmed, in one transaction.

        Raises ``Conflict`` if it would be something else by now, or if a broadcast forbids it.
        """
        by.must(Permission.SCHEDULE, court)
        if confirmed != looked.digest:
            raise _other()
        changing = [one for one in looked.steps if one.hearing and one.changes]
        pairs = []
        for step in changing:
            before = await self._hearings.hearing(step.hearing or "")
            pairs.append((before, replace(before, **dict[str, Any](step.values))))
        for before, after in pairs:
            await self._hearings.may_become(before, after)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            entries = [step.entry for step in looked.steps]
            steps = await _steps(connection, court, entries)
            if digest_of(steps) != confirmed:
                raise _other()
            await _write(connection, court, steps, by, now)
        for before, after in pairs:
            await self._hearings.has_become(before, after)

    async def _known(self, court: Court) -> tuple[Known, dict[str, str]]:
        """Return what lines are held against, and how that is called by its ids."""
        now = datetime.now(UTC)
        rooms = await self._courts.courtrooms(court.id)
        divisions = await self._divisions.all(court.id)
        async with self._database.read() as connection:
            members = await accounts.members(connection, now)
        known = Known(
            rooms=_by_name((name, its.id) for its in rooms for name in (its.name, its.name_en)),
            judges=_by_name(
                (name, one.id)
                for one in members
                if one.presides_at(court.id)
                for name in (one.name, one.display_name)
            ),
            divisions=_by_name(
                (name, its.id)
                for its in divisions
                if its.closed_at is None
                for name in (its.name, its.name_en)
            ),
            style=court.case_number_style,
            zone=ZoneInfo(court.time_zone),
            now=now,
        )
        return known, {
            **{its.id: its.name for its in rooms},
            **{its.id: its.name for its in divisions},
            **{one.id: one.display_name for one in members},
        }


LISTS = web.AppKey("hearing_lists", Lists)


def _read(data: bytes, known: Known) -> tuple[Sheet, list[Entry], list[Wrong]]:
    sheet = read(data)
    return sheet, *check(sheet, known)


def _by_name(names: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name, identifier in names:
        if plain(name):
            found[plain(name)][identifier] = None
    return {name: tuple(its) for name, its in found.items()}


def _other() -> Conflict:
    return Conflict("The list or the calendar is another than when you looked; look again.")


async def _steps(connection: AsyncConnection, court: str, entries: list[Entry]) -> tuple[Step, ...]:
    """Return what is to be done by the calendar as it is in this transaction."""
    known = await store.at_places(
        connection, {(one.courtroom, one.scheduled_at) for one in entries}
    )
    hearings = {(one.courtroom, one.scheduled_at, one.case_number): one for one in known}
    wanted = {one.key for one in entries}
    ids = [one.id for key, one in hearings.items() if key in wanted]
    parties = {
        hearing: frozenset((its.role.value, its.name) for its in present(found))
        for hearing, found in (await participants.of_hearings(connection, ids)).items()
    }
    numbers = {one.case_number for one in entries}
    cases = await store.cases_of(connection, court, numbers)
    told = {number: Case(its.cause, its.nature) for number, its in cases.items()}
    return plan(entries, hearings, told, parties)


async def _write(
    connection: AsyncConnection, court: str, steps: Iterable[Step], by: Person, now: datetime
) -> None:
    """Write hearings, cases and participants; the journal has one entry for the whole list."""
    steps = list(steps)
    adding = [one for one in steps if one.act == "add"]
    new = [one.new_hearing() for one in adding]
    made = await store.add_many(connection, court, new, by.id, now)
    ids = {one.entry.key: its for one, its in zip(adding, made, strict=True)}
    changed: dict[str, Any] = {}
    for one in steps:
        if one.changes:
            identifier = one.hearing or ids[one.entry.key]
            await store.change(connection, identifier, one.values)
            changed[identifier] = sorted(one.values)
    people = [
        (one.hearing or ids[one.entry.key], Part(role), name, "")
        for one in steps
        for role, name in one.parties
    ]
    await participants.add(connection, people, by.id, now)
    if made or changed or people:
        details = {"added": made, "changed": changed, "participants": len(people)}
        await note(connection, Deed("hearing.import", f"court:{court}", by.id, details), now)
