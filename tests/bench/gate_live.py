"""The gate while everything runs: ``python -m tests.bench.gate_live GATEWATCH --rtspcam PROGRAM``.

Random schedules of recess, dump, range dump, closed, mute, mask, layout, other delays and kills of
the worker, at random delays, are given to broadcasts of a camera that carries its clock in picture
and sound; all of HLS, WHEP and thumbnail is watched at once. GATEWATCH is the path of
``gatewatch.py``, which watches and judges, beside its ``clocksource.py``; PROGRAM is an RTSP server
that can be published to (``rtspcam``). Prints a line of JSON for each schedule and one for all; 1
if anything leaked, 2 if something was not watched.

What must not be seen is reckoned from the order log alone, never from what the worker says. A mute
forbids sound only, a mask of the whole picture the pictures only: the judge is asked for each with
the other left out. What an order takes back counts as far as the shortest delay since the start
reaches: what the public may have had already is not judged. A changed voice has no clock that could
be read, and is left to its own tests.
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
from pathlib import Path
from typing import Any

import httpx

from media import read_orders
from tests.services.program import free_port, listens
from tests.story.court import Court
from tests.story.service import Broadcast, Service
from tests.story.waiting import until_true

Arguments = dict[str, Any]
Interval = tuple[float, float]
LIFTED_BY: dict[str, tuple[str, Arguments]] = {
    "recess": ("resume", {}),
    "dump": ("resume", {}),
    "closed": ("open", {}),
    "mute": ("unmute", {}),
    "mask": ("unmask", {}),
    "layout": ("layout", {"layout": "single"}),
}
RANGE_DUMP, DELAY, KILL = "range_dump", "delay", "kill"
KINDS = (*LIFTED_BY, RANGE_DUMP, DELAY, KILL)
SHOWN_ONLY, HEARD_ONLY = {"video", "image"}, {"audio"}
FORBIDS = {
    "recess": SHOWN_ONLY | HEARD_ONLY,
    "dump": SHOWN_ONLY | HEARD_ONLY,
    "closed": SHOWN_ONLY | HEARD_ONLY,
    RANGE_DUMP: SHOWN_ONLY | HEARD_ONLY,
    "mute": HEARD_ONLY,
    "mask": SHOWN_ONLY,
}
"""What each order takes away, in the judge's kinds."""
_LONGEST_DELAY_S = 12.0
_LONGEST_BACK_S = 8.0
_STEPS = 5
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

    def judge(self, log: Path, forbidden: Forbidden, delay_s: float) -> tuple[int, Report]:
        """Return the judge's verdict (0: nothing leaked, 1: leaked, 2: not seen) and report."""
        verdicts, whole = [0], Report(0, [], {})
        for kinds, intervals in forbidden.by_kinds():
            name = "-".join(sorted(kinds))
            part, orders = log.with_suffix(f".{name}.jsonl"), log.with_suffix(f".{name}.orders")
            part.write_text("".join(_of_kinds(log, kinds)))
            orders.write_text("".join(f"{json.dumps({'forbidden': one})}\n" for one in intervals))
            command = [self.python, str(self.gatewatch), "judge", str(part), str(orders)]
            done = subprocess.run(
                [*command, "--delay", f"{delay_s:.3f}"], capture_output=True, text=True, check=False
            )
            told = json.loads(done.stdout or "{}")
            verdicts.append(done.returncode)
            whole.leaks += told.get("leaks", 0)
            whole.blind += told.get("blind", [])
            whole.by_path |= {f"{at} ({name})": n for at, n in told["leaks_by_path"].items()}
        return (_LEAKED if _LEAKED in verdicts else max(verdicts)), whole


@dataclass
class Report:
    """What the judge has found, all kinds together."""

    leaks: int
    blind: list[str]
    by_path: dict[str, Any]


class Forbidden:
    """What must not be seen or heard, in the room's time (Unix seconds)."""

    def __init__(self) -> None:
        self._found: list[tuple[frozenset[str], Interval]] = []

    def add(self, order: str, since: float, until: float) -> None:
        """Forbid what an order takes away between two times."""
        if order in FORBIDS and until > since:
            self._found.append((frozenset(FORBIDS[order]), (since, until)))

    def by_kinds(self) -> Iterator[tuple[frozenset[str], list[Interval]]]:
        """Yield what is forbidden to the same kinds of what is watched."""
        for kinds in dict.fromkeys(kinds for kinds, _ in self._found):
            yield kinds, [one for known, one in self._found if known == kinds]


def _of_kinds(log: Path, kinds: frozenset[str]) -> Iterator[str]:
    """Yield the lines of a log that are of these kinds, and its events."""
    with log.open() as lines:
        for line in lines:
            if line.endswith("\n") and json.loads(line)["kind"] in {*kinds, "event"}:
                yield line


@contextlib.contextmanager
def _running(command: list[str], log: Any) -> Iterator[None]:  # noqa: ANN401
    with subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()


@dataclass(frozen=True)
class Step:
    """What is ordered, after how long, for how long, and whether the worker is killed meanwhile.

    ``seconds``: how far it reaches back, or the delay it sets.
    """

    what: str
    after: float
    during: float
    seconds: float
    is_killed: bool

    @classmethod
    def random(cls, chance: random.Random) -> Step:
        """Make one up; the same throws of the dice whatever it becomes."""
        what = chance.choice(KINDS)
        after, during = chance.uniform(0.5, 4), chance.uniform(0.3, 4)
        seconds, longest = chance.random(), _LONGEST_DELAY_S if what == DELAY else _LONGEST_BACK_S
        is_killed = chance.random() < _KILLED_MEANWHILE
        return cls(what, after, during, round(seconds * longest, 1), is_killed)

    @property
    def arguments(self) -> Arguments:
        """What the order says besides its name."""
        match self.what:
            case "mute" | "mask":
                return {"seconds": self.seconds}
            case "range_dump":
                return {"seconds": max(self.seconds, 0.1)}
            case "delay":
                return {"seconds": self.seconds}
            case "layout":
                return {"layout": "picture_in_picture"}
            case _:
                return {}

    @property
    def lasts_s(self) -> float:
        """How long it takes at most until it is over; a longer delay must be filled."""
        return self.after + self.during + (self.seconds if self.what == DELAY else 0)


@dataclass
class Schedule:
    """What is ordered, what became of it, and what must not be seen."""

    delay_s: float
    steps: list[Step]
    told: list[str] = field(default_factory=list)
    forbidden: Forbidden = field(default_factory=Forbidden)

    @classmethod
    def random(cls, chance: random.Random) -> Schedule:
        """Make one up: half of them begin without a delay."""
        delay_s = chance.choice((0.0, round(chance.uniform(1, _LONGEST_DELAY_S), 1)))
        return cls(delay_s, [Step.random(chance) for _ in range(_STEPS)])

    @property
    def longest_delay_s(self) -> float:
        """The longest delay that is ever in force."""
        return max(self.delay_s, *(one.seconds for one in self.steps if one.what == DELAY), 0.0)

    @property
    def lasts_s(self) -> float:
        """How long it must be watched."""
        steps_s = sum(one.lasts_s for one in self.steps)
        return _STARTS_S + steps_s + self.longest_delay_s + _ROOM_S

    async def run(self, court: Court, service: Service, broadcast: str) -> None:
        """Give the orders in their time."""
        surely_s = self.delay_s  # the public is at least so far behind
        for step in self.steps:
            await asyncio.sleep(step.after)
            self.told.append(f"{step.what} {step.arguments.get('seconds', '')}".strip())
            if step.what == KILL:
                _kill(service, broadcast)
                continue
            at = await _order(court, service, broadcast, step.what, step.arguments)
            if step.is_killed:
                self.told.append(KILL)
                _kill(service, broadcast)
            await asyncio.sleep(step.during)
            back_s = {"dump": surely_s, "mute": step.seconds, "mask": step.seconds}
            if step.what == DELAY:
                surely_s = min(surely_s, step.seconds)
            elif step.what == RANGE_DUMP:
                self.forbidden.add(step.what, at - min(step.arguments["seconds"], surely_s), at)
            else:
                until = await _order(court, service, broadcast, *LIFTED_BY[step.what])
                since = at - min(back_s.get(step.what, 0), surely_s)
                self.forbidden.add(step.what, since, until)


async def _order(
    court: Court, service: Service, broadcast: str, order: str, arguments: Arguments
) -> float:
    """Give an order; return its moment in the room, as it stands in the log."""
    given = await court.order(broadcast, order, arguments)
    records = await asyncio.to_thread(read_orders, service.data / "broadcasts" / broadcast)
    return float(records[given["sequence"] - 1].court_us / 1e6)


async def _is_watched(log: Path) -> bool:
    """Tell whether something of the broadcast has come to the watcher.

    Only by HLS: what comes by WHEP may be kept and decoded when the watch is over.
    """
    lines = log.read_text().splitlines() if log.exists() else []
    heard = [json.loads(line) for line in lines[:-1]]
    ways = {one["path"].partition("/")[0] for one in heard if one["kind"] != "event"}
    return "hls" in ways


def _kill(service: Service, broadcast: str) -> None:
    with contextlib.suppress(LookupError):  # it is just being started
        service.kill("media.worker", f"worker-{broadcast}")


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
    log = folder / f"{number}.watched.jsonl"
    watching = tools.watch(_of(service, broadcast, schedule.delay_s), schedule.lasts_s, log)
    async with asyncio.TaskGroup() as group:
        group.create_task(watching)
        await until_true(lambda: _is_watched(log), "the watcher's first pictures")
        await asyncio.sleep(_ROOM_S)  # so long it may take by WHEP
        await schedule.run(court, service, broadcast)
    verdict, report = await asyncio.to_thread(
        tools.judge, log, schedule.forbidden, schedule.longest_delay_s
    )
    line = {"schedule": number, "delay_s": schedule.delay_s, "orders": schedule.told}
    line |= {"verdict": verdict, "leaks": report.leaks, "blind": report.blind}
    line |= {"by_path": report.by_path}
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
