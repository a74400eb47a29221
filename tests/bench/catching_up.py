"""How a worker takes up its broadcast after an outage: ``python -m tests.bench.catching_up``.

Four cameras of 640x360 in 四画面 are on the air; the worker is killed, the outage lasts as long as
is asked, the next worker starts. Told is, from its start on, when the first new part was there,
when the program was on time again, and how late it was at most after that within ten seconds.
``--busy`` lets so many loops burn processor time beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from media.messages import Part, WorkerStatus
from tests.media.worker.broadcast import Broadcast, Listener, is_on_air, until
from tests.media.worker.room import open_room

AS_THE_SERVICE = -5
"""The niceness of workers (``server.__main__``), where the system allows it."""
CAMERAS = ("one", "two", "three", "four")
ON_TIME_MS = 200.0
_WATCHED_S = 10.0
_LONGEST_S = 120.0


async def taken_up(listener: Listener, began: float, killed_us: int) -> dict[str, float]:
    """Return what the watcher sees of the next worker, in seconds since its start."""
    told: dict[str, float] = {}
    latest = 0.0
    until_s = began + _LONGEST_S
    while time.monotonic() < until_s:
        message = await anext(listener.messages)
        since = time.monotonic() - began
        if isinstance(message, Part) and message.court_us > killed_us and not message.gap:
            told.setdefault("first_part_s", round(since, 2))
        if not isinstance(message, WorkerStatus):
            continue
        if message.air == "room":
            told.setdefault("room_s", round(since, 2))
        if "on_time_s" in told:
            latest = max(latest, message.lateness_ms)
        elif message.lateness_ms < ON_TIME_MS and message.air == "room":
            told["on_time_s"] = round(since, 2)
            until_s = time.monotonic() + _WATCHED_S
        told["repeated"], told["filled"] = message.repeated, message.skipped
    told["late_after_ms"] = round(latest)
    return told


async def outage(folder: Path, delay_s: float, outage_s: float) -> dict[str, float]:
    """Kill a worker that is on the air and watch the next one."""
    with open_room(folder / "spool", CAMERAS) as room:
        broadcast = Broadcast(
            folder, room, delay_ms=round(delay_s * 1000), cameras=CAMERAS, layout="quad", cores=2.0
        )
        try:
            await broadcast.start()
            async with broadcast.listen("parts") as listener:
                broadcast.order("start")
                async with asyncio.timeout(delay_s + 60):
                    await until(listener, is_on_air("room"))
                await broadcast.end(signal.SIGKILL)
            killed_us = broadcast.now_us() - round(delay_s * 1e6)
            await asyncio.sleep(outage_s)
            began = time.monotonic()
            await broadcast.start()
            async with broadcast.listen("parts") as listener:
                opened_s = round(time.monotonic() - began, 2)
                return {"opened_s": opened_s, **await taken_up(listener, began, killed_us)}
        finally:
            await broadcast.end(signal.SIGKILL)


def main() -> int:
    """Print one line of JSON for each outage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outage", type=float, nargs="+", default=[0.0, 10.0, 29.0, 60.0])
    parser.add_argument("--delay", type=float, default=0.0, help="the broadcast's, seconds")
    parser.add_argument("--busy", type=int, default=0, help="loops that burn processor time")
    asked = parser.parse_args()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(asked.busy)]
    try:
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, AS_THE_SERVICE)
        for seconds in asked.outage:
            with tempfile.TemporaryDirectory() as folder:
                told = asyncio.run(outage(Path(folder), asked.delay, seconds))
            sys.stdout.write(json.dumps({"outage_s": seconds, **told}) + "\n")
            sys.stdout.flush()
    finally:
        for one in busy:
            one.kill()
            one.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
