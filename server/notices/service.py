"""Publishes public notices, changes them by newer ones, withdraws them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from sqlalchemy.exc import IntegrityError

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals.policies import PolicyService
from server.database import Database
from server.errors import Conflict, DatabaseUnavailable, Invalid, NotFound, Unavailable
from server.hearings.model import Hearing, day
from server.hearings.participants.service import Participants
from server.hearings.service import HearingService, must_be_on
from server.journal.store import Deed, mark_of, marks_of, note
from server.notices import store
from server.notices.model import Ending, Flaw, Notice, Text, days_between, flaw, text_of, without
from server.notices.naming import as_announced
from server.withdrawn.model import Mask

MOST_LISTED: Final = 50
MOST_IN_CALENDAR: Final = 500


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where a hearing stands with its notice: what one would say now, and those there were.

    ``days`` from today to the hearing; ``needed_days`` by the court's policy, 0 without one.
    ``is_noted``: the one that holds stands in the journal, too.
    """

    hearing: Hearing
    text: Text
    days: int
    needed_days: int
    notices: tuple[Notice, ...]
    is_noted: bool

    @property
    def current(self) -> Notice | None:
        """The notice that holds."""
        return next((one for one in self.notices if one.ending is None), None)

    @property
    def flaw(self) -> Flaw | None:
        """What stands against it."""
        return flaw(self.current if self.is_noted else None, self.text, self.needed_days)


class Notices:
    """Public notices of all courts. ``time_zone`` decides the day where no court is named.

    ``hidden`` tells the names that are withdrawn in a hearing's broadcasts.
    """

    def __init__(
        self,
        database: Database,
        hearings: HearingService,
        participants: Participants,
        policies: PolicyService,
        time_zone: str,
        hidden: Callable[[str], Mask],
    ) -> None:
        self._database = database
        self._hearings = hearings
        self._participants = participants
        self._policies = policies
        self._time_zone = time_zone
        self._hidden = hidden

    async def notice(self, identifier: str) -> Notice:
        """Return a notice for everybody; raises ``NotFound``."""
        async with self._database.read() as connection:
            found = await store.one(connection, identifier)
        if found is None:
            raise NotFound
        return without(found, self._hidden(found.hearing))

    async def newest(self, hearing: str) -> Notice | None:
        """Return the notice of a hearing that holds, for everybody."""
        async with self._database.read() as connection:
            found = await store.of_hearing(connection, hearing)
        return next((one for one in found if one.ending is None), None)

    async def coming(
        self,
        court: str | None = None,
        after: tuple[datetime, str] | None = None,
        most: int = MOST_LISTED,
    ) -> list[Notice]:
        """Return the notices of today's and later hearings, for all."""
        begins, _ = day(datetime.now(UTC), self._time_zone)
        async with self._database.read() as connection:
            found = await store.coming(connection, begins, court, after, most)
        return [without(one, self._hidden(one.hearing)) for one in found]

    async def holding(self, hearings: Collection[str]) -> dict[str, Notice]:
        """Return the notices that hold, by hearing, for everybody."""
        async with self._database.read() as connection:
            return await store.holding(connection, hearings)

    async def publicly(self, hearings: Collection[Hearing]) -> dict[str, Hearing]:
        """Return hearings as a passer-by may know them before they are on the air, by id.

        Whatever cannot be asked now has no notice: a name that is not told can be told later.
        """
        if not hearings:
            return {}
        asks = {court: await self._asks(court) for court in {one.court for one in hearings}}
        of_notice = [one for one in hearings if asks[one.court](one.courtroom)]
        try:
            found = await self.holding([one.id for one in of_notice])
        except DatabaseUnavailable:
            found = {}
        told = {its: without(one, self._hidden(its)) for its, one in found.items()}
        return {one.id: as_announced(one, told.get(one.id)) for one in of_notice}

    async def _asks(self, court: str) -> Callable[[str], bool]:
        """Return what tells of a courtroom whether its hearings need a notice."""
        try:
            policy = await self._policies.of(court)
        except Unavailable:
            return lambda _: True
        if policy is None or policy.rules.notice_days <= 0:
            return lambda _: False
        return policy.covers

    async def announcement(self, hearing: Hearing) -> Announcement:
        """Return where a hearing stands with its notice."""
        policy = await self._policies.of(hearing.court)
        is_asked = policy is not None and policy.covers(hearing.courtroom)
        needed = policy.rules.notice_days if policy is not None and is_asked else 0
        text = text_of(hearing, await self._participants.of(hearing.id))
        async with self._database.read() as connection:
            found = await store.of_hearing(connection, hearing.id)
            marks = await marks_of(connection, f"hearing:{hearing.id}")
        noted = all(mark_of(_deed(one), one.published_at) in marks for one in found)
        days = days_between(datetime.now(UTC), hearing.scheduled_at, hearing.time_zone)
        return Announcement(hearing, text, days, needed, tuple(found), is_noted=noted)

    async def shown(self, hearing: str, by: Person) -> Announcement:
        """Return the same to whoever may publish."""
        its = await self._hearings.hearing(hearing)
        by.must(Permission.SCHEDULE, its.court)
        return await self.announcement(its)

    async def publish(self, hearing: str, late_reason: str, by: Person) -> Announcement:
        """Publish a notice; one that holds is replaced by it.

        Raises ``Invalid`` for a field that the law names and nobody has entered, ``Conflict`` for a
        notice later than the court's policy allows without a reason, or that is out already.
        """
        its = await self.shown(hearing, by)
        _must_be_publishable(its, late_reason)
        now = datetime.now(UTC)
        is_late = its.days < its.needed_days
        new = _new(its, late_reason if is_late else "", now)
        try:
            async with self._database.begin() as connection:
                if await store.of_hearing(connection, hearing) != list(its.notices):
                    raise _twice()  # two at once would leave two notices that hold
                if its.current is not None:
                    ending = Ending("replaced", "", now)
                    await store.end(connection, its.current.id, ending, by.id)
                identifier = await store.add(connection, new, by.id)
                await note(connection, _deed(replace(new, id=identifier), by.id), now)
        except IntegrityError:
            raise _twice() from None
        return await self.announcement(its.hearing)

    async def withdraw(self, identifier: str, reason: str, by: Person) -> Notice:
        """Withdraw a notice; its page says so and why, and names nobody any more."""
        found = await self.notice(identifier)
        by.must(Permission.SCHEDULE, found.court)
        if found.ending is not None:
            raise Conflict("This notice does not hold any more.")
        now = datetime.now(UTC)
        try:
            async with self._database.begin() as connection:
                await store.end(connection, identifier, Ending("withdrawn", reason, now), by.id)
                details: dict[str, object] = {"notice": identifier, "reason": reason}
                about = f"hearing:{found.hearing}"
                await note(connection, Deed("notice.withdraw", about, by.id, details), now)
        except IntegrityError:
            raise _twice() from None
        return await self.notice(identifier)


NOTICES = web.AppKey("notices", Notices)


def _must_be_publishable(its: Announcement, late_reason: str) -> None:
    must_be_on(its.hearing)
    if "cause" in its.text.missing:
        raise Invalid("A notice names the cause of the case; enter it first.", field="cause")
    if its.text.missing:
        raise Invalid(
            "A notice names the parties (in a criminal case the accused); enter them first.",
            field="parties",
        )
    if its.days < 0:
        raise Conflict("The day of this hearing is over.")
    if its.current is not None and its.current.text == its.text:
        raise Conflict("This notice is out already.")
    if its.days < its.needed_days and not late_reason:
        raise Conflict(
            "A notice must be out %(needed)s days before the hearing, and there are %(days)s. "
            "Write why it is shorter this time.",
            needed=its.needed_days,
            days=its.days,
        )


def _new(its: Announcement, late_reason: str, now: datetime) -> Notice:
    hearing = its.hearing
    return Notice(
        id="",
        hearing=hearing.id,
        court=hearing.court,
        court_name=hearing.court_name,
        court_name_en=hearing.court_name_en,
        time_zone=hearing.time_zone,
        version=0,
        text=its.text,
        days=its.days,
        needed_days=its.needed_days,
        late_reason=late_reason,
        published_at=now,
        ending=None,
        moved=False,
    )


def _twice() -> Conflict:
    return Conflict("Somebody else has just changed this notice; look again.")


def _deed(published: Notice, by: str = "") -> Deed:
    details: dict[str, object] = {
        "notice": published.id,
        "days": published.days,
        "late": published.late_reason,
    }
    return Deed("notice.publish", f"hearing:{published.hearing}", by, details)
