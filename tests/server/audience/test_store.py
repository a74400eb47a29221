import asyncio
import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from server.audience.calendar import to_us
from server.audience.counting import MINUTE_US, SECOND_US, Span
from server.audience.store import AudienceStore, Key
from server.audience.tables import minutes, spans, totals, visits
from server.database import Database
from tests.server.counted import START

NOON = to_us(START)


def watched(minute: float, length: float = 0) -> list[Span]:
    start = NOON + int(minute * MINUTE_US)
    return [Span(start, start + int(length * MINUTE_US))]


async def total(
    database: Database, broadcast: str = "b1"
) -> dict[tuple[str, int], tuple[int, ...]]:
    async with database.read() as connection:
        rows = await connection.execute(select(totals).where(totals.c.broadcast_id == broadcast))
        return {
            (row.medium, row.month): (row.visits, row.watched_us // SECOND_US, row.peak)
            for row in rows
        }


async def count(database: Database) -> tuple[int, int, int]:
    async with database.read() as connection:
        return (
            (await connection.execute(select(func.count()).select_from(visits))).scalar_one(),
            (await connection.execute(select(func.count()).select_from(spans))).scalar_one(),
            (await connection.execute(select(func.count()).select_from(minutes))).scalar_one(),
        )


async def test_a_visit_is_counted_once_and_grows(counted: Database) -> None:
    store = AudienceStore(counted)
    viewer = Key("b1", "live_video", "v1")
    assert await store.record({viewer: watched(0)}) == 1
    assert await store.record({viewer: watched(0.5, 1)}) == 0
    assert await total(counted) == {("live_video", 202611): (1, 90, 1)}
    assert await count(counted) == (1, 1, 2)


async def test_the_same_flush_again_changes_nothing(counted: Database) -> None:
    store = AudienceStore(counted)
    batch = {
        Key("b1", "live_video", "v1"): watched(0, 3),
        Key("b1", "report", "v1"): watched(1, 1),
        Key("b2", "live_video", "v2"): watched(0, 1),
    }
    assert await store.record(batch) == 3
    first = await total(counted), await total(counted, "b2"), await count(counted)
    assert await store.record(batch) == 0
    assert (await total(counted), await total(counted, "b2"), await count(counted)) == first


async def test_late_evidence_joins_two_visits(counted: Database) -> None:
    store = AudienceStore(counted)
    viewer = Key("b1", "live_video", "v1")
    await store.record({viewer: watched(0, 1)})
    await store.record({viewer: watched(40, 1)})
    assert (await total(counted))["live_video", 202611] == (2, 120, 1)
    await store.record({viewer: watched(20)})
    assert (await total(counted))["live_video", 202611] == (1, 120, 1)
    assert await count(counted) == (1, 3, 5)


async def test_the_peak_is_the_fullest_minute(counted: Database) -> None:
    store = AudienceStore(counted)
    await store.record({Key("b1", "live_video", f"v{n}"): watched(0, n) for n in range(5)})
    await store.record({Key("b1", "live_video", "late"): watched(3, 1)})
    # Minute 3: the viewers 3 and 4, who are there longer, and the late one.
    assert (await total(counted))["live_video", 202611][2] == 5
    await store.record({Key("b1", "live_video", f"w{n}"): watched(3) for n in range(4)})
    assert (await total(counted))["live_video", 202611][2] == 7


async def test_a_visit_belongs_to_the_month_in_which_it_began_at_its_court(
    counted: Database,
) -> None:
    store = AudienceStore(counted)
    start = to_us(datetime(2026, 12, 31, 15, 50, tzinfo=UTC))
    night = [Span(start, start + 30 * MINUTE_US)]
    await store.record({Key("b1", "live_video", "v1"): night, Key("b2", "live_video", "v1"): night})
    assert await total(counted) == {
        ("live_video", 202612): (1, 1800, 1),
        ("live_video", 202701): (0, 0, 1),  # it still watched there
    }
    assert await total(counted, "b2") == {("live_video", 202612): (1, 1800, 1)}


async def test_evidence_about_no_broadcast_is_left_out(counted: Database) -> None:
    store = AudienceStore(counted)
    batch = {Key("nowhere", "report", "v1"): watched(0), Key("b1", "report", "v1"): watched(0)}
    assert await store.record(batch) == 1


async def test_many_viewers_at_once(counted: Database) -> None:
    store = AudienceStore(counted)
    batch = {Key("b1", "live_video", f"v{n}"): watched(0, 2) for n in range(1200)}
    assert await store.record(batch) == 1200
    assert await store.record(batch) == 0
    assert await total(counted) == {("live_video", 202611): (1200, 1200 * 120, 1200)}
    assert await store.count_since("b1", NOON + MINUTE_US) == 1200
    assert await store.count_since("b1", NOON + 3 * MINUTE_US) == 0


@pytest.mark.parametrize("seed", range(3))
async def test_two_servers_count_as_one(counted: Database, counted_url: str, seed: int) -> None:
    """The same viewers at two servers, in any order and with every flush sent twice."""
    other = Database(counted_url)
    chance = random.Random(seed)  # noqa: S311
    evidence = [
        (Key("b1", "live_video", f"v{chance.randrange(6)}"), watched(chance.uniform(0, 120)))
        for _ in range(60)
    ]

    async def serve(database: Database) -> None:
        its = AudienceStore(database)
        mine = evidence[:]
        chance.shuffle(mine)
        for start in range(0, len(mine), 10):
            batch: dict[Key, list[Span]] = {}
            for key, new in mine[start : start + 10]:
                batch.setdefault(key, []).extend(new)
            await its.record(batch)

    try:
        await asyncio.gather(serve(counted), serve(other))
    finally:
        await other.close()
    both = await total(counted)
    rows = await count(counted)
    everything = {
        Key("b2", "live_video", viewer): [
            span for key, new in evidence if key.viewer == viewer for span in new
        ]
        for viewer in {key.viewer for key, _ in evidence}
    }
    await AudienceStore(counted).record(everything)
    assert list(both.values()) == list((await total(counted, "b2")).values())
    assert await count(counted) == tuple(2 * number for number in rows)


async def test_a_viewer_who_changes_medium_is_counted_in_both(counted: Database) -> None:
    store = AudienceStore(counted)
    await store.record(
        {Key("b1", medium, "v1"): watched(0, 1) for medium in ("live_video", "report")}
    )
    assert len(await total(counted)) == 2
    assert await store.count_since("b1", NOON) == 1
