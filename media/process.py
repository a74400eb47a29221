"""What every process of media does at its start and end."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import select
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

_PR_SET_PDEATHSIG = 1
_MOST_SAID = 65_536  # bytes that are read at once
_ARGUMENTS_START, _ARGUMENTS_END = 45, 46  # of /proc/self/stat, behind the name (proc(5): 48, 49)


def die_with_parent() -> None:
    """Have the kernel send SIGTERM when the supervisor is gone (Linux; elsewhere nothing).

    Without it, a killed supervisor would leave a recorder behind that writes the same spool as the
    next one.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


async def until_stopped(body: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run ``body`` with an event that is set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await body(stop)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


class Attendant(Protocol):
    """What a process does while it stands by."""

    def watch(self, assignments: Sequence[Path]) -> None:
        """Learn whose place may have to be taken."""

    def attend(self) -> float | None:
        """Do a little; return after how many seconds to be called again (None: never)."""


def stand_by(module: str, attendant: Attendant | None = None) -> Path | None:
    """Wait until standard input says which assignment to take up; None: it was closed.

    A line is ``{"watch": [PATH, …]}`` or ``{"take": PATH}``. The latter is answered by closing what
    was standard output; from then on the process shows the command line of one that was started
    with the assignment, and prints where its errors go.
    """
    said = b""
    while True:
        line, ending, rest = said.partition(b"\n")
        if ending:
            said = rest
            told = json.loads(line)
            if "take" in told:
                os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
                show_arguments(sys.executable, "-m", module, told["take"])
                return Path(told["take"])
            if attendant is not None:
                attendant.watch([Path(one) for one in told["watch"]])
            continue
        pause = attendant.attend() if attendant is not None else None
        if select.select([sys.stdin], [], [], pause)[0]:
            more = os.read(sys.stdin.fileno(), _MOST_SAID)
            if not more:
                return None
            said += more


def show_arguments(*arguments: str) -> None:
    """Have the system tell another command line of this process, where it has the room (Linux)."""
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return
    start, end = int(fields[_ARGUMENTS_START]), int(fields[_ARGUMENTS_END])
    told = b"".join(argument.encode() + b"\0" for argument in arguments)
    if start > 0 and len(told) <= end - start:
        ctypes.memmove(start, told.ljust(end - start, b"\0"), end - start)
