"""A connection to one of media's processes that comes back by itself."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path

import structlog

from media import MalformedMessage, Message, Subscribe, connect

_log = structlog.stdlib.get_logger(__name__)
_FIRST_PAUSE_S, _LONGER = 0.01, 1.1
"""A process that has been killed is found within a tenth of its absence when it is back."""
_LONGEST_PAUSE_S = 0.5


class Listening:
    """Subscribes at a socket again and again until it is told to stop.

    ``wish`` tells what is wanted now. ``take`` gets every message in the event loop and must not
    block; what it returns is answered. ``lost`` is told when a connection ends.
    """

    def __init__(
        self,
        socket: Path,
        wish: Callable[[], Subscribe],
        take: Callable[[Message], Message | None],
        lost: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._wish = wish
        self._take = take
        self._lost = lost
        self.connected = False
        self._in_doubt = False  # whether what was heard has been taken
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"listen-{self._socket.stem}")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def _run(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                if await self._listen():
                    pause = _FIRST_PAUSE_S
            except (OSError, TimeoutError):
                pass  # nobody listens there yet
            except MalformedMessage as problem:
                self._in_doubt = True
                _log.warning("malformed message", process=self._socket.stem, reason=str(problem))
            except Exception:  # noqa: BLE001  (what is on the air must not stand still for good)
                # A message that cannot be taken is not the last one: a whole snapshot follows.
                self._in_doubt = True
                _log.exception("message not taken", process=self._socket.stem)
            finally:
                if self.connected:
                    self.connected = False
                    self._lost()
            await asyncio.sleep(pause)
            pause = min(pause * _LONGER, _LONGEST_PAUSE_S)

    async def _listen(self) -> bool:
        """Listen until the connection ends; tell whether anything was heard."""
        stream = await connect(self._socket)
        heard = False
        try:
            wish = self._wish()
            stream.send(dataclasses.replace(wish, since=None) if self._in_doubt else wish)
            self._in_doubt = False
            async for message in stream:
                heard = self.connected = True
                answer = self._take(message)
                if answer is not None:
                    stream.send(answer)
        finally:
            await stream.close()
        return heard
