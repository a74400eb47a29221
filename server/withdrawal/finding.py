"""Where a person's name stands in what a court has published, and which names it took from where.

The database narrows it down by the signs that are written in one way only; the names themselves are
looked for as a withdrawal hides them (``server.withdrawn.names``), off the event loop.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.broadcasts.tables import broadcasts
from server.courts.tables import courtrooms
from server.hearings.participants.tables import participants
from server.hearings.tables import cases, hearings
from server.reports.tables import photos, posts, revisions
from server.withdrawn.names import Names
from server.withdrawn.tables import withdrawals

MOST_FOUND: Final = 500  # broadcasts that one order may be about
_AT_ONCE: Final = 1000
_ESCAPE: Final = "\\"
_HELD = broadcasts.join(hearings, hearings.c.id == broadcasts.c.hearing)
_IN_COURTROOMS = _HELD.join(courtrooms, courtrooms.c.id == hearings.c.courtroom)


@dataclass(frozen=True, slots=True)
class Found:
    """A broadcast in whose texts a name stands: ``places`` of ``hearing``, ``notice``, ``report``.

    ``is_withdrawn``: it is withdrawn there already, by this name.
    """

    broadcast: str
    title: str
    title_en: str
    case_number: str
    scheduled_at: datetime
    places: tuple[str, ...]
    is_withdrawn: bool


def narrowed(name: str) -> str:
    """Return a pattern for LIKE that every way of writing a name matches; "%" narrows nothing."""
    signs = (sign for sign in name if _is_written_one_way(sign))
    found = "".join(f"{sign}%" for sign in signs)
    return f"%{found}"


def _is_written_one_way(sign: str) -> bool:
    forms = {unicodedata.normalize(form, sign) for form in ("NFC", "NFD", "NFKC")}
    return unicodedata.east_asian_width(sign) in "WF" and forms == {sign}


async def find(connection: AsyncConnection, court: str, name: str) -> tuple[list[Found], bool]:
    """Return a court's broadcasts in which a name stands, newest first; and whether more do."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    names = Names({name: ""})
    for place, query in _questions(court, narrowed(name)):
        result = await connection.stream(query)
        async for rows in result.partitions(_AT_ONCE):
            for one in await asyncio.to_thread(_holding, names, rows):
                places[one].add(place)
    ids = sorted(places)
    found: list[Found] = []
    for at in range(0, len(ids), _AT_ONCE):
        found += await _described(connection, ids[at : at + _AT_ONCE], name, places)
    found.sort(key=lambda one: (one.scheduled_at, one.broadcast), reverse=True)
    return found[:MOST_FOUND], len(found) > MOST_FOUND


def _holding(names: Names, rows: Sequence[Row[Any]]) -> list[str]:
    found = []
    for broadcast, *texts in map(tuple[Any, ...], rows):
        if any(map(names.stand_in, texts)):
            found.append(broadcast)
    return found


def _questions(court: str, pattern: str) -> Iterator[tuple[str, Select[Any]]]:
    """Yield where texts stand, and the question for their broadcasts and the texts."""
    its = broadcasts.c.id
    of_hearing = (hearings.c.title, hearings.c.title_en, cases.c.cause, cases.c.number)
    yield "hearing", _of_court(court, pattern, its, *of_hearing).join(cases)
    parties = _of_court(court, pattern, its, participants.c.name)
    yield (
        "notice",
        parties.join(participants, participants.c.hearing == hearings.c.id).where(
            participants.c.alias == ""
        ),
    )
    of_post = _of_court(court, pattern, its, posts.c.speaker, posts.c.body)
    with_posts = (posts, posts.c.broadcast_id == broadcasts.c.id)
    yield "report", of_post.join(*with_posts)
    before = (revisions.c.speaker, revisions.c.body, revisions.c.reason)
    of_revision = _of_court(court, pattern, its, *before)
    yield "report", of_revision.join(*with_posts).join(revisions)
    of_photo = _of_court(court, pattern, its, photos.c.alt, photos.c.caption)
    yield "report", of_photo.join(photos, photos.c.broadcast_id == broadcasts.c.id)


def _of_court(court: str, pattern: str, its: Column[str], *texts: Column[str]) -> Select[Any]:
    columns: list[Any] = [its, *texts]
    query: Select[Any] = (
        select(*columns).select_from(_IN_COURTROOMS).where(courtrooms.c.court == court)
    )
    if pattern == "%":
        return query
    return query.where(or_(*(text.like(pattern, escape=_ESCAPE) for text in texts)))


async def _described(
    connection: AsyncConnection, ids: Sequence[str], name: str, places: dict[str, set[str]]
) -> list[Found]:
    joined = _HELD.join(cases)
    told = (hearings.c.title, hearings.c.title_en, cases.c.number, hearings.c.scheduled_at)
    query = select(broadcasts.c.id, *told).select_from(joined).where(broadcasts.c.id.in_(ids))
    rows = (await connection.execute(query)).all()
    held = and_(withdrawals.c.kind == "name", withdrawals.c.restored_at.is_(None))
    query = select(withdrawals.c.broadcast, withdrawals.c.target).where(held)
    of_these = query.where(withdrawals.c.broadcast.in_(ids))
    withdrawn = {
        row.broadcast
        for row in await connection.execute(of_these)
        if row.target.casefold() == name.casefold()
    }
    return [
        Found(*row, tuple(sorted(places[row.id])), row.id in withdrawn)  # the rows' own order
        for row in rows
    ]


async def orders_of(connection: AsyncConnection, court: str, most: int) -> list[str]:
    """Return the newest orders that took a name from several broadcasts of a court."""
    joined = _IN_COURTROOMS.join(withdrawals, withdrawals.c.broadcast == broadcasts.c.id)
    its = withdrawals.c.together
    query = select(its).select_from(joined).where(courtrooms.c.court == court, its.is_not(None))
    newest = query.group_by(its).order_by(func.max(withdrawals.c.ordered_at).desc()).limit(most)
    return list((await connection.execute(newest)).scalars())


async def of_court(connection: AsyncConnection, court: str, ids: Sequence[str]) -> frozenset[str]:
    """Return which of these broadcasts are a court's."""
    query = select(broadcasts.c.id).select_from(_IN_COURTROOMS)
    query = query.where(courtrooms.c.court == court, broadcasts.c.id.in_(ids))
    return frozenset((await connection.execute(query)).scalars())
