"""The journal over HTTP, for auditors. Who reads it is an entry of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.reading import earlier, read_journal
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, answer_json, read_query
from server.database import DATABASE, HIGHEST_INTEGER
from server.database.metadata import from_microseconds
from server.journal.chain import Entry
from server.openapi import PREFIX, Operation, describe

MOST = 200


class JournalAsked(Body):
    """Which entries: about an object as ``broadcast:<id>``, before one, at most so many."""

    about: Annotated[str, Field(max_length=120)] = ""
    before: Annotated[int, Field(ge=1, le=HIGHEST_INTEGER)] | None = None
    most: Annotated[int, Field(ge=1, le=MOST)] = 50


class EntryShown(BaseModel):
    """An entry; ``person`` is an id, ``person_name`` how they are called (empty: the service).

    ``court``: at which it was done; empty for none, for several, and in entries of before.
    """

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
    court: str


class JournalShown(BaseModel):
    """Entries of the journal, newest first; ``before`` asks for those that follow, null: none."""

    entries: list[EntryShown]
    before: int | None


async def names_of(request: web.Request, entries: Iterable[Entry]) -> dict[str, str]:
    """Return how the people of some entries are called, by id."""
    people = {one.person for one in entries if one.person}
    return {one: await request.app[ACCOUNTS].display_name(one) for one in people}


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
        court=entry.court,
    )


@describe(Operation("Read the journal", query=JournalAsked, answer=JournalShown))
@requires(Permission.AUDIT)
async def show_journal(request: web.Request) -> web.Response:
    """Show entries of the journal, after it was noted who reads which."""
    by, asked = person_of(request), read_query(request, JournalAsked)
    database = request.app[DATABASE]
    found = await read_journal(database, by, asked.about, asked.before, asked.most)
    names = await names_of(request, found)
    entries = [_shown(one, names) for one in found]
    return answer_json(JournalShown(entries=entries, before=earlier(found, asked.most)))


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(f"{PREFIX}/journal", show_journal)
