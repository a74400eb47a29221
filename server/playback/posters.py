"""The picture of an ended broadcast, made once by a process of its own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from server.errors import NotFound

POSTER: Final = "poster.jpg"
_MODULE: Final = "media.recording.poster"
_LONGEST_SECONDS = 20.0
_AT_ONCE = 1
_AGAIN_AFTER_SECONDS = 60.0
_log = structlog.stdlib.get_logger(__name__)


class Posters:
    """Makes posters where they are missing; who asks at the same time waits for the same one."""

    def __init__(self, directory: Callable[[str], Path]) -> None:
        self._directory = directory
        self._making: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._failed: dict[str, float] = {}

    async def path(self, broadcast: str) -> Path:
        """Return the poster's file; raises ``NotFound`` if there can be none."""
        path = self._directory(broadcast) / POSTER
        if not await asyncio.to_thread(path.is_file):
            await self._made(broadcast)
            if not await asyncio.to_thread(path.is_file):
                self._failed[broadcast] = time.monotonic()
                raise NotFound("There is no picture yet.")
        return path

    async def _made(self, broadcast: str) -> None:
        if time.monotonic() - self._failed.get(broadcast, float("-inf")) < _AGAIN_AFTER_SECONDS:
            return
        task = self._making.get(broadcast)
        if task is None:
            task = self._making[broadcast] = asyncio.create_task(self._make(broadcast))
            task.add_done_callback(lambda _: self._making.pop(broadcast, None))
        await asyncio.shield(task)

    async def _make(self, broadcast: str) -> None:
        async with self._room:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", _MODULE, str(self._directory(broadcast))),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(_LONGEST_SECONDS):
                    status = await process.wait()
            except TimeoutError:
                status = -1
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if status:
            _log.warning("no poster", broadcast=broadcast, status=status)

    async def forget(self, broadcast: str) -> None:
        """Throw a poster away: what it shows may have been withdrawn."""
        self._failed.pop(broadcast, None)
        path = self._directory(broadcast) / POSTER
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def close(self) -> None:
        """Stop what is being made."""
        tasks = tuple(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
