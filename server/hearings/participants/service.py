"""Enters who takes part, and logs who was told and who agrees."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.database import Database
from server.errors import Conflict, Forbidden, NotFound
from server.hearings.model import Hearing
from server.hearings.participants import store
from server.hearings.participants.model import (
    MOST,
    Kind,
    Logged,
    Part,
    Participant,
    check_name,
    must_name_nobody,
    present,
)
from server.hearings.service import HearingService
from server.journal.store import Deed, Mark, mark_of, marks_of, note


class Participants:
    """Participants of hearings. The journal tells of every entry, without names."""

    def __init__(self, database: Database, hearings: HearingService) -> None:
        self._database = database
        self._hearings = hearings
        hearings.on_change(refuse=self._refuse_names)

    async def of(self, hearing: str) -> list[Participant]:
        """Return who takes part in a hearing."""
        async with self._database.read() as connection:
            return present(await store.of_hearing(connection, hearing))

    async def _refuse_names(self, before: Hearing, after: Hearing) -> None:
        """Raise ``Invalid`` for a new title or cause that names somebody who has an alias."""
        fields = ("title", "title_en", "cause")
        told = {name: str(getattr(after, name)) for name in fields}
        changed = {name: its for name, its in told.items() if its != getattr(before, name)}
        if changed:
            must_name_nobody(changed, await self.of(before.id))

    async def as_noted(self, hearing: str) -> list[Participant]:
        """Return the same with nothing in their logs but what stands in the journal, too."""
        async with self._database.read() as connection:
            found = await store.of_hearing(connection, hearing)
            marks = await marks_of(connection, f"hearing:{hearing}")
        return present(replace(one, log=_noted(one, marks)) for one in found)

    async def of_all(self, hearings: Collection[str]) -> dict[str, list[Participant]]:
        """Return who takes part in hearings, by hearing."""
        async with self._database.read() as connection:
            found = await store.of_hearings(connection, hearings)
        return {hearing: present(its) for hearing, its in found.items()}

    async def listed(self, hearing: Hearing, by: Person) -> list[Participant]:
        """Return all who were ever entered, for staff of the court."""
        if not sees_participants(by, hearing.court):
            raise Forbidden("Your role at this court does not allow this.")
        async with self._database.read() as connection:
            return await store.of_hearing(connection, hearing.id)

    async def add(
        self, hearing: Hearing, role: Part, name: str, alias: str, by: Person
    ) -> Participant:
        """Enter a participant; raises ``Conflict`` if there are too many, or the same already."""
        may_look_after(by, hearing.court)
        check_name(name, "name")
        check_name(alias, "alias")
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            known = present(await store.of_hearing(connection, hearing.id))
            if len(known) >= MOST:
                raise Conflict("A hearing has at most %(most)s participants.", most=MOST)
            if any((one.role, one.name) == (role, name) for one in known):
                raise Conflict("This person is entered already.")
            [identifier] = await store.add(
                connection, [(hearing.id, role, name, alias)], by.id, now
            )
            details: dict[str, object] = {"participant": identifier, "role": role.value}
            deed = Deed("participant.add", f"hearing:{hearing.id}", by.id, details)
            await note(connection, deed, now)
        return Participant(identifier, hearing.id, role, name, alias)

    async def log(
        self, participant: str, kind: Kind, value: str, at: datetime | None, why: str, by: Person
    ) -> Participant:
        """Append to a participant's log; raises ``NotFound``, ``Invalid`` or ``Conflict``."""
        async with self._database.read() as connection:
            found = await store.one(connection, participant)
        if found is None:
            raise NotFound
        hearing = await self._hearings.hearing(found.hearing)
        may_look_after(by, hearing.court)
        now = datetime.now(UTC)
        new = Logged(kind, value, at or now, why, by.id, now)
        async with self._database.begin() as connection:
            found = await store.one(connection, participant)
            if found is None:
                raise NotFound
            found.accept(new)
            await store.log(connection, participant, new)
            await note(connection, _deed(found, new), now)
            after = await store.one(connection, participant)
        return after or found


def _deed(about: Participant, new: Logged) -> Deed:
    details: dict[str, object] = {"participant": about.id, "value": new.value}
    return Deed(f"participant.{new.kind}", f"hearing:{about.hearing}", new.written_by, details)


def _noted(about: Participant, marks: frozenset[Mark]) -> tuple[Logged, ...]:
    return tuple(one for one in about.log if mark_of(_deed(about, one), one.written_at) in marks)


def sees_participants(by: Person, court: str) -> bool:
    """Tell whether a person's duties at the court need the names: the log is not the calendar."""
    needs = (Permission.WATCH_ROOM, Permission.SCHEDULE, Permission.REPORT)
    return any(by.may(one, court) for one in needs)


def may_look_after(by: Person, court: str) -> None:
    """Raise ``Forbidden`` unless it is in the person's hands who takes part at the court."""
    if not (by.may(Permission.SCHEDULE, court) or by.may(Permission.REPORT, court)):
        raise Forbidden("Your role at this court does not allow this.")


PARTICIPANTS = web.AppKey("participants", Participants)
