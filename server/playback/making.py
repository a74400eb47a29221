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

from media import NOTHING_WITHDRAWN, Withdrawn
from server.errors import NotFound

_AT_ONCE = 1
_AGAIN_AFTER_SECONDS = 60.0
_Key = tuple[str, Withdrawn]
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
    arguments: tuple[str, ...] = ()  # before the directory


POSTER: Final = Picture("poster.jpg", "media.recording.poster", 20.0, ("poster*.jpg",))
STORYBOARD: Final = Picture(
    "storyboard.json",
    "media.recording.storyboard",
    120.0,  # nine hours are three thousand pictures
    ("storyboard*.json", "storyboard-*.jpg"),
)


class Making:
    """Makes pictures where they are missing; who asks at the same time waits for the same one."""

    def __init__(
        self,
        picture: Picture,
        directory: Callable[[str], Path],
        made: Callable[[Path], None] = lambda _: None,
    ) -> None:
        """``made`` is called in a thread with each file that was made."""
        self._picture = picture
        self._directory = directory
        self._was_made = made
        self._making: dict[_Key, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._failed: dict[_Key, float] = {}

    @property
    def waiting(self) -> int:
        """How many are being made or wait for that."""
        return len(self._making)

    async def path(self, broadcast: str, withdrawn: Withdrawn = NOTHING_WITHDRAWN) -> Path:
        """Return the file, made without these stretches; raises ``NotFound`` if there is none.

        After a withdrawal it is another file: one that is being made now cannot take its place.
        """
        path = self._directory(broadcast) / withdrawn.named(self._picture.file)
        if not await asyncio.to_thread(path.is_file):
            key = broadcast, withdrawn
            await self._made(key)
            if not await asyncio.to_thread(path.is_file):
                self._failed[key] = time.monotonic()
                raise NotFound("There is no picture yet.")
        return path

    async def _made(self, key: _Key) -> None:
        if time.monotonic() - self._failed.get(key, float("-inf")) < _AGAIN_AFTER_SECONDS:
            return
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._make(*key))
            task.add_done_callback(lambda _: self._making.pop(key, None))
        await asyncio.shield(task)

    async def _make(self, broadcast: str, withdrawn: Withdrawn) -> None:
        told = [
            *self._picture.arguments,
            str(self._directory(broadcast)),
            *withdrawn.arguments(),
        ]
        async with self._room:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._picture.module, *told),
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
            return
        path = self._directory(broadcast) / withdrawn.named(self._picture.file)
        await asyncio.to_thread(self._was_made, path)

    async def forget(self, broadcast: str) -> None:
        """Throw the picture away: the recording is another one now."""
        for key in [key for key in self._failed if key[0] == broadcast]:
            del self._failed[key]
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
