"""Writes and reads the journal. Writing is part of the transaction that does the thing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.database.metadata import from_microseconds, to_microseconds
from server.identity import new_id
from server.journal.chain import BEGINNING, Entry, Row, canonical, digest_of
from server.journal.courts import court_of
from server.journal.noted import Noted
from server.journal.tables import journal

_FIELDS = tuple(one.name for one in fields(Entry))


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be noted: ``action`` as ``broadcast.dump``, ``object`` as ``broadcast:<id>``.

    The same ``source`` is noted once; by default every deed is another. ``court`` None: that of the
    object (``journal.courts``).
    """

    action: str
    object: str
    person: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    source: str = field(default_factory=new_id)
    court: str | None = None


async def note(connection: AsyncConnection, deed: Deed, at: datetime) -> bool:
    """Append an entry; False if one of the same source is there already."""
    known = select(journal.c.sequence).where(journal.c.source == deed.source)
    if (await connection.execute(known)).first():
        return False
    newest = select(journal.c.sequence, journal.c.digest).order_by(journal.c.sequence.desc())
    last = (await connection.execute(newest.limit(1))).first()
    entry = Entry(
        sequence=last[0] + 1 if last else 1,
        at_us=to_microseconds(at),
        person=deed.person,
        action=deed.action,
        object=deed.object,
        details=canonical(deed.details),
        source=deed.source,
        previous=last[1] if last else BEGINNING,
        digest="",
        court=await court_of(connection, deed.object) if deed.court is None else deed.court,
    )
    entry = replace(entry, digest=digest_of(entry))
    values = {column.name: getattr(entry, column.name) for column in journal.columns}
    await connection.execute(insert(journal).values(values))
    return True


Mark = tuple[str, int, str]
"""By which a row is found again in the journal: action, moment (µs), details."""


def mark_of(deed: Deed, at: datetime) -> Mark:
    """Return the mark of what was done at a moment."""
    return deed.action, to_microseconds(at), canonical(deed.details)


async def marks_of(connection: AsyncConnection, about: str) -> frozenset[Mark]:
    """Return the marks of all entries about an object.

    A row without its mark was written past the service: rules do not go by it.
    """
    query = select(journal.c.action, journal.c.at_us, journal.c.details)
    rows = await connection.execute(query.where(journal.c.object == about))
    return frozenset((row[0], row[1], row[2]) for row in rows)


async def noted_of(connection: AsyncConnection, about: str) -> list[Noted]:
    """Return the entries about an object in their order, as rules read them."""
    query = select(journal.c.action, journal.c.at_us, journal.c.details)
    rows = await connection.execute(
        query.where(journal.c.object == about).order_by(journal.c.sequence)
    )
    return [Noted(row[0], from_microseconds(row[1]), row[2]) for row in rows]


async def newest_digest(connection: AsyncConnection) -> str:
    """Return the digest of the newest entry, which stands for all before it."""
    newest = select(journal.c.digest).order_by(journal.c.sequence.desc()).limit(1)
    found = (await connection.execute(newest)).scalar()
    return BEGINNING if found is None else str(found)


async def entries(connection: AsyncConnection, about: str = "") -> AsyncIterator[Entry]:
    """Yield entries in order; all of them, or those about one object."""
    query = select(journal).order_by(journal.c.sequence)
    if about:
        query = query.where(journal.c.object == about)
    result = await connection.stream(query)
    async for row in result.mappings():
        yield Entry(**row)


async def newest_entries(
    connection: AsyncConnection,
    about: str = "",
    before: int | None = None,
    most: int = 50,
    courts: Collection[str] | None = None,
) -> list[Entry]:
    """Return entries newest first: all of them, or those about one object, at some courts only."""
    query = select(journal).order_by(journal.c.sequence.desc()).limit(most)
    if about:
        query = query.where(journal.c.object == about)
    if courts is not None:
        query = query.where(journal.c.court.in_(courts))
    if before is not None:
        query = query.where(journal.c.sequence < before)
    return [Entry(**row) for row in (await connection.execute(query)).mappings()]


async def rows_after(connection: AsyncConnection, sequence: int, most: int) -> list[Row]:
    """Return the entries behind one, in order, as the fields of ``Entry``."""
    columns = [journal.c[name] for name in _FIELDS]
    query = select(*columns).where(journal.c.sequence > sequence)
    result = await connection.execute(query.order_by(journal.c.sequence).limit(most))
    return [tuple(row) for row in result]
