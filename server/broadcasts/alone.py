"""One server at a time decides whether a broadcast begins: starts, plans anew, calls off.

The order log is the truth about what is on the air, and the database about what is called off; an
act that reads the one and writes the other needs both to stand still. All servers of an
installation share its data directory, so that a lock on a file there holds between them, also
while the database is away; whoever dies gives it back.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from server.errors import Conflict, Unavailable

PATIENCE_S: Final = 5.0
_LOOK_S = 0.02
_NAME = "beginning.lock"


@asynccontextmanager
async def alone(directory: Path) -> AsyncIterator[None]:
    """Be the only one that decides about the broadcast of this directory.

    Raises ``Conflict`` if somebody else does for longer than five seconds, ``Unavailable`` if the
    disk cannot be written.
    """
    try:
        descriptor = await asyncio.to_thread(_open, directory)
    except OSError as problem:
        raise Unavailable("The order could not be written down; it was not given.") from problem
    try:
        until = time.monotonic() + PATIENCE_S
        while not _take(descriptor):
            if time.monotonic() > until:
                raise Conflict(
                    "Somebody else is deciding about this broadcast just now; look again."
                )
            await asyncio.sleep(_LOOK_S)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def _open(directory: Path) -> int:
    directory.mkdir(parents=True, exist_ok=True)
    return os.open(directory / _NAME, os.O_RDWR | os.O_CREAT, 0o640)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
