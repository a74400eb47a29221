"""Brings evidence of watching into the database: visit rows and totals in one transaction.

All flushes of all servers are taken one after the other: reading what is known of a viewer and
writing what follows must not be interleaved, or two servers would open two visits for one viewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from sqlalchemy import and_, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.audience.calendar import local_month
from server.audience.counting import Change, Span, Tally, Visit, merge, reach
from server.audience.tables import spans, visits
from server.audience.totals import chunks, write_totals
from server.audience.zones import time_zones
from server.database import Database
from server.errors import DatabaseUnavailable, Invalid
from server.identity import new_id

_log = structlog.stdlib.get_logger(__name__)


class Key(NamedTuple):
    """One viewer at one broadcast in one medium."""

    broadcast: str
    medium: str
    viewer: str


Evidence = Mapping[Key, Sequence[Span]]


class AudienceStore:
    """The visits' rows and the totals that follow from them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, evidence: Evidence) -> int:
        """Write what evidence changes; return how many visits were new.

        May be repeated with the same evidence without changing anything. Evidence about broadcasts
        that do not exist is left out.
        """
        try:
            return await self._record(evidence)
        except (Invalid, SQLAlchemyError) as problem:
            # Whatever it is: the evidence stays and is tried again, the count goes on.
            _log.error("visits refused", error=type(problem).__name__)
            raise DatabaseUnavailable("Visits could not be written.") from problem

    async def _record(self, evidence: Evidence) -> int:
        async with self._database.begin() as connection:
            zones = await time_zones(connection, {key.broadcast for key in evidence})
            known = await _known_visits(
                connection, {key: new for key, new in evidence.items() if key.broadcast in zones}
            )
            changes = {
                key: change
                for key, before in known.items()
                if not (change := merge(before, evidence[key], new_id)).is_empty
            }
            await _write_visits(connection, changes)
            for (broadcast, medium), group in _groups(changes).items():
                tally = Tally()
                month_of = local_month(zones[broadcast])
                for change in group:
                    change.count_into(tally, month_of)
                await write_totals(connection, broadcast, medium, tally, zones[broadcast])
        return sum(len(change.added) for change in changes.values())

    async def count_since(self, broadcast: str, since_us: int) -> int:
        """Return how many different viewers gave evidence since then, in any medium."""
        query = select(func.count(func.distinct(visits.c.viewer))).where(
            visits.c.broadcast_id == broadcast, visits.c.ended_us >= since_us
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())


def _groups(changes: Mapping[Key, Change]) -> dict[tuple[str, str], list[Change]]:
    groups: dict[tuple[str, str], list[Change]] = {}
    for key, change in changes.items():
        groups.setdefault((key.broadcast, key.medium), []).append(change)
    return groups


async def _known_visits(connection: AsyncConnection, evidence: Evidence) -> dict[Key, list[Visit]]:
    """Return, for each key, the visits that its evidence can change."""
    known: dict[Key, list[Visit]] = {key: [] for key in evidence}
    places: dict[tuple[str, str], list[Key]] = {}
    for key in evidence:
        places.setdefault((key.broadcast, key.medium), []).append(key)
    found: list[tuple[Key, str]] = []
    for (broadcast, medium), keys in places.items():
        for chunk in chunks(keys):
            window = reach([span for key in chunk for span in evidence[key]])
            query = select(visits.c.id, visits.c.viewer).where(
                visits.c.broadcast_id == broadcast,
                visits.c.medium == medium,
                visits.c.viewer.in_([key.viewer for key in chunk]),
                visits.c.ended_us >= window.start_us,
                visits.c.started_us <= window.end_us,
            )
            rows = (await connection.execute(query)).all()
            found += [(Key(broadcast, medium, row.viewer), row.id) for row in rows]
    watched = await _spans_of(connection, [visit for _, visit in found])
    for key, visit in found:
        known[key].append(Visit(visit, tuple(watched[visit])))
    return known


async def _spans_of(connection: AsyncConnection, ids: list[str]) -> dict[str, list[Span]]:
    watched: dict[str, list[Span]] = {visit: [] for visit in ids}
    for chunk in chunks(ids):
        query = select(spans).where(spans.c.visit_id.in_(chunk)).order_by(spans.c.start_us)
        for row in await connection.execute(query):
            watched[row.visit_id].append(Span(row.start_us, row.end_us))
    return watched


async def _write_visits(connection: AsyncConnection, changes: Mapping[Key, Change]) -> None:
    removed = [visit.id for change in changes.values() for visit in change.removed]
    changed = [pair for change in changes.values() for pair in change.changed]
    added = [(key, visit) for key, change in changes.items() for visit in change.added]
    # Spans first: rows of removed visits must be gone before their time is written elsewhere.
    await _delete_spans(connection, removed, changed)
    if removed:
        for chunk in chunks(removed):
            await connection.execute(delete(visits).where(visits.c.id.in_(chunk)))
    if changed:
        await connection.execute(
            update(visits).where(visits.c.id == bindparam("visit")),
            [
                {
                    "visit": after.id,
                    "started_us": after.started_us,
                    "ended_us": after.ended_us,
                    "watched_us": after.watched_us,
                }
                for _, after in changed
            ],
        )
    if added:
        await connection.execute(insert(visits), [_visit_row(key, visit) for key, visit in added])
    await _write_spans(connection, [(None, visit) for _, visit in added] + list(changed))


def _visit_row(key: Key, visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.id,
        "broadcast_id": key.broadcast,
        "medium": key.medium,
        "viewer": key.viewer,
        "started_us": visit.started_us,
        "ended_us": visit.ended_us,
        "watched_us": visit.watched_us,
    }


async def _delete_spans(
    connection: AsyncConnection, removed: list[str], changed: list[tuple[Visit, Visit]]
) -> None:
    for chunk in chunks(removed):
        await connection.execute(delete(spans).where(spans.c.visit_id.in_(chunk)))
    gone = [
        {"visit": before.id, "start": span.start_us}
        for before, after in changed
        for span in before.spans
        if span.start_us not in {kept.start_us for kept in after.spans}
    ]
    if gone:
        same = and_(spans.c.visit_id == bindparam("visit"), spans.c.start_us == bindparam("start"))
        await connection.execute(delete(spans).where(same), gone)


async def _write_spans(
    connection: AsyncConnection, pairs: list[tuple[Visit | None, Visit]]
) -> None:
    new: list[dict[str, Any]] = []
    longer: list[dict[str, Any]] = []
    for before, after in pairs:
        had = {span.start_us: span.end_us for span in before.spans} if before else {}
        for span in after.spans:
            if span.start_us not in had:
                new.append({"visit_id": after.id, "start_us": span.start_us, "end_us": span.end_us})
            elif had[span.start_us] != span.end_us:
                longer.append({"visit": after.id, "start": span.start_us, "end_us": span.end_us})
    if new:
        await connection.execute(insert(spans), new)
    if longer:
        same = and_(spans.c.visit_id == bindparam("visit"), spans.c.start_us == bindparam("start"))
        await connection.execute(update(spans).where(same), longer)
