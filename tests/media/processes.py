"""Starts a process of media with an assignment, as the supervisor does, and ends it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from media.assignment import Assignment, dump
from media.messages import Message, Subscribe
from media.sockets import MessageStream, connect

ROOT = Path(__file__).parents[2]
SAYS_WITHIN, ENDS_WITHIN = 60.0, 20.0
"""Seconds: on a slow machine with other things to do a process starts in ten."""


class Started:
    """A running process: its log so far, and its end."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process, self._log = process, log

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has said."""
        return self._log.read_text()

    async def dies(self) -> int:
        """Wait until it has been killed by something else; return by which signal."""
        async with asyncio.timeout(SAYS_WITHIN):
            return -await self._process.wait()

    async def kill(self) -> None:
        """End it without a chance to do anything."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end; return its exit code."""
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_WITHIN):
            return await self._process.wait()


@contextlib.asynccontextmanager
async def started(
    module: str,
    assignment: Assignment,
    folder: Path,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Started]:
    """Run ``python -m MODULE ASSIGNMENT.json`` until the block ends."""
    name = module.rpartition(".")[2]
    path = folder / f"{name}.json"
    path.write_text(json.dumps(dump(assignment)))
    log = folder / f"{name}.log"
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, str(path), cwd=ROOT, stdout=out, stderr=out,
            env=os.environ | environment,
        )  # fmt: skip
    try:
        yield Started(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Heard:
    """What a process tells, in order."""

    def __init__(self, stream: MessageStream) -> None:
        self._messages = aiter(stream)

    async def first(self, wanted: Callable[[Message], bool]) -> Message:
        """Return the next message that is wanted; fails after a minute."""
        async with asyncio.timeout(SAYS_WITHIN):
            async for message in self._messages:
                if wanted(message):
                    return message
        raise AssertionError("the process went away")


async def reach(socket: str | Path) -> MessageStream:
    """Connect as soon as a process listens: its socket is there a moment before."""
    async with asyncio.timeout(SAYS_WITHIN):
        while True:
            with contextlib.suppress(OSError):
                return await connect(socket)
            await asyncio.sleep(0.02)  # nothing tells when another process listens


@contextlib.asynccontextmanager
async def heard(socket: str) -> AsyncIterator[Heard]:
    """Subscribe to "status" as soon as the process listens."""
    stream = await reach(socket)
    stream.send(Subscribe("status"))
    try:
        yield Heard(stream)
    finally:
        await stream.close()
