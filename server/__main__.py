"""``python -m server``: the launcher behind ``scripts/run``.

Says what should run, supervises it, and tells where it is when it answers. Imports little, because
a second start must answer its first request within three seconds.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import sys
import time
from argparse import Namespace
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from media import until_stopped
from server import run_options
from server.listening import CannotStart, free_port
from server.places import Places
from server.relaying import RelaySettings, is_relay
from server.supervisor import Supervisor
from server.wanted import Processes

READY_SECONDS = 60.0
DEMO_READY_SECONDS = 180.0
"""The first demonstration draws its courtroom before it goes on the air."""
POLL_SECONDS = 0.02
AHEAD_OF_OTHERS = -5
"""Priority of what viewers wait for, where the kernel allows it (root)."""


def say(text: str) -> None:
    """Tell the person at the terminal; standard output is only for what programs read."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class Launcher:
    """One run of the service in one data directory."""

    def __init__(self, arguments: Namespace) -> None:
        self._arguments = arguments
        self._places = Places(Path(arguments.data).absolute())
        self._processes = Processes(self._places.data)
        self._untold_password: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Run everything until told to stop; raises ``CannotStart``."""
        with self._only_one():
            await asyncio.to_thread(self._end_what_was_left)
            self._want_all()
            supervisor_stop = asyncio.Event()
            supervising = asyncio.create_task(
                Supervisor(self._places.data).run(supervisor_stop), name="supervisor"
            )
            ready = asyncio.create_task(self._tell_when_ready(), name="ready")
            stopped = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if ready.done():
                    ready.result()
                await asyncio.wait({supervising, stopped}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ready.cancel()
                stopped.cancel()
                supervisor_stop.set()
                await supervising

    def _only_one(self) -> Any:  # noqa: ANN401  (an open file, closed to let go)
        try:
            self._places.run.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self._places.run / "lock").open("w")
        except OSError as problem:
            raise CannotStart(
                f"the data directory {self._places.data} cannot be used: {problem.strerror}."
            ) from problem
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise CannotStart(
                f"it is already running with the data directory {self._places.data}."
            ) from None
        return lock

    def _end_what_was_left(self) -> None:
        broadcasts = self._places.data / "broadcasts"
        workers = (path.parent for path in broadcasts.glob("*/worker.json"))
        if all((directory / "record.sheet").exists() for directory in workers):
            return
        # Late, and only where something may be left: it costs a start a quarter of a second.
        from server.broadcasts.leaving import end_what_was_left  # noqa: PLC0415

        end_what_was_left(broadcasts, time.time())

    def _want_all(self) -> None:
        # A first start that was interrupted has made a password that nobody was told.
        before = _read(self._places.run / "access.json") or {}
        self._untold_password = before.get("password")
        for name in ("web.json", "access.json", "demo.json"):
            (self._places.run / name).unlink(missing_ok=True)
        host, port = self._arguments.host, free_port(self._arguments.host, self._arguments.port)
        data = str(self._places.data)
        self._processes.want(
            "web",
            "server.web",
            {"data": data, "host": host, "port": port, "demo": self._arguments.demo},
            nice=AHEAD_OF_OTHERS,
        )
        self._want_relays(host)
        if self._arguments.demo:
            self._processes.want(
                "demo",
                "server.demo",
                {
                    "data": data,
                    "cameras": self._arguments.camera,
                    "delay_s": self._arguments.delay,
                },
            )
        else:
            self._processes.release("demo")

    def _want_relays(self, host: str) -> None:
        try:
            settings = RelaySettings.from_env(os.environ, host, os.cpu_count() or 1)
        except ValueError as wrong:
            raise CannotStart(f"{wrong}.") from None
        wanted = settings.assignments(self._places)
        for name in self._processes.wanted():
            if is_relay(name) and name not in wanted:  # there were more of them before
                self._processes.release(name)
        for name, assignment in wanted.items():
            self._processes.want(name, "media.relay.process", assignment, nice=AHEAD_OF_OTHERS)

    async def _tell_when_ready(self) -> None:
        access = self._with_password(
            await _appears(self._places.run / "access.json", READY_SECONDS)
        )
        if not self._arguments.json:
            _tell_person(access)
            self._forget_password(access)
        demo: dict[str, Any] = {"broadcasts": [], "partner_key": None}
        if self._arguments.demo:
            if not self._arguments.json:
                say("  putting the demonstration's hearings on the air …")
            demo = await _appears(self._places.run / "demo.json", DEMO_READY_SECONDS)
        if self._arguments.json:
            _tell_program(access, demo)
            self._forget_password(access)
        elif self._arguments.demo:
            for broadcast in demo["broadcasts"]:
                say(f"  on the air, {broadcast['delay_s']:g} s delayed   {broadcast['page']}")
            if demo["pilot"] and demo["pilot"]["runs"]:
                say("  third courtroom: no policy yet, no approval needed while its pilot runs,")
                say(f"  until {demo['pilot']['ends_at'][:10]}   {access['console']}/courtrooms")

    def _with_password(self, access: dict[str, Any]) -> dict[str, Any]:
        """Add the password of an earlier start, kept until it has been told."""
        if access["password"] or not self._untold_password:
            return access
        access = {**access, "password": self._untold_password}
        self._keep(access)
        return access

    def _forget_password(self, access: dict[str, Any]) -> None:
        if access["password"]:
            self._keep({**access, "password": None})

    def _keep(self, access: dict[str, Any]) -> None:
        # Late, as opening the database tables' module costs nothing any more by now.
        from server.first_access import write_private  # noqa: PLC0415

        write_private(self._places.run / "access.json", access)


def _tell_person(access: Mapping[str, Any]) -> None:
    say("Tingbo 庭播 is running; Ctrl-C stops it.")
    say(f"  portal    {access['portal']}")
    say(f"  console   {access['console']}")
    say(f"  API       {access['api']}/openapi.json")
    if access["password"]:
        say(f"  first administrator: {access['user']}, one-time password: {access['password']}")


def _tell_program(access: Mapping[str, Any], demo: Mapping[str, Any]) -> None:
    line = {
        "ready": True,
        "portal": access["portal"],
        "console": access["console"],
        "api": access["api"],
        "admin": {name: access[name] for name in ("user", "password", "token")},
        "broadcasts": demo["broadcasts"],
        "partner_key": demo["partner_key"],
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


async def _appears(path: Path, seconds: float) -> dict[str, Any]:
    """Wait for a file that another process writes whole."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := _read(path)) is not None:
            return found
        await asyncio.sleep(POLL_SECONDS)
    raise CannotStart("it did not become ready in time; the reason is in the messages above.")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def main() -> int:
    """Run until SIGTERM or Ctrl-C; 1 if it cannot start, 2 for a wrong argument."""
    arguments = run_options.parse(sys.argv[1:])
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    try:
        asyncio.run(until_stopped(partial(Launcher.run, Launcher(arguments))))
    except CannotStart as reason:
        say(f"Tingbo cannot start: {reason}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
