"""Where a person's name stands in what a court has published, and which names it took from where.

The database narrows it down by the signs that are written in one way only; the names themselves are
looked for as a withdrawal hides them (``server.withdrawn.names``), off the event loop.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Row, Select, Text, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.broadcasts.tables import broadcasts
from server.courts.tables import courtrooms
from server.hearings.participants.tables import participants
from server.hearings.tables import cases, hearing_changes, hearings
from server.notices.tables import notice_endings, notices
from server.reports.tables import photos, posts, revisions
from server.withdrawn import store
from server.withdrawn.model import Kind, Withdrawal
from server.withdrawn.names import Names
from server.withdrawn.tables import hearing_names, withdrawals

MOST_FOUND: Final = 500  # hearings that one order may be about
_AT_ONCE: Final = 1000
_ESCAPE: Final = "\\"
_IN_COURTROOMS = hearings.join(courtrooms, courtrooms.c.id == hearings.c.courtroom)


@dataclass(frozen=True, slots=True)
class Found:
    """A hearing in whose texts a name stands: ``places`` of ``hearing``, ``notice``, ``report``.

    ``broadcast``: its own, if it has one. ``is_withdrawn``: it is withdrawn there already, by this
    name.
    """

    hearing: str
    broadcast: str | None
    title: str
    title_en: str
    case_number: str
    scheduled_at: datetime
    places: tuple[str, ...]
    is_withdrawn: bool


def narrowed(name: str, *, in_json: bool = False) -> str:
    """Return a pattern for LIKE that every way of writing a name matches; "%" narrows nothing.

    ``in_json``: where signs beyond ASCII are escaped as the database's JSON has them.
    """
    signs = [sign for sign in name if _is_written_one_way(sign)]
    if in_json:
        signs = [json.dumps(sign)[1:-1].replace(_ESCAPE, 2 * _ESCAPE) for sign in signs]
    found = "".join(f"{sign}%" for sign in signs)
    return f"%{found}"


def _is_written_one_way(sign: str) -> bool:
    forms = {unicodedata.normalize(form, sign) for form in ("NFC", "NFD", "NFKC")}
    return unicodedata.east_asian_width(sign) in "WF" and forms == {sign}


async def find(connection: AsyncConnection, court: str, name: str) -> tuple[list[Found], bool]:
    """Return a court's hearings in which a name stands, newest first; and whether more do."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    names = Names({name: ""})
    for place, query in _questions(court, name):
        result = await connection.stream(query)
        async for rows in result.partitions(_AT_ONCE):
            for one in await asyncio.to_thread(_holding, names, rows):
                places[one].add(place)
    ids = sorted(places)
    found: list[Found] = []
    for at in range(0, len(ids), _AT_ONCE):
        found += await _described(connection, ids[at : at + _AT_ONCE], name, places)
    found.sort(key=lambda one: (one.scheduled_at, one.hearing), reverse=True)
    return found[:MOST_FOUND], len(found) > MOST_FOUND


def _holding(names: Names, rows: Sequence[Row[Any]]) -> list[str]:
    found = []
    for hearing, *texts in map(tuple[Any, ...], rows):
        if any(names.stand_in(text) for text in map(_words, texts)):
            found.append(hearing)
    return found


def _words(stored: str | list[list[str]]) -> str:
    """Return a text as it is, and parties (role, name) by their names, a line for each."""
    return stored if isinstance(stored, str) else "\n".join(its[1] for its in stored)


def _questions(court: str, name: str) -> Iterator[tuple[str, Select[Any]]]:
    """Yield where texts stand, and the question for their hearings and the texts."""
    pattern, held = narrowed(name), hearings.c.id
    of_hearing = (hearings.c.title, hearings.c.title_en, cases.c.cause, cases.c.number)
    yield "hearing", _of_court(court, pattern, *of_hearing).join(cases)
    parties = _of_court(court, pattern, participants.c.name).where(participants.c.alias == "")
    yield "notice", parties.join(participants, participants.c.hearing == held)
    yield from _of_notices(court, name)
    theirs = (broadcasts, broadcasts.c.hearing == held)
    of_post = _of_court(court, pattern, posts.c.speaker, posts.c.body)
    with_posts = (posts, posts.c.broadcast_id == broadcasts.c.id)
    yield "report", of_post.join(*theirs).join(*with_posts)
    before = (revisions.c.speaker, revisions.c.body, revisions.c.reason)
    of_revision = _of_court(court, pattern, *before)
    yield "report", of_revision.join(*theirs).join(*with_posts).join(revisions)
    of_photo = _of_court(court, pattern, photos.c.alt, photos.c.caption).join(*theirs)
    yield "report", of_photo.join(photos, photos.c.broadcast_id == broadcasts.c.id)


def _of_notices(court: str, name: str) -> Iterator[tuple[str, Select[Any]]]:
    """Yield the same for what was published as it was then, and for why a hearing was moved."""
    pattern, held = narrowed(name), (notices, notices.c.hearing == hearings.c.id)
    texts = (notices.c.cause, notices.c.late_reason)
    yield "notice", _of_court(court, pattern, *texts).join(*held)
    # Parties are JSON, whose signs beyond ASCII are escaped: narrowed down as they are stored.
    stored = narrowed(name, in_json=True)
    query = _of_court(court, "%", notices.c.parties).join(*held)
    yield "notice", query.where(cast(notices.c.parties, Text).like(stored, escape=_ESCAPE))
    yield (
        "notice",
        _of_court(court, pattern, notice_endings.c.reason).join(*held).join(notice_endings),
    )
    moved = _of_court(court, pattern, hearing_changes.c.reason)
    yield "notice", moved.join(hearing_changes, hearing_changes.c.hearing == hearings.c.id)


def _of_court(court: str, pattern: str, *texts: Column[Any]) -> Select[Any]:
    columns: list[Any] = [hearings.c.id, *texts]
    query: Select[Any] = (
        select(*columns).select_from(_IN_COURTROOMS).where(courtrooms.c.court == court)
    )
    if pattern == "%":
        return query
    return query.where(or_(*(text.like(pattern, escape=_ESCAPE) for text in texts)))


async def _described(
    connection: AsyncConnection, ids: Sequence[str], name: str, places: dict[str, set[str]]
) -> list[Found]:
    joined = hearings.join(cases).outerjoin(broadcasts, broadcasts.c.hearing == hearings.c.id)
    told = (hearings.c.title, hearings.c.title_en, cases.c.number, hearings.c.scheduled_at)
    query = select(hearings.c.id, broadcasts.c.id, *told).select_from(joined)
    rows = (await connection.execute(query.where(hearings.c.id.in_(ids)))).all()
    before = await taken(connection, {row[0]: row[1] for row in rows})
    return [
        Found(*row, tuple(sorted(places[row[0]])), is_there(name, before[row[0]]))
        for row in rows  # in the rows' own order
    ]


async def taken(
    connection: AsyncConnection, of: Mapping[str, str | None]
) -> dict[str, list[Withdrawal]]:
    """Return all withdrawals of hearings and of their broadcasts, by hearing.

    ``of`` names the broadcast of each hearing, None where there is none.
    """
    from_hearings = await store.of_hearings(connection, of.keys())
    from_broadcasts = await store.of_broadcasts(connection, [one for one in of.values() if one])
    return {
        hearing: from_hearings.get(hearing, []) + from_broadcasts.get(broadcast or "", [])
        for hearing, broadcast in of.items()
    }


def is_there(name: str, before: Iterable[Withdrawal]) -> bool:
    """Tell whether one of these withdrawals takes a name away now."""
    names = (one.target for one in before if one.holds and one.kind is Kind.NAME)
    return any(one.casefold() == name.casefold() for one in names)


async def orders_of(
    connection: AsyncConnection, court: str, most: int, only: str | None = None
) -> list[str]:
    """Return the newest orders that took a name from several hearings of a court, or one."""
    newest: dict[str, datetime] = {}
    with_broadcasts = _IN_COURTROOMS.join(broadcasts, broadcasts.c.hearing == hearings.c.id)
    for its, joined in (
        (withdrawals, with_broadcasts.join(withdrawals)),
        (hearing_names, _IN_COURTROOMS.join(hearing_names)),
    ):
        order, at = its.c.together, func.max(its.c.ordered_at)
        query = select(order, at).select_from(joined).where(courtrooms.c.court == court)
        query = query if only is None else query.where(order == only)
        ordered = query.where(order.is_not(None)).group_by(order).order_by(at.desc()).limit(most)
        newest |= {row[0]: row[1] for row in await connection.execute(ordered)}
    return sorted(newest, key=lambda one: newest[one], reverse=True)[:most]


async def of_court(
    connection: AsyncConnection, court: str, ids: Sequence[str]
) -> dict[str, str | None]:
    """Return which of these hearings are a court's, with their broadcasts where they have one."""
    joined = _IN_COURTROOMS.outerjoin(broadcasts, broadcasts.c.hearing == hearings.c.id)
    query = select(hearings.c.id, broadcasts.c.id).select_from(joined)
    query = query.where(courtrooms.c.court == court, hearings.c.id.in_(ids))
    return {row[0]: row[1] for row in await connection.execute(query)}
