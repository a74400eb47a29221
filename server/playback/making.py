"""Pictures of a recording that a process of its own makes once: poster and storyboard."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from server.errors import NotFound

_AT_ONCE = 1
_AGAIN_AFTER_SECONDS = 60.0
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A file in a broadcast's directory, the module that makes it, and how long that may take.

    ``leaves`` are patterns of all files that the module leaves there.
    """

    file: str
    module: str
    longest_s: float
    leaves: tuple[str, ...]


POSTER: Final = Picture("poster.jpg", "media.recording.poster", 20.0, ("poster.jpg",))
STORYBOARD: Final = Picture(
    "storyboard.json",
    "media.recording.storyboard",
    120.0,  # nine hours are three thousand pictures
    ("storyboard.json", "storyboard-*.jpg"),
)


class Making:
    """Makes pictures where they are missing; who asks at the same time waits for the same one."""

    def __init__(self, picture: Picture, directory: Callable[[str], Path]) -> None:
        self._picture = picture
        self._directory = directory
        self._making: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._failed: dict[str, float] = {}

    async def path(self, broadcast: str) -> Path:
        """Return the file; raises ``NotFound`` if there can be none."""
        path = self._directory(broadcast) / self._picture.file
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
                *(sys.executable, "-m", self._picture.module, str(self._directory(broadcast))),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(self._picture.longest_s):
                    status = await process.wait()
            except TimeoutError:
                status = -1
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if status:
            _log.warning(
                "no picture made",
                file=self._picture.file,
                broadcast=broadcast,
                status=status,
            )

    async def forget(self, broadcast: str) -> None:
        """Throw the picture away: what it shows may have been withdrawn."""
        self._failed.pop(broadcast, None)
        await asyncio.to_thread(_remove, self._directory(broadcast), self._picture.leaves)

    async def close(self) -> None:
        """Stop what is being made."""
        tasks = tuple(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _remove(folder: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
