"""A process that stands by for the next worker, and ready to take the place of those that run.

Nine tenths of a worker's start are the interpreter and its imports. Where one stands by, who
succeeds a worker that died is on the air before the players' buffers are empty (record 78); where
it has followed the cameras besides, before they miss a part (record 82).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path

_ROOM_BYTES = 96
"""For an assignment's name behind its folder, in the command line that others see."""
_HAND_OVER_SECONDS = 2.0
"""What stands by may be making itself ready for another one, which takes some tenths."""
_LEAVE_SECONDS = 1.0


class Spare:
    """At most one process of a module, which is told on its standard input what to do.

    The module takes ``--spare=ROOM`` in place of an assignment, as ``media.process.stand_by`` does:
    ``ROOM`` is as long as the longest assignment's path that its command line can show afterwards.
    """

    def __init__(self, module: str, assignments: Path) -> None:
        self.module = module
        self._room = "-" * (len(str(assignments)) + _ROOM_BYTES)
        self._process: asyncio.subprocess.Process | None = None
        self._watched: list[Path] = []

    @property
    def is_there(self) -> bool:
        """Whether a process stands by, or starts to."""
        return self._process is not None and self._process.returncode is None

    async def prepare(self) -> None:
        """Start one; to be called where none is there."""
        self._watched = []
        pipe = asyncio.subprocess.PIPE
        self._process = await start(self.module, f"--spare={self._room}", pipe, pipe)

    def watch(self, assignments: list[Path]) -> None:
        """Tell it whose place it may have to take, if that has changed."""
        process = self._process
        if process is None or process.stdin is None or assignments == self._watched:
            return
        self._watched = assignments
        process.stdin.write(_line({"watch": [str(one) for one in assignments]}))

    async def take(self, assignment: Path) -> asyncio.subprocess.Process | None:
        """Give an assignment to the process that stands by; None: there is none, or it is dead."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return None
        if process.stdin is None or process.stdout is None:
            return None
        try:
            async with asyncio.timeout(_HAND_OVER_SECONDS):
                process.stdin.write(_line({"take": str(assignment)}))
                await process.stdin.drain()
                await process.stdout.read()  # until it closes it: the process is awake
        except (OSError, TimeoutError):
            await _end(process)
            return None
        process.stdin.close()
        return process

    async def dismiss(self) -> None:
        """End the process that stands by, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            await _end(process)


def _line(told: dict[str, object]) -> bytes:
    return json.dumps(told).encode() + b"\n"


async def start(
    module: str, argument: str, stdin: int, stdout: int | None = None
) -> asyncio.subprocess.Process:
    """Start ``python -m MODULE ARGUMENT``; what it prints goes where our errors go, or to us."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        argument,
        stdin=stdin,
        stdout=sys.stderr if stdout is None else stdout,
        start_new_session=True,  # Ctrl-C reaches the supervisor only
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, which tells it that nothing comes; kill it if it does not obey."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_LEAVE_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
