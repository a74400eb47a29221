"""Plans the broadcasts of hearings, and changes what is planned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from sqlalchemy.exc import IntegrityError

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals.model import media_of
from server.broadcasts import store
from server.broadcasts.model import Broadcast, NewBroadcast, check_cameras, layout_for
from server.broadcasts.readiness_service import Readiness
from server.broadcasts.service import BroadcastService
from server.broadcasts.state import State
from server.courts.service import CourtService
from server.database import Database
from server.errors import Conflict, Invalid
from server.hearings.model import Hearing
from server.hearings.service import HearingService, must_be_on
from server.journal.store import Deed, note
from server.withdrawn import Register


class Planning:
    """The plans of all broadcasts."""

    def __init__(
        self,
        database: Database,
        courts: CourtService,
        hearings: HearingService,
        broadcasts: BroadcastService,
        readiness: Readiness,
        register: Register,
    ) -> None:
        self._database = database
        self._courts = courts
        self._hearings = hearings
        self._broadcasts = broadcasts
        self._readiness = readiness
        self._register = register
        hearings.on_change(refuse=self._refuse_another_room)

    async def plan(self, new: NewBroadcast, by: Person) -> Broadcast:
        """Plan the broadcast of a hearing; raises ``Conflict`` if it has one."""
        hearing = await self._hearings.hearing(new.hearing)
        by.must(Permission.SCHEDULE, hearing.court)
        must_be_on(hearing)
        values = await self._values(hearing, new)
        await self._readiness.must_match(hearing, _media(values))
        now = datetime.now(UTC)
        try:
            async with self._database.begin() as connection:
                identifier = await store.add(
                    connection, {**values, "hearing": hearing.id}, by.id, now
                )
                await note(connection, _deed("plan", identifier, new, values, by), now)
        except IntegrityError:
            raise Conflict("This hearing has a broadcast already.") from None
        await self._register.ring()  # names may be withdrawn from its hearing
        await self._broadcasts.ring(identifier, "", State.PLANNED)
        return await self._broadcasts.about(identifier)

    async def replan(self, identifier: str, new: NewBroadcast, by: Person) -> Broadcast:
        """Plan a broadcast anew that has not started; ``new.hearing`` stays what it was.

        Other media than were approved make the approval void (rule B-04).
        """
        about = await self._broadcasts.about(identifier)
        by.must(Permission.SCHEDULE, about.court_id)
        values = await self._values(about.hearing, new)
        now = datetime.now(UTC)
        # Its cameras and delay are read once when it begins: not while another server begins it.
        async with self._broadcasts.held_back(identifier), self._database.begin() as connection:
            if not await store.replan(connection, identifier, values):
                raise Conflict("This broadcast has started.")
            await note(connection, _deed("replan", identifier, new, values, by), now)
        await self._readiness.media_changed(about.hearing, _media(values))
        self._broadcasts.forget(identifier)
        await self._broadcasts.ring(identifier, "", State.PLANNED)
        return await self._broadcasts.about(identifier)

    async def _values(self, hearing: Hearing, new: NewBroadcast) -> dict[str, Any]:
        in_room = [one.id for one in await self._courts.cameras(hearing.courtroom)]
        check_cameras(new.cameras, in_room)
        chosen = list(new.cameras or in_room)
        if "video" in new.media and not chosen:
            raise Invalid("This courtroom has no camera yet.", field="hearing")
        return {
            "has_video": "video" in new.media,
            "has_report": "image_text" in new.media,
            "delay_ms": new.delay_ms,
            "layout": new.layout or layout_for(len(chosen)),
            "cameras": chosen,
        }

    async def _refuse_another_room(self, before: Hearing, after: Hearing) -> None:
        if before.courtroom == after.courtroom:
            return
        found = (await self._broadcasts.of_hearings([before.id])).get(before.id)
        if found is not None and found.state is not State.PLANNED:
            raise Conflict("This broadcast has started.")


def _media(values: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(media_of(video=values["has_video"], report=values["has_report"]))


def _deed(
    act: str, identifier: str, new: NewBroadcast, values: Mapping[str, Any], by: Person
) -> Deed:
    details = {"delay_ms": new.delay_ms, "layout": values["layout"], "media": list(new.media)}
    return Deed(f"broadcast.{act}", f"broadcast:{identifier}", by.id, details)


PLANNING = web.AppKey("planning", Planning)
