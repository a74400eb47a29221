"""Orders the pilots of courts that have no policy yet, and ends them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals.pilot import Pilot, end_of, must_be_bounded
from server.approvals.policies import PolicyService
from server.approvals.tables import court_pilots
from server.courts.service import CourtService
from server.database import Database
from server.errors import Conflict, DatabaseUnavailable
from server.identity import new_id
from server.journal.store import Deed, mark_of, marks_of, note

_ORDERED, _ENDED = "court.pilot", "court.pilot_end"


class PilotService:
    """The pilots of all courts: rows that stay, of which the newest of a court counts."""

    def __init__(self, database: Database, courts: CourtService, policies: PolicyService) -> None:
        self._database = database
        self._courts = courts
        self._policies = policies
        self._known: dict[str, Pilot | None] = {}  # as it was when last asked

    async def newest(self, court: str) -> Pilot | None:
        """Return what was ordered last for a court; None if it never had a pilot."""
        try:
            async with self._database.read() as connection:
                found = await _newest(connection, court)
                marks = await marks_of(connection, f"court:{court}")
        except DatabaseUnavailable:
            if court not in self._known:
                raise
            return self._known[court]  # its end is known, too: no database is needed to start
        if found is not None and not marks & {
            mark_of(_deed(found, action), found.ordered_at) for action in (_ORDERED, _ENDED)
        }:
            found = None  # a row that was written past the service
        self._known[court] = found
        return found

    async def order(self, court: str, last_day: date, reason: str, by: Person) -> None:
        """Let a court broadcast without a policy until a day is over; raises ``Invalid``.

        Raises ``Conflict`` where a policy holds everywhere, and where the court has had its days.
        """
        zone = (await self._courts.court(court)).time_zone
        by.must(Permission.ADMINISTER, court)
        policy = await self._policies.of(court)
        if policy is not None and policy.courtrooms is None:
            raise Conflict("A policy holds in all of this court: it needs no pilot.")
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            before = await _newest(connection, court)
            began_at = before.began_at if before else now
            must_be_bounded(last_day, began_at, now, zone)
            ends_at = end_of(last_day, zone)
            new = Pilot(new_id(), court, ends_at, reason, by.id, _after(before, now), began_at)
            await _add(connection, new, _ORDERED)
        self._known[court] = new

    async def end(self, court: str, reason: str, by: Person) -> None:
        """End a pilot before its time; what is on the air stays there. Raises ``Conflict``."""
        await self._courts.court(court)
        by.must(Permission.ADMINISTER, court)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            before = await _newest(connection, court)
            if before is None or not before.runs(now):
                raise Conflict("No pilot runs at this court.")
            ordered_at = _after(before, now)
            new = Pilot(new_id(), court, now, reason, by.id, ordered_at, before.began_at)
            await _add(connection, new, _ENDED)
        self._known[court] = new


def _after(before: Pilot | None, now: datetime) -> datetime:
    """Return a time for the next row: the newest counts, also when the clock was put back."""
    return now if before is None else max(now, before.ordered_at + timedelta(microseconds=1))


async def _newest(connection: AsyncConnection, court: str) -> Pilot | None:
    its = court_pilots.c
    query = select(court_pilots).where(its.court == court)
    row = (await connection.execute(query.order_by(its.ordered_at.desc()).limit(1))).first()
    if row is None:
        return None
    first = select(func.min(its.ordered_at)).where(its.court == court)
    began_at = (await connection.execute(first)).scalar_one()
    return Pilot(
        row.id, row.court, row.ends_at, row.reason, row.ordered_by, row.ordered_at, began_at
    )


async def _add(connection: AsyncConnection, new: Pilot, action: str) -> None:
    values = {name: getattr(new, name) for name in new.__slots__ if name != "began_at"}
    await connection.execute(insert(court_pilots).values(values))
    await note(connection, _deed(new, action), new.ordered_at)


def _deed(new: Pilot, action: str) -> Deed:
    """Return what the journal says of a pilot: that it was ordered, or that it was ended."""
    details: dict[str, Any] = {
        "pilot": new.id,
        "until": new.ends_at.isoformat(),
        "reason": new.reason,
    }
    return Deed(action, f"court:{new.court}", new.ordered_by, details)
