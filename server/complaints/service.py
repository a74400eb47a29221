"""Takes complaints and keeps those who answer them to the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import structlog
from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BroadcastService
from server.complaints import store
from server.complaints.model import MOST_OPEN, Complaint, Outcome, cleaned
from server.database import Database
from server.errors import Conflict, NotFound, TooMany
from server.identity import new_id
from server.journal.store import Deed, note

MOST_LISTED = 500
_log = structlog.stdlib.get_logger(__name__)
Case = tuple[Complaint, Broadcast]


class ComplaintService:
    """Complaints of all courts. Who may withdraw what is complained of answers them."""

    def __init__(self, database: Database, broadcasts: BroadcastService) -> None:
        self._database = database
        self._broadcasts = broadcasts

    async def receive(
        self, broadcast: str, text: str, contact: str, moment: datetime | None
    ) -> Complaint:
        """Take a complaint from anybody; what it says is written into no log."""
        about = await self._broadcasts.about(broadcast)
        told, reach = cleaned(text, contact)
        now = datetime.now(UTC)
        new = Complaint(new_id(), about.id, told, reach, moment, now)
        async with self._database.begin() as connection:
            if await store.count_open(connection, about.id) >= MOST_OPEN:
                raise TooMany("Many have complained already; the court is looking at it.")
            await store.add(connection, new)
            deed = Deed("complaint.receive", f"broadcast:{about.id}", "", {"id": new.id})
            await note(connection, deed, now)
        _log.info("complaint received", broadcast=about.id, complaint=new.id)
        return new

    async def listed(self, by: Person, *, is_open: bool) -> list[Case]:
        """Return complaints at the courts of ``by`` with what they are about."""
        async with self._database.read() as connection:
            found = await store.listed(connection, is_open=is_open, limit=MOST_LISTED)
        about = {one.broadcast: await self._broadcasts.about(one.broadcast) for one in found}
        cases = [(one, about[one.broadcast]) for one in found]
        return [case for case in cases if by.may(Permission.WITHDRAW, case[1].court_id)]

    async def close(self, identifier: str, outcome: Outcome, remark: str, by: Person) -> Complaint:
        """Close a complaint with what came of it."""
        async with self._database.read() as connection:
            found = await store.one(connection, identifier)
        if found is None:
            raise NotFound
        about = await self._broadcasts.about(found.broadcast)
        by.must(Permission.WITHDRAW, about.court_id)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            if not await store.close(connection, found.id, outcome, remark, by.id, now):
                raise Conflict("This complaint was closed already.")
            details = {"id": found.id, "outcome": outcome.value, "remark": remark}
            deed = Deed("complaint.close", f"broadcast:{about.id}", by.id, details)
            await note(connection, deed, now)
        return replace(found, outcome=outcome, remark=remark, closed_by=by.id, closed_at=now)


COMPLAINTS = web.AppKey("complaints", ComplaintService)
