"""Reading the journal, which is an entry of it."""

from __future__ import annotations

from datetime import UTC, datetime

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.database import Database
from server.journal.chain import Entry
from server.journal.store import Deed, newest_entries, note


async def read_journal(
    database: Database, by: Person, about: str, before: int | None, most: int
) -> list[Entry]:
    """Return entries newest first, after it was noted who reads which.

    Who audits some courts is shown what was done there, and of what was done at no single court
    nothing: that is for who audits every court.
    """
    courts = by.courts(Permission.AUDIT)
    async with database.begin() as connection:
        details = {"about": about, "before": before, "most": most}
        deed = Deed("journal.read", "journal", by.id, details, court=_one(courts))
        await note(connection, deed, datetime.now(UTC))
        return await newest_entries(connection, about, before, most, courts)


def _one(courts: frozenset[str] | None) -> str:
    return next(iter(courts)) if courts is not None and len(courts) == 1 else ""


def earlier(entries: list[Entry], most: int) -> int | None:
    """Return what to ask for as ``before`` to get the entries that follow; None: there are none."""
    return entries[-1].sequence if len(entries) == most and entries[-1].sequence > 1 else None
