"""What every bus does, and the part of it that is the same in each: bounded subscriptions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Final, Protocol, Self

from aiohttp import web

Message = dict[str, Any]
MISSED: Final[Message] = {"missed": True}
MOST_WAITING = 256


class Subscription:
    """Messages of one topic, from the moment of entering on.

    At most ``MOST_WAITING`` wait; when one more comes all of them are dropped and counted in
    ``dropped``, and the listener gets ``MISSED`` instead: it has to look at the database anyway.
    """

    def __init__(self, topic: str, leave: Callable[[Subscription], None]) -> None:
        self.topic = topic
        self.dropped = 0
        self._leave = leave
        self._waiting: deque[Message] = deque()
        self._news = asyncio.Event()

    def give(self, message: Message) -> None:
        """Put a message in line; called by the bus."""
        if len(self._waiting) >= MOST_WAITING:
            self.miss()
            self.dropped += 1
            return
        self._waiting.append(message)
        self._news.set()

    def miss(self) -> None:
        """Say that messages were lost."""
        self.dropped += len(self._waiting)
        self._waiting.clear()
        self._waiting.append(MISSED)
        self._news.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave(self)

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class Bus(Protocol):
    """Publish and subscribe."""

    async def publish(self, topic: str, message: Message) -> bool:
        """Tell all listeners of all servers; False if other servers could not be told."""

    def subscribe(self, topic: str) -> Subscription:
        """Listen: ``async with bus.subscribe(topic) as news: async for message in news``."""

    async def is_ready(self) -> bool:
        """Tell whether other servers can be told."""

    async def close(self) -> None:
        """Let go of connections; subscriptions hear nothing more."""


BUS: web.AppKey[Bus] = web.AppKey("bus")
