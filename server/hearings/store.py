"""Cases and hearings in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.courts.tables import courtrooms, courts
from server.hearings.case_number import forms
from server.hearings.model import Change, Hearing, NewHearing, Span
from server.hearings.tables import cases, hearing_changes, hearings
from server.identity import new_id

_V = TypeVar("_V")
_PORTION = 400  # parameters of a statement; SQLite takes 999 at the least
COLUMNS = (
    hearings.c.id,
    hearings.c.title,
    hearings.c.title_en,
    cases.c.number,
    cases.c.cause,
    courts.c.id,
    courts.c.name,
    courts.c.name_en,
    courts.c.time_zone,
    courtrooms.c.id,
    courtrooms.c.name,
    courtrooms.c.name_en,
    hearings.c.scheduled_at,
    hearings.c.cancelled_at,
    cases.c.nature,
    hearings.c.judge,
    hearings.c.division,
)
JOINED = (
    hearings.join(cases, hearings.c.case == cases.c.id)
    .join(courtrooms, hearings.c.courtroom == courtrooms.c.id)
    .join(courts, courtrooms.c.court == courts.c.id)
)


def _query() -> Select[Any]:
    return select(*COLUMNS).select_from(JOINED)


async def hearing(connection: AsyncConnection, identifier: str) -> Hearing | None:
    """Return a hearing."""
    row = (await connection.execute(_query().where(hearings.c.id == identifier))).first()
    return Hearing(*row) if row else None


async def of_ids(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Hearing]:
    """Return hearings by id."""
    rows = await connection.execute(_query().where(hearings.c.id.in_(ids)))
    return {one.id: one for one in (Hearing(*row) for row in rows)}


async def between(
    connection: AsyncConnection,
    since: datetime | None,
    until: datetime | None,
    court: str | None,
    limit: int,
) -> list[Hearing]:
    """Return hearings of a span of time; the newest first if it has no beginning."""
    query = _query().limit(limit)
    if since is not None:
        query = query.where(hearings.c.scheduled_at >= since)
    if until is not None:
        query = query.where(hearings.c.scheduled_at < until)
    if court is not None:
        query = query.where(courts.c.id == court)
    order = hearings.c.scheduled_at.desc() if since is None else hearings.c.scheduled_at
    rows = await connection.execute(query.order_by(order, hearings.c.id))
    return [Hearing(*row) for row in rows]


async def page(connection: AsyncConnection, span: Span, limit: int) -> list[Hearing]:
    """Return the first hearings of a span, by time; at most ``limit``.

    Which they are is asked of their own table first: in one statement with all that is shown of
    them, SQLite reads whole courts to find a day.
    """
    its = hearings.c
    query = select(its.id).order_by(its.scheduled_at, its.id).limit(limit)
    if span.courts is not None:
        query = query.where(its.courtroom.in_(await _rooms(connection, span.courts)))
    if span.since is not None:
        query = query.where(its.scheduled_at >= span.since)
    if span.until is not None:
        query = query.where(its.scheduled_at < span.until)
    if span.division:
        query = query.where(its.division == span.division)
    if span.number:
        query = query.where(its.case.in_(await _cases(connection, span.number)))
    if span.after is not None:
        at, identifier = span.after
        # The first condition is for the index: databases do not see it in the second.
        query = query.where(its.scheduled_at >= at).where(
            or_(its.scheduled_at > at, its.id > identifier)
        )
    ids = list(await connection.scalars(query))
    rows = await connection.execute(
        _query().where(its.id.in_(ids)).order_by(its.scheduled_at, its.id)
    )
    return [Hearing(*row) for row in rows]


async def _rooms(connection: AsyncConnection, of_courts: Collection[str]) -> list[str]:
    query = select(courtrooms.c.id).where(courtrooms.c.court.in_(of_courts))
    return list(await connection.scalars(query))


async def _cases(connection: AsyncConnection, number: str) -> list[str]:
    """Return the cases of a number at all courts; few courts have a case of the same."""
    all_courts = select(courts.c.id)
    query = select(cases.c.id).where(
        cases.c.court.in_(all_courts), cases.c.number.in_(forms(number))
    )
    return list(await connection.scalars(query))


async def neighbours(
    connection: AsyncConnection, span: Span
) -> tuple[datetime | None, datetime | None]:
    """Return when the last hearing before a span is, and the first behind it.

    Each courtroom is asked by its index; to sort those of all takes a hundred times as long.
    """
    its = hearings.c
    of_room = its.courtroom == courtrooms.c.id
    before = select(func.max(its.scheduled_at)).where(of_room, its.scheduled_at < span.since)
    behind = select(func.min(its.scheduled_at)).where(of_room, its.scheduled_at >= span.until)
    query = select(before.scalar_subquery(), behind.scalar_subquery()).select_from(courtrooms)
    if span.courts is not None:
        query = query.where(courtrooms.c.court.in_(span.courts))
    rows = (await connection.execute(query)).all()
    return (
        max((row[0] for row in rows if row[0] is not None), default=None),
        min((row[1] for row in rows if row[1] is not None), default=None),
    )


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case as it is stored."""

    id: str
    cause: str
    nature: str


async def cases_of(
    connection: AsyncConnection, court: str, numbers: Collection[str]
) -> dict[str, KnownCase]:
    """Return the court's cases of these numbers, by number."""
    its = cases.c
    found: dict[str, KnownCase] = {}
    for some in _portions(numbers):
        query = select(its.number, its.id, its.cause, its.nature).where(
            its.court == court, its.number.in_(some)
        )
        found |= {row[0]: KnownCase(*row[1:]) for row in await connection.execute(query)}
    return found


async def at_places(
    connection: AsyncConnection, places: Collection[tuple[str, datetime]]
) -> list[Hearing]:
    """Return the hearings that are in these courtrooms at these very times."""
    rooms = {room for room, _ in places}
    found: list[Hearing] = []
    for some in _portions({at for _, at in places}):
        query = _query().where(hearings.c.courtroom.in_(rooms), hearings.c.scheduled_at.in_(some))
        found += [Hearing(*row) for row in await connection.execute(query)]
    return found


def _portions(values: Iterable[_V]) -> Iterator[list[_V]]:
    """Yield the values in portions that a statement may have as parameters."""
    rest = list(values)
    for at in range(0, len(rest), _PORTION):
        yield rest[at : at + _PORTION]


async def _case_ids(
    connection: AsyncConnection, court: str, new: Iterable[NewHearing], at: datetime
) -> dict[str, str]:
    """Return the ids of the hearings' cases by number; those that are not there are made."""
    of_number = {one.case_number: one for one in new}
    known = await cases_of(connection, court, of_number)
    ids = {number: known[number].id if number in known else new_id() for number in of_number}
    rows = [
        {
            "id": ids[number],
            "court": court,
            "number": number,
            "cause": one.cause,
            "nature": one.nature,
            "created_at": at,
        }
        for number, one in of_number.items()
        if number not in known
    ]
    if rows:
        await connection.execute(insert(cases), rows)
    return ids


async def add_many(
    connection: AsyncConnection, court: str, new: Sequence[NewHearing], by: str, at: datetime
) -> list[str]:
    """Put hearings of a court into the calendar; return their ids in that order."""
    case_ids = await _case_ids(connection, court, new, at)
    rows = [
        {
            "id": new_id(),
            "case": case_ids[one.case_number],
            "courtroom": one.courtroom,
            "title": one.title,
            "title_en": one.title_en,
            "scheduled_at": one.scheduled_at,
            "judge": one.judge,
            "division": one.division,
            "created_at": at,
            "created_by": by,
        }
        for one in new
    ]
    if rows:
        await connection.execute(insert(hearings), rows)
    return [str(row["id"]) for row in rows]


_OF_CASE = frozenset({"cause", "nature"})


async def change(connection: AsyncConnection, identifier: str, changes: Mapping[str, Any]) -> None:
    """Change a hearing's columns; ``cause`` and ``nature`` are those of its case."""
    own = {name: value for name, value in changes.items() if name not in _OF_CASE}
    of_case = {name: value for name, value in changes.items() if name in _OF_CASE}
    its_case = select(hearings.c.case).where(hearings.c.id == identifier).scalar_subquery()
    if own:
        await connection.execute(update(hearings).where(hearings.c.id == identifier).values(own))
    if of_case:
        await connection.execute(update(cases).where(cases.c.id == its_case).values(of_case))


async def put_off(connection: AsyncConnection, seen: Hearing, after: Hearing, new: Change) -> bool:
    """Cancel or adjourn a hearing as it was seen; False if it is another by now."""
    its = hearings.c
    query = update(hearings).where(
        its.id == seen.id, its.scheduled_at == seen.scheduled_at, its.cancelled_at.is_(None)
    )
    values = {"scheduled_at": after.scheduled_at, "cancelled_at": after.cancelled_at}
    if not (await connection.execute(query.values(values))).rowcount:
        return False
    await connection.execute(
        insert(hearing_changes).values(
            id=new_id(),
            hearing=seen.id,
            kind=new.kind,
            reason=new.reason,
            was_at=new.was_at,
            now_at=new.now_at,
            changed_at=new.at,
            changed_by=new.by,
        )
    )
    return True


async def changes_of(
    connection: AsyncConnection, hearings_of: Collection[str]
) -> dict[str, list[Change]]:
    """Return when and why hearings were cancelled or adjourned, by hearing, the newest first."""
    its = hearing_changes.c
    query = select(hearing_changes).where(its.hearing.in_(hearings_of))
    found: dict[str, list[Change]] = {}
    for row in await connection.execute(query.order_by(its.changed_at.desc(), its.id)):
        change = Change(
            row.kind, row.reason, row.was_at, row.now_at, row.changed_at, row.changed_by
        )
        found.setdefault(row.hearing, []).append(change)
    return found
