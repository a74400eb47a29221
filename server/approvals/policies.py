"""Which policy a court goes by."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals import store
from server.approvals.library import Library
from server.approvals.policy import LONGEST_DELAY_S, CourtPolicy, Place, Policy, Publicity
from server.approvals.versions import Versions
from server.courts.service import CourtService
from server.database import Database
from server.errors import Conflict, DatabaseUnavailable, Invalid, Unavailable
from server.journal.store import Deed, note

MS = 1000
PUBLICITY_SECONDS = 2.0
# A policy's name, the court's own delay in ms, and where it holds (None: everywhere).
Chosen = tuple[str, int | None, frozenset[str] | None]


class PolicyService:
    """The policies of all courts."""

    def __init__(self, database: Database, courts: CourtService, library: Library) -> None:
        self._database = database
        self._courts = courts
        self.library = library
        self.versions = Versions()
        self._publicity: tuple[float, Publicity] = (float("-inf"), Publicity(None))
        self._known: dict[str, CourtPolicy | None] = {}  # as it was when last asked

    async def of(self, court: str) -> CourtPolicy | None:
        """Return a court's policy; None if it has chosen none.

        Raises ``Unavailable`` where it has, and its file is gone or wrong: rules that cannot be
        read are not rules that ask for nothing.
        """
        try:
            async with self._database.read() as connection:
                chosen = await store.policy_of(connection, court)
        except DatabaseUnavailable:
            if court not in self._known:
                raise
            return self._known[court]  # where no policy holds, no database is needed to start
        self._known[court] = found = self._read(chosen)
        return found

    async def at(self, where: Place) -> Policy | None:
        """Return the rules that a broadcast goes by; None where none hold.

        Those it began under; before that, and where they were not kept, the court's of now. Raises
        ``Unavailable`` as ``of`` does.
        """
        if where.policy is None:
            found = await self.of(where.court)
            return found.rules if found is not None and found.covers(where.courtroom) else None
        if where.policy == "":
            return None
        async with self._database.read() as connection:
            kept = await self.versions.of(connection, where.policy)
        if kept is None:
            raise Unavailable("The policy under which this broadcast began cannot be read.")
        return kept

    async def keep(self, connection: AsyncConnection, name: str, at: datetime) -> None:
        """Keep a policy as it is now, for a broadcast that begins under it."""
        await self.versions.keep(connection, self.library.policies[name], at)
        self._publicity = float("-inf"), self._publicity[1]

    async def as_chosen(self, court: str) -> CourtPolicy | None:
        """Return the same for what a rule hangs on: as somebody chose it, by the journal.

        Raises ``Unavailable`` where the row was written past the service.
        """
        try:
            async with self._database.read() as connection:
                chosen = await store.policy_of(connection, court)
                noted = await store.policy_noted(connection, court) if chosen else {}
        except DatabaseUnavailable:
            return await self.of(court)  # as it was when last asked
        self._known[court] = found = self._read(chosen)
        if chosen and any(noted.get(name) != its for name, its in _values(chosen).items()):
            raise Unavailable("The court's policy is not the one that was chosen; choose it again.")
        return found

    async def publicity(self) -> Publicity:
        """Return what holds for the public at all courts; at most two seconds old.

        While the database is away what was known stands.
        """
        at, known = self._publicity
        if time.monotonic() - at < PUBLICITY_SECONDS:
            return known
        try:
            async with self._database.read() as connection:
                chosen = await store.policies(connection)
                kept = await self.versions.all(connection)
        except DatabaseUnavailable:
            return known
        courts = {}
        for court, (name, where) in chosen.items():
            its = self.library.policies.get(name)
            courts[court] = (its.rules if its else None), where
        known = Publicity(courts, kept)
        self._publicity = time.monotonic(), known
        return known

    async def ruling(self, courts: Collection[str]) -> frozenset[str]:
        """Return those of the courts that have a policy: elsewhere nothing is applied for."""
        found = set()
        for court in courts:
            with suppress(Unavailable):  # it has lost its file
                if await self.of(court) is not None:
                    found.add(court)
        return frozenset(found)

    def _read(self, chosen: Chosen | None) -> CourtPolicy | None:
        if chosen is None:
            return None
        name, delay_ms, courtrooms = chosen
        if name not in self.library.policies:
            raise Unavailable("The court's policy %(name)s cannot be read.", name=name)
        known = self.library.policies[name]
        return CourtPolicy(known.rules, known.source, delay_ms, courtrooms)

    async def choose(self, court: str, chosen: Chosen, by: Person) -> CourtPolicy:
        """Let a court go by this policy; raises ``Invalid`` for a delay below its least.

        A court can choose another one, but never none again, nor fewer courtrooms: then nothing
        would be asked there.
        """
        await self._courts.court(court)
        by.must(Permission.ADMINISTER, court)
        name, delay_ms, courtrooms = chosen
        if name not in self.library.policies:
            raise Invalid("There is no such policy.", field="policy")
        known = self.library.policies[name]
        _must_be_enough(known.rules, delay_ms)
        rooms = {room.id for room in await self._courts.courtrooms(court)}
        if courtrooms is not None and not courtrooms <= rooms:
            raise Invalid("This courtroom is of another court.", field="courtrooms")
        now = datetime.now(UTC)
        values = _values(chosen)
        source = {"version": known.source.version, "digest": known.source.digest}
        async with self._database.begin() as connection:
            before = await store.policy_of(connection, court)
            if before is not None and not _covers_all(courtrooms, before[2]):
                raise Conflict("A courtroom in which the policy holds keeps it.")
            who = {"chosen_at": now, "chosen_by": by.id}
            await store.choose_policy(connection, court, values | who, is_new=before is None)
            deed = Deed("court.policy", f"court:{court}", by.id, values | source)
            await note(connection, deed, now)
        self._publicity = float("-inf"), self._publicity[1]
        return CourtPolicy(known.rules, known.source, delay_ms, courtrooms)

    async def needed(self, court: str) -> CourtPolicy:
        """Return a court's policy; raises ``Conflict`` if it has chosen none."""
        found = await self.of(court)
        if found is None:
            raise Conflict("This court has chosen no policy yet.")
        return found


def _values(chosen: Chosen) -> dict[str, Any]:
    name, delay_ms, courtrooms = chosen
    rooms = None if courtrooms is None else sorted(courtrooms)
    return {"policy": name, "delay_ms": delay_ms, "courtrooms": rooms}


def _must_be_enough(rules: Policy, delay_ms: int | None) -> None:
    least_s = rules.delay.least_s
    if delay_ms is not None and not least_s * MS <= delay_ms <= LONGEST_DELAY_S * MS:
        raise Invalid(
            "This policy asks for a delay of at least %(least)s s.",
            field="delay_s",
            least=least_s,
        )


def _covers_all(now: frozenset[str] | None, before: frozenset[str] | None) -> bool:
    return now is None or (before is not None and before <= now)
