"""Starts, watches and restarts the other processes, and does nothing else.

What should run is a folder of JSON files, one for a process, so that neither the loss of the
server nor of the supervisor forgets it::

    {"module": "media.worker", "assignment": {…}, "nice": 0, "once": true}

A file that appears starts a process, one that changes restarts it, one that goes stops it. A
process that ends by itself is started again, sooner or later by how long it lived; one marked
``once`` is left alone after it ended with 0. While broadcasts are on the air a spare worker stands
by (``server.spare``).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from server.spare import Spare, start

POLL_SECONDS = 0.1
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 5.0
LIVED_LONG_SECONDS = 10.0
FIRST = frozenset({"server.web", "media.recorder"})
HEAD_START_SECONDS = 4.0
"""What records and what answers starts before the rest: on two slow cores a dozen interpreters that
start together take five seconds, all of them, and nothing is seen before the server answers."""
STOP_SECONDS = 4.0
"""After this a process that was asked to stop is killed; the whole must stop within 5 s."""
WORKER = "media.worker"
CALM_SECONDS = 5.0
"""Since the last start of a process until a spare worker is started: then it is in nobody's way."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file of the folder, read."""

    name: str
    module: str
    assignment: Path
    nice: int
    once: bool
    digest: str


@dataclass(slots=True)
class _Process:
    wanted: Wanted
    task: asyncio.Task[None]
    process: asyncio.subprocess.Process | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_over(self) -> bool:
        """Whether it is left alone; one that has just died is not."""
        return self.task.done()


class Supervisor:
    """Keeps the processes of one data directory running."""

    def __init__(self, data: Path, *, spare_of: str = WORKER, calm_s: float = CALM_SECONDS) -> None:
        self._folder = data / "run" / "wanted"
        self._assignments = data / "run" / "assignments"
        self._processes: dict[str, _Process] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._seen: dict[str, tuple[int, int]] = {}
        self._spare = Spare(spare_of, self._assignments)
        self._calm_s = calm_s
        self._started_at = time.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Reconcile until ``stop`` is set, then end all processes."""
        for folder in (self._folder, self._assignments):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        began = time.monotonic()
        while not stop.is_set():
            self._reconcile(everything=time.monotonic() - began >= HEAD_START_SECONDS)
            await self._see_to_spare()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await stop.wait()
        await self._end_all()

    async def _see_to_spare(self) -> None:
        module = self._spare.module
        running = [kept for kept in self._processes.values() if kept.wanted.module == module]
        if not running:
            await self._spare.dismiss()
        elif self._spare.is_there:
            self._spare.watch([kept.wanted.assignment for kept in running if not kept.is_over])
        elif time.monotonic() - self._started_at >= self._calm_s:
            self._started_at = time.monotonic()
            await self._spare.prepare()

    def _reconcile(self, *, everything: bool) -> None:
        present: set[str] = set()
        for name, path, identity in _files(self._folder):
            present.add(name)
            if self._seen.get(name) == identity:
                continue
            wanted = self._read(name, path)
            if wanted is not None and not everything and wanted.module not in FIRST:
                continue
            self._seen[name] = identity
            current = self._processes.get(name)
            if wanted is None or (current and current.wanted.digest == wanted.digest):
                continue
            if current:
                self._end(name)
            self._begin(wanted)
        for name in set(self._seen) - present:
            del self._seen[name]
            self._end(name)

    def _read(self, name: str, path: Path) -> Wanted | None:
        try:
            text = path.read_text(encoding="utf-8")
            document = json.loads(text)
            assignment = self._assignments / f"{name}.json"
            _write_private(assignment, json.dumps(document["assignment"]))
            return Wanted(
                name=name,
                module=str(document["module"]),
                assignment=assignment,
                nice=int(document.get("nice", 0)),
                once=bool(document.get("once", False)),
                digest=text,
            )
        except FileNotFoundError:
            return None  # it went between listing and reading
        except (ValueError, KeyError, TypeError):
            _log.exception("%s does not say what should run", path.name)
            return None

    def _begin(self, wanted: Wanted) -> None:
        previous = self._processes.get(wanted.name)
        task = asyncio.create_task(
            self._keep(wanted.name, previous.task if previous else None),
            name=f"keep-{wanted.name}",
        )
        self._processes[wanted.name] = _Process(wanted, task)

    def _end(self, name: str) -> None:
        kept = self._processes.get(name)
        if kept is None:
            return
        kept.stopping.set()
        ending = asyncio.create_task(_stop(kept), name=f"stop-{name}")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        del self._processes[name]

    async def _keep(self, name: str, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await asyncio.wait([after])
        kept = self._processes[name]
        pause = FIRST_PAUSE_SECONDS
        while not kept.stopping.is_set():
            began = time.monotonic()
            code = await self._run_once(kept)
            if kept.stopping.is_set():
                return
            if code == 0 and kept.wanted.once:
                _log.info("%s has done its work", name)
                return
            lived = time.monotonic() - began
            pause = 0.0 if lived > LIVED_LONG_SECONDS else pause
            _log.warning("%s ended with %s after %.1f s", name, code, lived)
            await asyncio.sleep(pause)
            pause = min(max(pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)

    async def _run_once(self, kept: _Process) -> int | None:
        wanted = kept.wanted
        self._started_at = time.monotonic()
        process = None
        if wanted.module == self._spare.module:
            process = await self._spare.take(wanted.assignment)
        if process is None:
            nothing = asyncio.subprocess.DEVNULL
            process = await start(wanted.module, str(wanted.assignment), nothing)
        kept.process = process
        if wanted.nice:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.setpriority(os.PRIO_PROCESS, kept.process.pid, wanted.nice)
        if kept.stopping.is_set():
            _signal(kept.process, signal.SIGTERM)
        return await kept.process.wait()

    async def _end_all(self) -> None:
        for name in list(self._processes):
            self._end(name)
        await self._spare.dismiss()
        if self._ending:
            await asyncio.wait(self._ending)


async def _stop(kept: _Process) -> None:
    if kept.process is not None and kept.process.returncode is None:
        _signal(kept.process, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await kept.process.wait()
        except TimeoutError:
            _log.warning("%s did not stop in time and is killed", kept.wanted.name)
            _signal(kept.process, signal.SIGKILL)
            await kept.process.wait()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            await asyncio.shield(kept.task)
    kept.task.cancel()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


def _files(folder: Path) -> Iterator[tuple[str, Path, tuple[int, int]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".json") and not entry.name.startswith("."):
                with contextlib.suppress(FileNotFoundError):
                    about = entry.stat()
                    identity = (about.st_mtime_ns, about.st_ino)
                    yield entry.name.removesuffix(".json"), Path(entry.path), identity


def _write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read: camera addresses can hold passwords."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
        file.write(text)
    half.replace(path)
