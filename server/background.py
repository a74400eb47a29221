"""What has to be done beside requests for as long as the service runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

_log = structlog.stdlib.get_logger(__name__)
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
Work = Callable[[], Awaitable[None]]


@asynccontextmanager
async def in_background(works: Mapping[str, Work]) -> AsyncIterator[None]:
    """Do all of it, each under its name, while the block lasts.

    Each is expected to see to the troubles it knows. One that fails all the same is told in the
    log and begun again after a while: nobody would miss it else, and a key that was revoked or a
    stretch that was withdrawn would stay on the air at this server.
    """
    tasks = [asyncio.create_task(keep_doing(name, work), name=name) for name, work in works.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_doing(name: str, work: Work) -> None:
    """Do it until it is done; where it fails, tell of that in the log and begin again."""
    pause = _FIRST_PAUSE_S
    while True:
        began = time.monotonic()
        try:
            await work()
        except Exception as problem:  # noqa: BLE001  (whatever it is, it must not end for good)
            _log.critical(f"{name} failed", exc_info=problem)
        else:
            return
        if time.monotonic() - began > _LONGEST_PAUSE_S:
            pause = _FIRST_PAUSE_S
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
