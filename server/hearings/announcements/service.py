"""Writes down that a broadcast was announced in court, and says whether it was."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.database import Database
from server.errors import Forbidden
from server.hearings.announcements import store
from server.hearings.announcements.model import CourtAnnouncement, Speaker, must_fit, standing
from server.hearings.model import Hearing
from server.hearings.service import must_be_on
from server.journal.store import Deed, mark_of, marks_of, note


class Announcements:
    """The announcements of all hearings. The journal tells of every entry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def log_of(self, hearing: str) -> list[CourtAnnouncement]:
        """Return what was written down about a hearing, in order."""
        async with self._database.read() as connection:
            return await store.log_of(connection, hearing)

    async def standing(self, hearing: str) -> CourtAnnouncement | None:
        """Return the announcement that holds; None: it is still to be made."""
        async with self._database.read() as connection:
            log = await store.log_of(connection, hearing)
            return standing(log, await store.put_off_at(connection, hearing)) if log else None

    async def as_noted(self, hearing: str) -> CourtAnnouncement | None:
        """Return the same, if it stands in the journal, too."""
        found = await self.standing(hearing)
        if found is None:
            return None
        async with self._database.read() as connection:
            marks = await marks_of(connection, f"hearing:{hearing}")
        return found if mark_of(_deed(hearing, found), found.written_at) in marks else None

    async def write(
        self, about: Hearing, speaker: Speaker | None, at: datetime | None, why: str, by: Person
    ) -> CourtAnnouncement:
        """Write down who announced it and when, or (None) take back what was written.

        Raises ``Forbidden``, ``Invalid`` or ``Conflict``.
        """
        if not may_announce(by, about.court):
            raise Forbidden("Your role at this court does not allow this.")
        must_be_on(about)
        hearing, now = about.id, datetime.now(UTC)
        judge = about.judge if speaker is Speaker.PRESIDING_JUDGE else None
        new = CourtAnnouncement(speaker, judge, at or now, why, by.id, now)
        async with self._database.begin() as connection:
            log = await store.log_of(connection, hearing)
            holds = standing(log, await store.put_off_at(connection, hearing))
            must_fit(new, holds, len(log))
            await store.add(connection, hearing, len(log) + 1, new)
            await note(connection, _deed(hearing, new), now)
        return new


def may_announce(by: Person, court: str) -> bool:
    """Tell whether somebody may write it down: clerk, technician, the judge themselves."""
    needed = (Permission.ORDER, Permission.REPORT, Permission.SIGN)
    return any(by.may(one, court) for one in needed)


def may_read(by: Person, hearing: Hearing) -> bool:
    """Tell whether somebody may read the log."""
    return by.may(Permission.CALENDAR, hearing.court) or may_announce(by, hearing.court)


def _deed(hearing: str, new: CourtAnnouncement) -> Deed:
    details: dict[str, object] = {
        "speaker": new.speaker or "",
        "judge": new.judge,
        "at": new.at.isoformat(),
        "note": new.note,
    }
    verb = "announce" if new.speaker else "take_back_announcement"
    return Deed(f"hearing.{verb}", f"hearing:{hearing}", new.written_by, details)


ANNOUNCEMENTS = web.AppKey("announcements", Announcements)
