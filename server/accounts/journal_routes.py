"""The journal over HTTP, for auditors. Who reads it is an entry of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, answer_json, read_query
from server.database import DATABASE
from server.database.metadata import from_microseconds
from server.errors import Forbidden
from server.journal.chain import Entry
from server.journal.store import Deed, newest_entries, note
from server.openapi import PREFIX, Operation, describe

MOST = 200


class Asked(Body):
    """Which entries: about an object as ``broadcast:<id>``, before one, at most so many."""

    about: Annotated[str, Field(max_length=120)] = ""
    before: Annotated[int, Field(ge=1)] | None = None
    most: Annotated[int, Field(ge=1, le=MOST)] = 50


class EntryShown(BaseModel):
    """An entry; ``person`` is an id, ``person_name`` how they are called (empty: the service)."""

    sequence: int
    at: datetime
    person: str
    person_name: str
    action: str
    object: str
    details: Any
    source: str
    previous: str
    digest: str


class JournalShown(BaseModel):
    """Entries of the journal, newest first; ``before`` asks for those that follow, null: none."""

    entries: list[EntryShown]
    before: int | None


def _shown(entry: Entry, names: dict[str, str]) -> EntryShown:
    return EntryShown(
        sequence=entry.sequence,
        at=from_microseconds(entry.at_us),
        person=entry.person,
        person_name=names.get(entry.person, ""),
        action=entry.action,
        object=entry.object,
        details=json.loads(entry.details),
        source=entry.source,
        previous=entry.previous,
        digest=entry.digest,
    )


@describe(Operation("Read the journal", query=Asked, answer=JournalShown))
@requires(Permission.AUDIT)
async def show_journal(request: web.Request) -> web.Response:
    """Show entries of the journal, after it was noted who reads which."""
    by, asked = person_of(request), read_query(request, Asked)
    if by.courts(Permission.AUDIT) is not None:
        # An entry does not tell its court: it is one chain for all of them.
        raise Forbidden("The journal is of every court; who audits one court cannot read it.")
    async with request.app[DATABASE].begin() as connection:
        details = {"about": asked.about, "before": asked.before, "most": asked.most}
        await note(connection, Deed("journal.read", "journal", by.id, details), datetime.now(UTC))
        found = await newest_entries(connection, asked.about, asked.before, asked.most)
    people = {one.person for one in found if one.person}
    names = {one: await request.app[ACCOUNTS].display_name(one) for one in people}
    entries = [_shown(one, names) for one in found]
    more = len(found) == asked.most and found[-1].sequence > 1
    before = found[-1].sequence if more else None
    return answer_json(JournalShown(entries=entries, before=before))


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(f"{PREFIX}/journal", show_journal)
