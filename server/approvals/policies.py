"""Which policy a court goes by."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals import store
from server.approvals.library import Library
from server.approvals.policy import LONGEST_DELAY_S, CourtPolicy
from server.courts.service import CourtService
from server.database import Database
from server.errors import Conflict, DatabaseUnavailable, Invalid, Unavailable
from server.journal.store import Deed, lock, note

MS = 1000


class PolicyService:
    """The policies of all courts."""

    def __init__(self, database: Database, courts: CourtService, library: Library) -> None:
        self._database = database
        self._courts = courts
        self.library = library
        self._without: set[str] = set()  # courts that had chosen none when last asked

    async def of(self, court: str) -> CourtPolicy | None:
        """Return a court's policy; None if it has chosen none.

        Raises ``Unavailable`` where it has, and its file is gone or wrong: rules that cannot be
        read are not rules that ask for nothing.
        """
        try:
            async with self._database.read() as connection:
                chosen = await store.policy_of(connection, court)
        except DatabaseUnavailable:
            if court not in self._without:
                raise
            return None  # such a court's broadcasts need no database to start
        if chosen is None:
            self._without.add(court)
            return None
        self._without.discard(court)
        name, delay_ms = chosen
        if name not in self.library.policies:
            raise Unavailable("The court's policy %(name)s cannot be read.", name=name)
        known = self.library.policies[name]
        return CourtPolicy(known.rules, known.source, delay_ms)

    async def choose(self, court: str, name: str, delay_ms: int | None, by: Person) -> CourtPolicy:
        """Let a court go by this policy; raises ``Invalid`` for a delay below its least.

        A court can choose another one, but never none again: then nothing would be asked of it.
        """
        await self._courts.court(court)
        by.must(Permission.ADMINISTER, court)
        if name not in self.library.policies:
            raise Invalid("There is no such policy.", field="policy")
        known = self.library.policies[name]
        least_s = known.rules.delay.least_s
        if delay_ms is not None and not least_s * MS <= delay_ms <= LONGEST_DELAY_S * MS:
            raise Invalid(
                "This policy asks for a delay of at least %(least)s s.",
                field="delay_s",
                least=least_s,
            )
        now = datetime.now(UTC)
        self._without.discard(court)
        values = {"policy": name, "delay_ms": delay_ms, "chosen_at": now, "chosen_by": by.id}
        async with self._database.begin() as connection:
            await lock(connection)
            is_new = await store.policy_of(connection, court) is None
            await store.choose_policy(connection, court, values, is_new=is_new)
            details: dict[str, object] = {
                "policy": name,
                "version": known.source.version,
                "digest": known.source.digest,
                "delay_ms": delay_ms,
            }
            await note(connection, Deed("court.policy", f"court:{court}", by.id, details), now)
        return CourtPolicy(known.rules, known.source, delay_ms)

    async def needed(self, court: str) -> CourtPolicy:
        """Return a court's policy; raises ``Conflict`` if it has chosen none."""
        found = await self.of(court)
        if found is None:
            raise Conflict("This court has chosen no policy yet.")
        return found


POLICIES = web.AppKey("policies", PolicyService)
