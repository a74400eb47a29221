"""Releases replays: by who reviews them, by themselves, and ends them when their time is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.accounts.store import still
from server.approvals.policies import PolicyService
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BroadcastService
from server.database import Database
from server.errors import Conflict, ServiceError
from server.identity import new_id
from server.journal.store import Deed, note
from server.releases import store
from server.releases.model import (
    Choice,
    Decision,
    must_be_later,
    must_be_reviewable,
    must_refuse_with_reason,
)

LOOK_SECONDS = 5.0
# What a replay must be for a decision, and what it then becomes.
_CHANGES: dict[Choice, tuple[str, str]] = {
    "release": ("held", "public"),
    "refuse": ("held", "none"),
    "extend": ("public", "public"),
}
_log = structlog.stdlib.get_logger(__name__)


class ReleaseService:
    """The replays of all courts that have a policy; others are public when they end."""

    def __init__(
        self, database: Database, broadcasts: BroadcastService, policies: PolicyService
    ) -> None:
        self._database = database
        self._broadcasts = broadcasts
        self._policies = policies

    async def waiting(self, by: Person) -> list[Broadcast]:
        """Return the replays that wait at the courts where ``by`` reviews, the oldest first."""
        async with self._database.read() as connection:
            hearings = await store.held(connection)
        found = await self._broadcasts.of_hearings(hearings)
        ordered = [found[hearing] for hearing in hearings if hearing in found]
        return [one for one in ordered if by.may(Permission.REVIEW, one.court_id)]

    async def decisions(self, broadcast: str, by: Person) -> list[Decision]:
        """Return what was decided about a replay, newest first."""
        about = await self._of_court(broadcast, by)
        async with self._database.read() as connection:
            return await store.of_broadcast(connection, about.id)

    async def decide(
        self, broadcast: str, choice: Choice, remark: str, until: datetime | None, by: Person
    ) -> Decision:
        """Release a replay, refuse it, or let a public one be shown until later."""
        about = await self._of_court(broadcast, by)
        now = datetime.now(UTC)
        must_refuse_with_reason(choice, remark)
        before, after = _CHANGES[choice]
        if choice == "extend":
            end = until
            must_be_later(about, until or now, now)
        else:
            async with self._database.read() as connection:
                must_be_reviewable(about, by.id, await store.involved(connection, about.id))
            end = await self._end_of(about, now) if choice == "release" else None
        made = Decision(new_id(), about.id, choice, remark, end, now, by.id)
        async with self._database.begin() as connection:
            (await still(connection, by, now)).must(Permission.REVIEW, about.court_id)
            if not await store.decide(connection, made, before, after):
                raise Conflict("Somebody else has decided about this replay meanwhile.")
            details = {"remark": remark, "until": end.isoformat() if end else None}
            deed = Deed(f"replay.{choice}", f"broadcast:{about.id}", by.id, details)
            await note(connection, deed, now)
        self._broadcasts.forget(about.id)
        _log.info("replay decided", broadcast=about.id, decision=choice)
        return made

    async def run(self) -> None:
        """Release and end what has its time, until cancelled."""
        while True:
            try:
                await self.look(datetime.now(UTC))
            except ServiceError as problem:  # the database, or a policy that cannot be read now
                _log.warning("replays wait", problem=problem.text)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, now: datetime) -> None:
        """Release and end what has its time now."""
        async with self._database.read() as connection:
            due, over = await store.due(connection, now), await store.over(connection, now)
        for broadcast in due:
            about = await self._broadcasts.about(broadcast)
            await self._become(broadcast, "held", "public", await self._end_of(about, now))
        for broadcast in over:
            await self._become(broadcast, "public", "none", None)

    async def _become(
        self, broadcast: str, before: str, after: str, until: datetime | None
    ) -> None:
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            if not await store.become(connection, broadcast, before, after, until):
                return
            action = "replay.due" if after == "public" else "replay.over"
            await note(connection, Deed(action, f"broadcast:{broadcast}"), now)
        self._broadcasts.forget(broadcast)
        _log.info("replay by its time", broadcast=broadcast, replay=after)

    async def _end_of(self, about: Broadcast, public_at: datetime) -> datetime | None:
        rules = await self._policies.at(about.place)
        return rules.replay.end_of(public_at) if rules is not None else None

    async def _of_court(self, broadcast: str, by: Person) -> Broadcast:
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.REVIEW, about.court_id)
        return about


RELEASES = web.AppKey("releases", ReleaseService)
