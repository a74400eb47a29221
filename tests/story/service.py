"""The service as its owner runs it: one command, its processes, its line of JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from types import MappingProxyType
from typing import IO, Any

from tests.story.waiting import until_true

ROOT = Path(__file__).parents[2]
READY_WITHIN, STOPS_WITHIN, ANSWERS_WITHIN = 240.0, 90.0, 120.0
_KILLED = "did not stop in time and is killed"


@dataclass(frozen=True)
class Broadcast:
    """A broadcast as the line of JSON tells it."""

    id: str
    delay_s: float
    page: str
    hls: str
    whep: str
    report_events: str
    thumbnail: str


class Service:
    """The demonstration in one data directory; started and stopped as often as is liked."""

    def __init__(
        self, data: Path, camera: str, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """``settings``: variables beside those of the test's own environment."""
        self.data, self._camera, self._settings = data, camera, settings
        self.line: dict[str, Any] = {}
        self.password = ""
        self.output: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._log = data.with_name(f"{data.name}.log")

    def start(self) -> None:
        """Start it and wait for its line of JSON; whatever else it prints fails."""
        command = [sys.executable, "-m", "server", "--demo", "--json", "--port", "0"]
        command += ["--data", str(self.data), "--camera", self._camera]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                text=True, env=os.environ | self._settings,
            )  # fmt: skip
        lines: Queue[str] = Queue()
        threading.Thread(target=_pass_on, args=(self._process.stdout, lines), daemon=True).start()
        self.output = [lines.get(timeout=READY_WITHIN)]
        if not self.output[0]:
            raise RuntimeError(f"the service did not start:\n{self.log[-4000:]}")
        self.line = json.loads(self.output[0])
        self.password = self.line["admin"]["password"] or self.password

    def stop(self) -> bool:
        """Ask it to end and wait until it has; tell whether all of it ended by itself."""
        if self._process is None:
            return True
        before = self.log.count(_KILLED)
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPS_WITHIN)
        finally:
            self._process.kill()
            self._process = None
        return self.log.count(_KILLED) == before

    @property
    def log(self) -> str:
        """What it has written to standard error, all starts together."""
        return self._log.read_text(errors="replace")

    @property
    def address(self) -> str:
        """Where the portal is, without a slash at the end."""
        return str(self.line["portal"]).rstrip("/")

    @property
    def user(self) -> str:
        """The first administrator's name."""
        return str(self.line["admin"]["user"])

    @property
    def token(self) -> str:
        """The owner's token for programs."""
        return str(self.line["admin"]["token"])

    @property
    def broadcasts(self) -> list[Broadcast]:
        """The two that are on the air; the first shows the clock, undelayed."""
        return [Broadcast(**one) for one in self.line["broadcasts"]]

    def processes(self) -> dict[int, str]:
        """Return what runs with this data directory: command lines by process."""
        return {pid: words for pid, words in _command_lines() if str(self.data) in words}

    def pid(self, module: str, about: str = "") -> int | None:
        """Return the process that runs a module with an assignment of this name, if there is."""
        for pid, words in self.processes().items():
            if f"-m {module} " in words and about in words.rsplit("/", 1)[-1]:
                return pid
        return None

    def kill(self, module: str, about: str = "") -> int:
        """Kill a process as a fault would; return what it was."""
        pid = self.pid(module, about)
        if pid is None:
            raise LookupError(f"no {module} {about} runs")
        os.kill(pid, signal.SIGKILL)
        return pid

    async def replaced(self, killed: int, module: str, about: str = "") -> int:
        """Wait for the process that takes the place of a killed one."""

        async def successor() -> int | None:
            pid = self.pid(module, about)
            return None if pid == killed else pid

        return await until_true(successor, f"another {module}")

    def script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the scripts as the owner does, from wherever it may be."""
        return subprocess.run(
            [ROOT / "scripts" / name, *arguments, "--data", str(self.data)],
            cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=ANSWERS_WITHIN,
        )  # fmt: skip

    def told(self, name: str, *arguments: str) -> Any:  # noqa: ANN401  (JSON)
        """Run a script that must succeed; return the JSON it prints."""
        done = self.script(name, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def _pass_on(source: IO[str] | None, lines: Queue[str]) -> None:
    """Keep the pipe empty; an empty string tells that it has ended."""
    for line in source or ():
        lines.put(line)
    lines.put("")
    if source is not None:
        source.close()


def _command_lines() -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        yield int(entry.name), words.replace(b"\0", b" ").decode(errors="replace")
