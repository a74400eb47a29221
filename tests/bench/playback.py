"""Requests a second of playlists, parts and segments: ``python -m tests.bench.playback``.

The whole application serves one broadcast with a full window (15 minutes) from one core; a small
client with keep-alive connections asks from another. What counts is the processor time of the
server per request: it stands also where the machine has other things to do. ``--serve FOLDER``
serves until killed, for players from outside; ``--window`` is how many seconds can be played back.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aiohttp import ClientSession, web

from media import Origin
from server.app import make_app
from server.database import Database
from server.playback.sources import ORIGINS
from server.settings import Settings
from tests.media.hls.live_origin import LiveBroadcast
from tests.server.counted import add_broadcast, open_database, sqlite_url

CONNECTIONS = 64
WINDOW_SECONDS = 900.0


async def serve(folder: Path, window: float) -> None:
    """Serve until killed; the address goes to standard output."""
    database: Database = await open_database(sqlite_url(folder))
    await add_broadcast(database, "b1", started_at=None, state="planned")
    await database.close()
    directory = folder / "broadcasts" / "b1"
    directory.mkdir(parents=True)
    live = LiveBroadcast(directory, history=window + 60)
    app = make_app(Settings(data=folder, database_url=sqlite_url(folder)))

    def origin_of(broadcast: str) -> Origin | None:
        return live.origin if broadcast == "b1" else None

    app[ORIGINS] = origin_of
    app.router.add_get("/cpu", cpu)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    feeding = asyncio.create_task(live.run())
    await site.start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await feeding


async def cpu(request: web.Request) -> web.Response:  # noqa: ARG001
    """Tell how much processor time the server has taken, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return web.Response(text=str(used.ru_utime + used.ru_stime))


async def fetch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    """Ask once on an open connection; return the bytes of the body."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.split(b"\r\n")[0].decode())
    found = re.search(rb"(?i)content-length: (\d+)", head)
    size = int(found[1]) if found else 0
    await reader.readexactly(size)
    return size


async def ask(port: int, path: str, until: float) -> tuple[int, int]:
    """Ask on one connection again and again; return requests and bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    requests = size = 0
    while time.monotonic() < until:
        size = await fetch(reader, writer, path)
        requests += 1
    writer.close()
    return requests, size


async def measure(base: str, name: str, path: str, seconds: float) -> dict[str, object]:
    """Load one address from all connections."""
    port = int(base.rpartition(":")[2])
    async with ClientSession() as session:
        before = float(await (await session.get(f"{base}/cpu")).text())
        started = time.monotonic()
        counts = await asyncio.gather(
            *(ask(port, path, started + seconds) for _ in range(CONNECTIONS))
        )
        took = time.monotonic() - started
        used = float(await (await session.get(f"{base}/cpu")).text()) - before
    requests = sum(count for count, _ in counts)
    return {
        "what": name,
        "bytes": counts[0][1],
        "requests_per_second": round(requests / took),
        "server_cpu_percent": round(100 * used / took),
        "cpu_us_per_request": round(1e6 * used / requests),
        "requests_per_core_second": round(requests / used),
    }


async def load(base: str, seconds: float) -> None:
    """Measure every kind of request and print a line of JSON for each."""
    async with ClientSession() as session:
        master = await (await session.get(f"{base}/hls/b1/master.m3u8")).text()
        found = re.search(r"^(s/.*/(v\d+))\.m3u8$", master, re.MULTILINE)
        assert found is not None
        playlist = f"/hls/b1/{found[1]}.m3u8"
        text = await (await session.get(f"{base}{playlist}")).text()
        parts = re.findall(r'EXT-X-PART:.*URI="\.\./\.\./([^"]+)"', text)
        recent = re.findall(r"^\.\./\.\./(.*\.m4s)$", text, re.MULTILINE)
    for name, path in (
        ("playlist, whole window", playlist),
        ("playlist, delta update", f"{playlist}?_HLS_skip=YES"),
        ("part", f"/hls/b1/{parts[-1]}"),
        ("segment from memory", f"/hls/b1/{recent[-1]}"),
        ("segment from disk", f"/hls/b1/{recent[10]}"),
        ("multivariant (opens a session)", "/hls/b1/master.m3u8"),
    ):
        print(json.dumps(await measure(base, name, path, seconds)))  # noqa: T201


def main() -> None:
    """Start the server on one core and load it from the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--serve", type=Path, metavar="FOLDER")
    parser.add_argument("--window", type=float, default=WINDOW_SECONDS)
    asked = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if asked.serve:
        os.sched_setaffinity(0, {cores[0]})
        asyncio.run(serve(asked.serve, asked.window))
        return
    os.sched_setaffinity(0, {cores[-1]})
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.playback", "--serve", folder],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        try:
            assert server.stdout is not None
            base = next(line for line in server.stdout if line.startswith("http://")).strip()
            asyncio.run(load(base, asked.seconds))
        finally:
            server.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(5)


if __name__ == "__main__":
    main()
