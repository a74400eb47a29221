"""Writing, changing and signing incident forms. Every version of a text stands in the journal."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from sqlalchemy.exc import IntegrityError

from media import OrderLogUnreadable, OrderRecord, SignedSheet, read_orders
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.accounts.store import still
from server.broadcasts.service import BroadcastService
from server.courts.service import CourtService
from server.database import Database
from server.errors import Conflict, NotFound
from server.identity import new_id
from server.incidents import store
from server.incidents.model import MOST_FORMS, Account, Incident, accepted
from server.incidents.suggestions import Suggestion, suggestions
from server.journal.store import Deed, note
from server.records.service import RecordService
from server.translation import Language


class IncidentService:
    """The forms of all broadcasts. Who watches the room reads them, who gives orders writes them.

    The presiding judge signs; that no administrator can is rule B-25.
    """

    def __init__(
        self,
        database: Database,
        broadcasts: BroadcastService,
        courts: CourtService,
        records: RecordService,
    ) -> None:
        self._database = database
        self._broadcasts = broadcasts
        self._courts = courts
        self._records = records

    async def all(self, broadcast: str, by: Person) -> list[Incident]:
        """Return the forms of a broadcast, by when it happened."""
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.WATCH_ROOM, about.court_id)
        async with self._database.read() as connection:
            return await store.of_broadcast(connection, about.id)

    async def suggested(self, broadcast: str, by: Person, language: Language) -> list[Suggestion]:
        """Return what should be explained and has no form yet."""
        about = await self._broadcasts.about(broadcast)
        known = {one.source for one in await self.all(about.id, by)}
        cameras = {
            one.id: (language == "en" and one.name_en) or one.name
            for one in await self._courts.cameras(about.hearing.courtroom)
        }
        orders = await asyncio.to_thread(self._orders, about.id)
        found = suggestions(language, orders, await self._sheet(about.id, by), cameras)
        return [one for one in found if one.source not in known]

    async def _sheet(self, broadcast: str, by: Person) -> SignedSheet | None:
        try:
            return await self._records.sheet(broadcast, by)
        except NotFound:
            return None

    def _orders(self, broadcast: str) -> list[OrderRecord]:
        try:
            return read_orders(self._broadcasts.directory(broadcast))
        except (OrderLogUnreadable, OSError):
            return []  # the page must open all the same: this is an incident, too

    async def shown(self, identifier: str, by: Person) -> Incident:
        """Return a form; raises ``NotFound``."""
        async with self._database.read() as connection:
            found = await store.incident(connection, identifier)
        if found is None:
            raise NotFound
        about = await self._broadcasts.about(found.broadcast)
        by.must(Permission.WATCH_ROOM, about.court_id)
        return found

    async def write(self, broadcast: str, account: Account, source: str, by: Person) -> Incident:
        """Write a new form; raises ``Conflict`` if there is one of the same source."""
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.ORDER, about.court_id)
        identifier, now = new_id(), datetime.now(UTC)
        new = Incident(
            identifier, about.id, source or identifier, accepted(account), by.id, now, None, None
        )
        try:
            async with self._database.begin() as connection:
                if await store.count(connection, about.id) >= MOST_FORMS:
                    raise Conflict("This broadcast has too many forms.")
                await store.add(connection, new)
                await note(connection, _deed("incident.write", new, by), now)
        except IntegrityError:
            raise Conflict("There is a form about this already.") from None
        return new

    async def change(self, identifier: str, account: Account, by: Person) -> Incident:
        """Replace what an unsigned form says; who changed it last answers for it."""
        found = await self._of(identifier, Permission.ORDER, by)
        found.must_be_open()
        now = datetime.now(UTC)
        changed = replace(found, account=accepted(account), written_by=by.id, written_at=now)
        async with self._database.begin() as connection:
            if not await store.change(connection, found.id, changed.account, by.id, now):
                raise Conflict("This form is signed and stays as it is; write another one.")
            await note(connection, _deed("incident.change", changed, by), now)
        return changed

    async def sign(self, identifier: str, seen: datetime, by: Person) -> Incident:
        """Sign a form as it was written at ``seen``; from then on it stays as it is."""
        found = await self._of(identifier, Permission.SIGN, by)
        found.must_be_signable_by(by.id)
        now = datetime.now(UTC)
        signed = replace(found, signed_by=by.id, signed_at=now)
        about = await self._broadcasts.about(found.broadcast)
        async with self._database.begin() as connection:
            (await still(connection, by, now)).must(Permission.SIGN, about.court_id)
            if found.written_at != seen or not await store.sign(connection, found, by.id, now):
                raise Conflict("The form was changed meanwhile: read it again.")
            await note(connection, _deed("incident.sign", signed, by), now)
        return signed

    async def _of(self, identifier: str, permission: Permission, by: Person) -> Incident:
        found = await self.shown(identifier, by)
        about = await self._broadcasts.about(found.broadcast)
        by.must(permission, about.court_id)
        return found


def _deed(action: str, form: Incident, by: Person) -> Deed:
    account = form.account
    details: dict[str, Any] = {
        "id": form.id,
        "source": form.source,
        "kind": account.kind.value,
        "since": account.since.isoformat(),
        "until": account.until.isoformat() if account.until else None,
        "what": account.what,
        "decided": account.decided,
        "measures": account.measures,
    }
    return Deed(action, f"broadcast:{form.broadcast}", by.id, details)


INCIDENTS = web.AppKey("incidents", IncidentService)
