"""A flood of WHEP offers: ``python -m tests.bench.offers --a-minute 6000``.

A server, a relay in its own process and a worker that shows grey pictures. Offers come from many
addresses: a third are no SDP, a third ask for VP8 only, a third are good and never connect. Told
are the answers by status, the memory of the relay before and after, and how late the server's
event loop was meanwhile (the loader runs in the same loop, so the server alone is better).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from media import RelayAssignment, dump, serve
from server.app import make_app
from server.places import Places
from server.playback.relays import RELAYS
from server.playback.sources import ORIGINS
from server.settings import Settings
from tests.media.relay.connecting import viewer
from tests.media.relay.test_process import FakeWorker
from tests.server.counted import add_broadcast, open_database, sqlite_url
from tests.server.playback.conftest import OnAir

Client = TestClient[web.Request, web.Application]
TICK_S = 0.005


@contextlib.asynccontextmanager
async def relay(places: Places) -> AsyncIterator[int]:
    """Run a relay; give its process id."""
    assignment = RelayAssignment(str(places.socket("relay-0")), ("127.0.0.1",))
    path = places.data / "relay.json"
    path.write_text(json.dumps(dump(assignment)))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media.relay.process", str(path), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def service(data: Path) -> AsyncIterator[Client]:
    """Run a server with one broadcast on the air, which believes what a proxy says."""
    database = await open_database(sqlite_url(data))
    await add_broadcast(database, "b1")
    await database.close()
    settings = Settings(data=data, database_url=sqlite_url(data), relays=1, trusted_proxies=1)
    app, on_air = make_app(settings), OnAir(data / "broadcasts" / "b1")
    on_air.publish(14)
    app[ORIGINS] = lambda broadcast: on_air.origin if broadcast == "b1" else None
    worker = FakeWorker()
    listening = await serve(Places(data).socket("worker-b1"), worker.on_connect)
    async with TestClient(TestServer(app)) as client:
        playing = asyncio.create_task(worker.play())
        yield client
        playing.cancel()
    listening.close()


async def lateness(late_ms: list[float]) -> None:
    """Note how late the loop is, again and again."""
    while True:
        due = time.perf_counter() + TICK_S
        await asyncio.sleep(TICK_S)
        late_ms.append((time.perf_counter() - due) * 1000)


async def ask(client: Client, sdp: str, number: int, statuses: Counter[str]) -> None:
    """Post one offer from an address of its own."""
    headers = {
        "Content-Type": "application/sdp",
        "X-Forwarded-For": f"198.18.{number // 250 % 250}.{number % 250}",
    }
    async with client.post("/whep/b1", data=sdp, headers=headers) as response:
        await response.read()
        statuses[str(response.status)] += 1


async def flood(client: Client, a_minute: int, seconds: float) -> dict[str, object]:
    """Post offers of three kinds at a steady rate; return what came of it."""
    async with viewer("video", "audio") as (connection, _):
        good = connection.localDescription.sdp
    kinds = itertools.cycle(("v=0 nonsense", good.replace("H264", "H265"), good))
    late_ms: list[float] = []
    statuses: Counter[str] = Counter()
    watching = asyncio.create_task(lateness(late_ms))
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(round(a_minute / 60 * seconds)):
            await asyncio.sleep(max(0.0, began + number * 60 / a_minute - time.monotonic()))
            group.create_task(ask(client, next(kinds), number, statuses))
    watching.cancel()
    late_ms.sort()
    return {
        "offers_a_minute": round(sum(statuses.values()) / (time.monotonic() - began) * 60),
        "statuses": dict(sorted(statuses.items())),
        "loop_late_ms": {
            "median": round(statistics.median(late_ms), 2),
            "p99": round(late_ms[len(late_ms) * 99 // 100], 2),
            "worst": round(late_ms[-1], 2),
        },
    }


def resident_mib(pid: int) -> float:
    """Return the memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGESIZE") / 2**20, 1)


async def bench(a_minute: int, seconds: float) -> dict[str, object]:
    """Run all of it."""
    data = Path(tempfile.mkdtemp(prefix="tingbo-offers-"))
    (data / "run").mkdir()
    try:
        async with service(data) as client, relay(Places(data)) as pid:
            while not client.app[RELAYS].connected:
                await asyncio.sleep(0.05)
            await flood(client, 600, 3)  # warm
            before = resident_mib(pid)
            told = await flood(client, a_minute, seconds)
            return {**told, "relay_mib": {"before": before, "after": resident_mib(pid)}}
    finally:
        shutil.rmtree(data)


def main() -> None:
    """Read the arguments and tell the result as a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--a-minute", type=int, default=6000)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    result = asyncio.run(bench(arguments.a_minute, arguments.seconds))
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
