"""Compares people's roles with what the journal says of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.tables import people, postings
from server.accounts.vouching import ACTS, Known, Stretch, known
from server.database import Database
from server.database.metadata import from_microseconds
from server.journal.noted import Noted
from server.journal.tables import journal


@dataclass(frozen=True, slots=True)
class PeopleVerdict:
    """How many people were compared; ``changed``: whose rows are not as noted, by their ids."""

    count: int
    changed: tuple[str, ...]


async def verify_people(database: Database) -> PeopleVerdict:
    """Compare everybody's name, roles over time and leaving; raises ``DatabaseUnavailable``.

    Somebody of whom the journal knows and the table does not is changed, too.
    """
    held: defaultdict[str, list[Stretch]] = defaultdict(list)
    async with database.read() as connection:
        vouched = await _vouched(connection)
        query = select(people.c.id, people.c.name, people.c.disabled_at).order_by(people.c.id)
        found = {row.id: row for row in await connection.execute(query)}
        its = postings.c
        rows = select(its.person, its.role, its.court, its.division, its.since, its.until)
        for person, role, court, division, since, until in await connection.execute(rows):
            held[person].append(Stretch((role, court, division), since, until))
    changed = vouched.keys() - found
    for person, row in found.items():
        told = vouched.get(person, Known())
        same = (row.name, row.disabled_at) == (told.name, told.left_at)
        if not same or Counter(held[person]) != Counter(told.history):
            changed.add(person)
    return PeopleVerdict(len(found), tuple(sorted(changed)))


async def _vouched(connection: AsyncConnection) -> dict[str, Known]:
    its = journal.c
    query = select(its.object, its.action, its.at_us, its.details).where(its.action.in_(ACTS))
    noted: defaultdict[str, list[Noted]] = defaultdict(list)
    async for about, action, at_us, details in await connection.stream(
        query.order_by(its.sequence)
    ):
        person = about.removeprefix("person:")
        noted[person].append(Noted(action, from_microseconds(at_us), details))
    return {person: known(its) for person, its in noted.items()}
