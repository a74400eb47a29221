"""Cancels and adjourns hearings: calendar, broadcast, approval and notice follow together."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.broadcasts import store
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BroadcastService
from server.broadcasts.state import State
from server.database import Database
from server.errors import Conflict, Invalid
from server.hearings import store as hearing_store
from server.hearings.model import Change, Hearing
from server.hearings.service import HearingService, must_be_on
from server.journal.store import Deed, note


class CallingOff:
    """What a court does with a hearing that does not take place as it was announced."""

    def __init__(
        self, database: Database, hearings: HearingService, broadcasts: BroadcastService
    ) -> None:
        self._database = database
        self._hearings = hearings
        self._broadcasts = broadcasts

    async def cancel(self, hearing: str, reason: str, by: Person) -> Hearing:
        """Cancel a hearing (撤销); raises ``Conflict`` if it is on the air or was called off."""
        before = await self._hearings.hearing(hearing)
        now = datetime.now(UTC)
        change = Change("cancelled", reason, before.scheduled_at, None, now, by.id)
        return await self._put_off(before, change, by)

    async def adjourn(
        self, hearing: str, reason: str, until: datetime | None, by: Person
    ) -> Hearing:
        """Adjourn a hearing (延期) to another time, or without one until further notice.

        Raises ``Invalid`` for a time that is over, ``Conflict`` as ``cancel`` does.
        """
        before = await self._hearings.hearing(hearing)
        now = datetime.now(UTC)
        if until is not None and (until <= now or until == before.scheduled_at):
            raise Invalid(
                "An adjourned hearing takes place at another time to come.", field="until"
            )
        change = Change("adjourned", reason, before.scheduled_at, until, now, by.id)
        return await self._put_off(before, change, by)

    async def _put_off(self, before: Hearing, change: Change, by: Person) -> Hearing:
        by.must(Permission.CALL_OFF, before.court)
        must_be_on(before)
        if change.now_at is None:
            after = replace(before, cancelled_at=change.at)
        else:
            after = replace(before, scheduled_at=change.now_at)
        about = (await self._broadcasts.of_hearings([before.id])).get(before.id)
        async with AsyncExitStack() as stack:
            if about is not None:
                await stack.enter_async_context(self._broadcasts.held_back(about.id))
            async with self._database.begin() as connection:
                await _write(connection, before, after, change, about)
        await self._hearings.has_become(before, after)
        if about is not None and after.cancelled_at is not None:
            await self._broadcasts.ring(about.id, "", State.ENDED)
        return after


async def _write(
    connection: AsyncConnection,
    before: Hearing,
    after: Hearing,
    change: Change,
    about: Broadcast | None,
) -> None:
    """Write all of it, or raise ``Conflict`` where somebody else was faster."""
    if not await hearing_store.put_off(connection, before, after, change):
        raise Conflict("Somebody else has just changed this hearing; look again.")
    ends = about if after.cancelled_at is not None else None
    if ends is not None and not await store.end_unstarted(connection, ends.id):
        raise Conflict("This broadcast has started.")
    details: dict[str, object] = {
        "reason": change.reason,
        "was_at": change.was_at.isoformat(),
        "now_at": change.now_at.isoformat() if change.now_at else None,
        "broadcast": ends.id if ends else None,
    }
    verb = "cancel" if change.kind == "cancelled" else "adjourn"
    deed = Deed(f"hearing.{verb}", f"hearing:{before.id}", change.by, details)
    await note(connection, deed, change.at)


CALLING_OFF = web.AppKey("calling_off", CallingOff)
