"""The gate while everything runs: ``python -m tests.bench.gate_live GATEWATCH --rtspcam PROGRAM``.

Random schedules of recess, dump, closed and kills of the worker, at random delays, are given to
broadcasts of a camera that carries its clock in picture and sound; all of HLS, WHEP and thumbnail
is watched at once. GATEWATCH is the path of ``gatewatch.py``, which watches and judges, beside its
``clocksource.py``; PROGRAM is an RTSP server that can be published to (``rtspcam``). Prints a line
of JSON for each schedule and one for all; 1 if anything leaked, 2 if something was not watched.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.services.program import free_port, listens
from tests.story.court import Court
from tests.story.service import Broadcast, Service
from tests.story.waiting import until_true

LIFTED_BY = {"recess": "resume", "dump": "resume", "closed": "open"}
KILL = "kill"
_LONGEST_DELAY_S = 12.0
_STEPS = 4
_KILLED_MEANWHILE = 0.3
_ROOM_S, _STARTS_S = 4.0, 15.0
_LEAKED, _BLIND = 1, 2


@dataclass(frozen=True)
class Tools:
    """The programs outside: who draws the clock, who serves it, who watches and judges."""

    gatewatch: Path
    rtspcam: Path
    python: str

    @contextlib.contextmanager
    def camera(self, folder: Path) -> Iterator[str]:
        """Publish the clock by RTSP as long as the block lasts; give its address."""
        port, control = free_port(), free_port()
        at = f"127.0.0.1:{port}"
        serve = [str(self.rtspcam), "-listen", at, "-control", f"127.0.0.1:{control}"]
        draw = [self.python, str(self.gatewatch.with_name("clocksource.py"))]
        draw += [f"rtsp://{at}/publish/cam1", "--sound", "clock", "--stamp", "due"]
        draw += ["--acodec", "aac", "--size", "640x360", "--kbit", "800"]
        with contextlib.ExitStack() as stack:
            log = stack.enter_context((folder / "camera.log").open("wb"))
            # A camera has a processor of its own: it must not be late because the service works.
            first = ["nice", "-n", "-15"] if os.geteuid() == 0 else []
            stack.enter_context(_running([*first, *serve, "-cameras", "cam1"], log))
            while not listens(port):
                pass
            stack.enter_context(_running([*first, *draw], log))
            yield f"rtsp://{at}/cam1"

    async def watch(self, broadcast: Broadcast, seconds: float, log: Path) -> None:
        """Watch all ways of a broadcast."""
        process = await asyncio.create_subprocess_exec(
            self.python, self.gatewatch, "--hls", broadcast.hls, "--whep", broadcast.whep,
            "--image", broadcast.thumbnail, "--seconds", f"{seconds:.1f}", "--out", log,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await process.wait()

    def judge(self, log: Path, orders: Path, delay_s: float) -> tuple[int, dict[str, Any]]:
        """Return the judge's verdict (0: nothing leaked, 1: leaked, 2: not seen) and report."""
        command = [self.python, str(self.gatewatch), "judge", str(log), str(orders)]
        done = subprocess.run(
            [*command, "--delay", f"{delay_s:.3f}"], capture_output=True, text=True, check=False
        )
        return done.returncode, json.loads(done.stdout or "{}")


@contextlib.contextmanager
def _running(command: list[str], log: Any) -> Iterator[None]:  # noqa: ANN401
    with subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()


@dataclass
class Schedule:
    """What is ordered, what became of it, and what must not be seen (Unix seconds)."""

    delay_s: float
    steps: list[tuple[str, float, float, bool]]
    """What, after how long, how long it lasts, and whether the worker is killed meanwhile."""
    told: list[str] = field(default_factory=list)
    forbidden: list[tuple[float, float]] = field(default_factory=list)

    @classmethod
    def random(cls, chance: random.Random) -> Schedule:
        """Make one up: half of them without a delay."""
        delay_s = chance.choice((0.0, round(chance.uniform(1, _LONGEST_DELAY_S), 1)))
        kinds = (*LIFTED_BY, KILL)
        return cls(
            delay_s,
            [
                (
                    chance.choice(kinds),
                    chance.uniform(0.5, 4),
                    chance.uniform(0.3, 4),
                    chance.random() < _KILLED_MEANWHILE,
                )
                for _ in range(_STEPS)
            ],
        )

    @property
    def lasts_s(self) -> float:
        """How long it must be watched."""
        steps_s = sum(after + during for _, after, during, _ in self.steps)
        return _STARTS_S + steps_s + self.delay_s + _ROOM_S

    async def run(self, court: Court, service: Service, broadcast: str) -> None:
        """Give the orders in their time."""
        for what, after, during, is_killed in self.steps:
            await asyncio.sleep(after)
            self.told.append(what)
            if what == KILL:
                _kill(service, broadcast)
                continue
            since = _moment(await court.order(broadcast, what))
            if what == "dump":
                since -= self.delay_s
            if is_killed:
                self.told.append(KILL)
                _kill(service, broadcast)
            await asyncio.sleep(during)
            until = _moment(await court.order(broadcast, LIFTED_BY[what]))
            self.forbidden.append((since, until))


async def _is_watched(log: Path) -> bool:
    """Tell whether something of the broadcast has come to the watcher by HLS and by WHEP."""
    lines = log.read_text().splitlines() if log.exists() else []
    heard = [json.loads(line) for line in lines[:-1]]
    ways = {one["path"].partition("/")[0] for one in heard if one["kind"] != "event"}
    return {"hls", "whep"} <= ways


def _kill(service: Service, broadcast: str) -> None:
    with contextlib.suppress(LookupError):  # it is just being started
        service.kill("media.worker", f"worker-{broadcast}")


def _moment(order: Any) -> float:  # noqa: ANN401
    """Return an order's own moment in the room."""
    return datetime.fromisoformat(order["court_time"]).timestamp()


def _of(service: Service, broadcast: str, delay_s: float) -> Broadcast:
    """Return the addresses of another broadcast of the same service."""
    known = service.broadcasts[0]
    ways = (known.page, known.hls, known.whep, known.report_events, known.thumbnail)
    return Broadcast(broadcast, delay_s, *(way.replace(known.id, broadcast) for way in ways))


async def run_one(
    number: int, schedule: Schedule, court: Court, service: Service, tools: Tools, folder: Path
) -> int:
    """Run one schedule; print its line; return its verdict."""
    broadcast = await court.plan(delay_s=schedule.delay_s)
    await court.order(broadcast, "start")

    async def is_live() -> bool:
        return bool((await court.about(broadcast))["phase"] == "live")

    await until_true(is_live, "the broadcast")
    await asyncio.sleep(schedule.delay_s + _ROOM_S)
    log, orders = folder / f"{number}.watched.jsonl", folder / f"{number}.orders.jsonl"
    watching = tools.watch(_of(service, broadcast, schedule.delay_s), schedule.lasts_s, log)
    async with asyncio.TaskGroup() as group:
        group.create_task(watching)
        await until_true(lambda: _is_watched(log), "the watcher's first pictures")
        await schedule.run(court, service, broadcast)
    orders.write_text("".join(f"{json.dumps({'forbidden': one})}\n" for one in schedule.forbidden))
    verdict, report = await asyncio.to_thread(tools.judge, log, orders, schedule.delay_s)
    line = {"schedule": number, "delay_s": schedule.delay_s, "orders": schedule.told}
    line |= {"verdict": verdict, "leaks": report.get("leaks"), "blind": report.get("blind")}
    line |= {"by_path": report.get("leaks_by_path")}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    await court.end_all()
    return verdict


async def run_all(count: int, seed: int, tools: Tools, folder: Path) -> list[int]:
    """Run all schedules on one service, one after the other."""
    with tools.camera(folder) as camera:
        service = Service(folder / "data", camera)
        try:
            await asyncio.to_thread(service.start)
            authority = {"Authorization": f"Bearer {service.token}"}
            api = service.line["api"]
            async with httpx.AsyncClient(base_url=api, headers=authority, timeout=30) as client:
                chance = random.Random(seed)  # noqa: S311  (so that a leak can be shown again)
                verdicts = []
                for shown in service.broadcasts:  # the machine is this camera's alone
                    await Court(client, camera).order(shown.id, "end")
                for number in range(1, count + 1):
                    schedule, court = Schedule.random(chance), Court(client, camera)
                    verdicts.append(await run_one(number, schedule, court, service, tools, folder))
                return verdicts
        finally:
            service.stop()


def main() -> int:
    """Print a line for each schedule, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gatewatch", type=Path, help="gatewatch.py, beside clocksource.py")
    parser.add_argument("--rtspcam", type=Path, required=True, help="RTSP server to publish to")
    parser.add_argument("--python", default=sys.executable, help="runs the tools")
    parser.add_argument("--schedules", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the logs (default: thrown away)")
    asked = parser.parse_args()
    tools = Tools(asked.gatewatch, asked.rtspcam, asked.python)
    with tempfile.TemporaryDirectory(prefix="tingbo-") as folder:
        kept = asked.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        verdicts = asyncio.run(run_all(asked.schedules, asked.seed, tools, kept.absolute()))
    told = {"schedules": len(verdicts), "seed": asked.seed}
    told |= {"leaked": verdicts.count(_LEAKED), "blind": verdicts.count(_BLIND)}
    sys.stdout.write(json.dumps(told) + "\n")
    return max(verdicts, default=0)


if __name__ == "__main__":
    sys.exit(main())
