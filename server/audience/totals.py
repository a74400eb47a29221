"""Minute buckets and monthly totals: counters that change in the transaction of the visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.audience.calendar import local_month
from server.audience.counting import Tally
from server.audience.tables import minutes, totals

# Bound parameters of one statement stay far below what any of the databases takes.
_AT_ONCE = 400


def chunks(items: Iterable[Any]) -> Iterable[list[Any]]:
    every = list(items)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))


async def write_totals(
    connection: AsyncConnection, broadcast: str, medium: str, tally: Tally, zone_name: str
) -> None:
    """Add a tally of differences to the counters."""
    after = Tally(minutes=await _add_minutes(connection, broadcast, medium, tally))
    peaks = after.peaks(local_month(zone_name))
    known = await _by_month(connection, broadcast, medium)
    for month in sorted({*tally.visits, *tally.watched_us, *peaks}):
        row = known.get(month)
        values = {
            "visits": (row.visits if row else 0) + tally.visits[month],
            "watched_us": (row.watched_us if row else 0) + tally.watched_us[month],
            # Evidence only ever adds minutes to a viewer, so that no bucket gets smaller.
            "peak": max(row.peak if row else 0, peaks.get(month, 0)),
        }
        its = {"broadcast_id": broadcast, "medium": medium, "month": month}
        if row is None:
            await connection.execute(insert(totals).values(**its, **values))
        else:
            where = [totals.c[name] == value for name, value in its.items()]
            await connection.execute(update(totals).where(*where).values(**values))


async def _by_month(
    connection: AsyncConnection, broadcast: str, medium: str
) -> dict[int, Row[Any]]:
    query = select(totals).where(totals.c.broadcast_id == broadcast, totals.c.medium == medium)
    return {row.month: row for row in await connection.execute(query)}


async def _add_minutes(
    connection: AsyncConnection, broadcast: str, medium: str, tally: Tally
) -> Counter[int]:
    """Change the minute buckets and return those that changed, with their new values."""
    differences = {minute: more for minute, more in tally.minutes.items() if more}
    its = (minutes.c.broadcast_id == broadcast, minutes.c.medium == medium)
    known: dict[int, int] = {}
    for chunk in chunks(differences):
        query = select(minutes).where(*its, minutes.c.minute.in_(chunk))
        known |= {row.minute: row.visits for row in await connection.execute(query)}
    after = {minute: known.get(minute, 0) + more for minute, more in differences.items()}
    new = [minute for minute in after if minute not in known]
    if new:
        await connection.execute(
            insert(minutes),
            [
                {"broadcast_id": broadcast, "medium": medium, "minute": m, "visits": after[m]}
                for m in new
            ],
        )
    if known:
        await connection.execute(
            update(minutes).where(*its, minutes.c.minute == bindparam("its_minute")),
            [{"its_minute": minute, "visits": after[minute]} for minute in known],
        )
    return Counter(after)
