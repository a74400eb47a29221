"""Requests that wait for a stream to go on: bounded in number and time, woken in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from media.errors import ReloadTimeout, TooManyWaiting


class _Topic:
    """Who waits for the same thing. One timer serves all: a thousand would cost their answers."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, deadline: float) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((deadline, future))
        if self._timer is None:
            self._timer = loop.call_at(deadline, self._expire)
        return future

    def wake(self) -> None:
        if self._timer:
            self._timer.cancel()
        for _, future in self._waiting:
            if not future.done():
                future.set_result(None)

    def _expire(self) -> None:
        loop, kept = asyncio.get_running_loop(), deque[tuple[float, asyncio.Future[None]]]()
        now = loop.time()
        for deadline, future in self._waiting:
            if future.done():
                continue
            if deadline <= now:
                future.set_exception(ReloadTimeout())
            else:
                kept.append((deadline, future))
        self._waiting = kept
        soonest = min((deadline for deadline, _ in kept), default=None)
        self._timer = None if soonest is None else loop.call_at(soonest, self._expire)


class Waiters:
    """Waits by topic: a rendition, or "" for the stream as a whole."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._topics: dict[str, _Topic] = {}
        self.count = 0  # requests that wait now

    def wake(self, topic: str) -> None:
        """Let those who wait for a topic look again, who came first before the others."""
        waiting = self._topics.pop(topic, None)
        if waiting:
            waiting.wake()

    def wake_all(self) -> None:
        """Let everybody look again."""
        for topic in list(self._topics):
            self.wake(topic)

    async def until(self, topic: str, is_there: Callable[[], bool], within_s: float) -> None:
        """Wait until the condition holds.

        Raises ``ReloadTimeout`` after ``within_s`` seconds, ``TooManyWaiting`` where there is no
        more room.
        """
        if is_there():
            return
        if self.count >= self._most:
            raise TooManyWaiting
        deadline = asyncio.get_running_loop().time() + within_s
        self.count += 1
        try:
            while not is_there():
                waiting = self._topics.get(topic)
                if waiting is None:
                    waiting = self._topics[topic] = _Topic()
                await waiting.enter(deadline)
        finally:
            self.count -= 1
