import asyncio
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from server.audience.calendar import to_us
from server.audience.counting import MINUTE_US, Span
from server.audience.store import AudienceStore, Key
from server.audience.tables import minutes, spans, totals, visits
from server.database import Database
from server.statistics.recount import main, recount, table_of
from tests.server.counted import START, add_broadcast, open_database, sqlite_url

NOON = to_us(START)


async def watch(database: Database, seed: int = 1, flushes: int = 12) -> None:
    """Record visits to two broadcasts over some hours, in no order."""
    chance = random.Random(seed)  # noqa: S311
    store = AudienceStore(database)
    for _ in range(flushes):
        batch: dict[Key, list[Span]] = {}
        for _ in range(20):
            start = NOON + chance.randrange(300 * MINUTE_US)
            key = Key(
                chance.choice(["b1", "b2"]),
                chance.choice(["live_video", "report"]),
                f"v{chance.randrange(8)}",
            )
            batch.setdefault(key, []).append(Span(start, start + chance.randrange(10 * MINUTE_US)))
        await store.record(batch)


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_published_totals_are_what_the_visits_say(counted: Database, seed: int) -> None:
    await watch(counted, seed)
    assert await recount(counted, None, repair=False) == []
    assert await recount(counted, 2026, repair=True) == []


async def test_what_was_tampered_with_is_found_and_put_right(counted: Database) -> None:
    await watch(counted)
    async with counted.begin() as connection:
        await connection.execute(
            update(totals).where(totals.c.broadcast_id == "b1").values(visits=totals.c.visits + 1)
        )
        await connection.execute(delete(minutes).where(minutes.c.broadcast_id == "b2"))
        await connection.execute(
            insert(totals).values(
                broadcast_id="b2", medium="partner", month=202611, visits=9, watched_us=9, peak=9
            )
        )
    found = await recount(counted, None, repair=False)
    assert {one.what for one in found} == {"visits", "minute", "watched_us", "peak"}
    assert "partner" in table_of(found)
    assert await recount(counted, 2025, repair=False) != found
    assert await recount(counted, None, repair=True) == found
    assert await recount(counted, None, repair=False) == []


async def test_a_doubled_visit_is_found(counted: Database) -> None:
    await AudienceStore(counted).record({Key("b1", "report", "v1"): [Span(NOON, NOON + 5)]})
    async with counted.begin() as connection:
        row = (await connection.execute(select(visits))).one()
        await connection.execute(insert(visits).values({**row._mapping, "id": "double"}))
        await connection.execute(
            insert(spans).values(visit_id="double", start_us=NOON + 9, end_us=NOON + 10)
        )
    assert "visits of one viewer" in {
        one.what for one in await recount(counted, None, repair=False)
    }


FLUSHER = """
import asyncio, random, sys
from server.audience.counting import MINUTE_US, Span
from server.audience.store import AudienceStore, Key
from server.database import Database
from server.errors import DatabaseUnavailable

async def main(url, seed, start):
    chance, store = random.Random(seed), AudienceStore(Database(url))
    print("ready", flush=True)
    while True:
        batch = {}
        for _ in range(30):
            at = start + chance.randrange(600 * MINUTE_US)
            key = Key("b1", "live_video", f"v{chance.randrange(40)}")
            batch.setdefault(key, []).append(Span(at, at + chance.randrange(2 * MINUTE_US)))
        for _ in range(2):  # as after an answer that was lost
            try:
                await store.record(batch)
            except DatabaseUnavailable:
                pass
        print("flushed", flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def serve_and_be_killed(url: str, turn: int, after: float) -> None:
    """Let two servers write at once and kill both somewhere in their work."""
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", FLUSHER, url, str(turn * 2 + number), str(NOON)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        for number in range(2)
    ]
    for server in servers:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        server.stdout.readline()
    time.sleep(after)
    for server in servers:
        server.send_signal(signal.SIGKILL)
        server.communicate()


async def test_servers_that_are_killed_double_nothing(counted_url: str, counted: Database) -> None:
    chance = random.Random(7)  # noqa: S311
    for turn in range(4):
        await asyncio.to_thread(serve_and_be_killed, counted_url, turn, chance.uniform(0, 0.05))
    assert await recount(counted, None, repair=False) == []
    async with counted.read() as connection:
        assert (await connection.execute(select(visits.c.id))).first() is not None


async def test_the_command_says_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINGBO_DATABASE_URL", sqlite_url(tmp_path))
    database = await open_database(sqlite_url(tmp_path))
    await add_broadcast(database, "b1")
    await add_broadcast(database, "b2")
    await watch(database)

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["--data", str(tmp_path), *arguments])
        return code, capsys.readouterr().out

    run_in_thread = asyncio.to_thread
    assert (await run_in_thread(run, "--check"))[0] == 0
    async with database.begin() as connection:
        await connection.execute(update(totals).values(peak=totals.c.peak + 3))
    await database.close()
    code, said = await run_in_thread(run, "--check", "--year", "2026")
    assert code == 1
    assert "peak" in said
    assert (await run_in_thread(run))[0] == 1
    assert (await run_in_thread(run, "--check"))[0] == 0
