"""Reading the journal, which is an entry of it."""

from __future__ import annotations

from datetime import UTC, datetime

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.database import Database
from server.errors import Forbidden
from server.journal.chain import Entry
from server.journal.store import Deed, newest_entries, note


def may_read(person: Person) -> bool:
    """Tell whether somebody may: an entry does not tell its court, so only who audits all."""
    return person.courts(Permission.AUDIT) is None


async def read_journal(
    database: Database, by: Person, about: str, before: int | None, most: int
) -> list[Entry]:
    """Return entries newest first, after it was noted who reads which; raises ``Forbidden``."""
    if not may_read(by):
        raise Forbidden("The journal is of every court; who audits one court cannot read it.")
    async with database.begin() as connection:
        details = {"about": about, "before": before, "most": most}
        await note(connection, Deed("journal.read", "journal", by.id, details), datetime.now(UTC))
        return await newest_entries(connection, about, before, most)


def earlier(entries: list[Entry], most: int) -> int | None:
    """Return what to ask for as ``before`` to get the entries that follow; None: there are none."""
    return entries[-1].sequence if len(entries) == most and entries[-1].sequence > 1 else None
