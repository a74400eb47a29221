"""Counts everything anew from the visits: ``python -m server.statistics.recount``.

What is published are totals that change with each visit. This adds up the visits' own rows and
compares: every difference is printed and makes the exit status 1. Without ``--check`` the totals
are also put right. The service may go on meanwhile; it waits for the comparison.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.audience.calendar import local_month
from server.audience.counting import Span, Tally, Visit, join, split
from server.audience.tables import minutes, spans, totals, visits
from server.audience.zones import time_zones
from server.database import Database
from server.errors import ServiceError, WrongSettings
from server.run_options import DEFAULT_DATA
from server.settings import Settings

Group = tuple[str, str]
"""Broadcast and medium."""


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """A number that is not what the visits say."""

    what: str
    broadcast: str
    medium: str
    place: str
    published: int
    counted: int


async def recount(database: Database, year: int | None, *, repair: bool) -> list[Difference]:
    """Compare all totals (of a year) with the visits; put them right if asked to."""
    found: list[Difference] = []
    # Who only compares looks at one moment and holds up nobody, however many visits there are.
    async with database.begin() if repair else database.read() as connection:
        groups = await _groups(connection)
        zones = await time_zones(connection, {broadcast for broadcast, _ in groups})
        for group in groups:
            found += await _recount_group(connection, group, zones[group[0]], year, repair=repair)
    return sorted(found)


async def _groups(connection: AsyncConnection) -> list[Group]:
    found: set[Group] = set()
    for table in (visits, minutes, totals):
        rows = await connection.execute(select(table.c.broadcast_id, table.c.medium).distinct())
        found |= {(row.broadcast_id, row.medium) for row in rows}
    return sorted(found)


async def _recount_group(
    connection: AsyncConnection, group: Group, zone: str, year: int | None, *, repair: bool
) -> list[Difference]:
    rows = await _visits(connection, group)
    found = list(_row_differences(group, rows))
    month_of = local_month(zone)
    tally = Tally()
    for visit, _, _ in rows:
        tally.add(visit, month_of)
    buckets = {minute: number for minute, number in tally.minutes.items() if number}
    peaks = tally.peaks(month_of)
    counted = {
        month: (tally.visits[month], tally.watched_us[month], peaks.get(month, 0))
        for month in {*tally.visits, *peaks}
    }
    published = await _totals(connection, group)
    found += _compared(group, "minute", await _minutes(connection, group), buckets)
    for index, name in enumerate(("visits", "watched_us", "peak")):
        found += _compared(
            group,
            name,
            {month: row[index] for month, row in published.items() if _is_of(month, year)},
            {month: row[index] for month, row in counted.items() if _is_of(month, year)},
        )
    if repair and found:
        await _rewrite(connection, group, buckets, counted)
    return found


def _is_of(month: int, year: int | None) -> bool:
    return year is None or month // 100 == year


async def _visits(
    connection: AsyncConnection, group: Group
) -> list[tuple[Visit, str, tuple[int, int, int]]]:
    """Return the visits with their viewers and what their rows say of start, end and time."""
    broadcast, medium = group
    ours = (visits.c.broadcast_id == broadcast, visits.c.medium == medium)
    watched: dict[str, list[Span]] = {}
    query = select(spans).join(visits, spans.c.visit_id == visits.c.id).where(*ours)
    async for row in await connection.stream(query):
        watched.setdefault(row.visit_id, []).append(Span(row.start_us, row.end_us))
    return [
        (
            Visit(row.id, tuple(sorted(watched.get(row.id, [Span(row.started_us, row.ended_us)])))),
            row.viewer,
            (row.started_us, row.ended_us, row.watched_us),
        )
        for row in await connection.execute(select(visits).where(*ours))
    ]


def _row_differences(
    group: Group, rows: Sequence[tuple[Visit, str, tuple[int, int, int]]]
) -> Iterable[Difference]:
    """Yield what is wrong with the rows themselves: sums, and visits that should be one."""
    by_viewer: dict[str, list[Visit]] = {}
    for visit, viewer, (started_us, ended_us, watched_us) in rows:
        by_viewer.setdefault(viewer, []).append(visit)
        for name, said, is_so in (
            ("visit started", started_us, visit.started_us),
            ("visit ended", ended_us, visit.ended_us),
            ("visit watched", watched_us, visit.watched_us),
        ):
            if said != is_so:
                yield Difference(name, *group, visit.id, said, is_so)
    for its in by_viewer.values():
        every = [span for visit in its for span in visit.spans]
        joined = list(split(join(every)))
        if len(joined) != len(its) or sum(map(len, joined)) != len(every):
            yield Difference("visits of one viewer", *group, its[0].id, len(its), len(joined))


def _compared(
    group: Group, what: str, published: Mapping[int, int], counted: Mapping[int, int]
) -> list[Difference]:
    return [
        Difference(what, *group, str(place), published.get(place, 0), counted.get(place, 0))
        for place in {*published, *counted}
        if published.get(place, 0) != counted.get(place, 0)
    ]


async def _minutes(connection: AsyncConnection, group: Group) -> dict[int, int]:
    query = select(minutes.c.minute, minutes.c.visits).where(
        minutes.c.broadcast_id == group[0], minutes.c.medium == group[1]
    )
    return {row.minute: row.visits for row in await connection.execute(query)}


async def _totals(connection: AsyncConnection, group: Group) -> dict[int, tuple[int, int, int]]:
    query = select(totals).where(totals.c.broadcast_id == group[0], totals.c.medium == group[1])
    return {
        row.month: (row.visits, row.watched_us, row.peak) for row in await connection.execute(query)
    }


async def _rewrite(
    connection: AsyncConnection,
    group: Group,
    buckets: Mapping[int, int],
    counted: Mapping[int, tuple[int, int, int]],
) -> None:
    its = {"broadcast_id": group[0], "medium": group[1]}
    for table in (minutes, totals):
        where = (table.c.broadcast_id == group[0], table.c.medium == group[1])
        await connection.execute(delete(table).where(*where))
    rows: list[dict[str, Any]] = [
        {**its, "minute": minute, "visits": number} for minute, number in sorted(buckets.items())
    ]
    if rows:
        await connection.execute(insert(minutes), rows)
    rows = [
        {**its, "month": month, "visits": row[0], "watched_us": row[1], "peak": row[2]}
        for month, row in sorted(counted.items())
    ]
    if rows:
        await connection.execute(insert(totals), rows)


def table_of(differences: Sequence[Difference]) -> str:
    """Return the differences as a table."""
    lines = [
        f"{'what':<22}{'broadcast':<16}{'medium':<14}{'at':<16}{'published':>18}{'counted':>18}"
    ]
    lines += [
        f"{one.what:<22}{one.broadcast:<16}{one.medium:<14}{one.place:<16}"
        f"{one.published:>18}{one.counted:>18}"
        for one in differences
    ]
    return "\n".join(lines)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/recount",
        description="Count visits, minutes and peaks anew from the single visits and compare with "
        "the published totals. Exit status 1 if anything differs.",
    )
    parser.add_argument("--year", type=int, help="only this year's totals (default: all)")
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument(
        "--data", type=Path, help=f"the service's data directory (default: {DEFAULT_DATA})"
    )
    return parser.parse_args(arguments)


async def _run(settings: Settings, year: int | None, *, repair: bool) -> list[Difference]:
    database = Database(settings.database())
    try:
        return await recount(database, year, repair=repair)
    finally:
        await database.close()


def main(arguments: Sequence[str]) -> int:
    """Run the command: 0 if all is equal, 1 if something differs, 2 if it cannot be told."""
    asked = _arguments(arguments)
    try:
        settings = Settings.from_env(environ, {"data": asked.data})
        differences = asyncio.run(_run(settings, asked.year, repair=not asked.check))
    except (WrongSettings, ServiceError) as problem:
        sys.stderr.write(f"The recount cannot be made: {problem}\n")
        return 2
    if not differences:
        sys.stdout.write("The published totals are exactly what the visits say.\n")
        return 0
    done = "" if asked.check else " The totals have been put right."
    sys.stdout.write(f"{table_of(differences)}\n{len(differences)} differences.{done}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
