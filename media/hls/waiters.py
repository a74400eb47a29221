"""Requests that wait for a stream to go on: bounded in number and time, woken in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from media.errors import ReloadTimeout, TooManyWaiting


class Waiters:
    """Waits by topic: a rendition, or "" for the stream as a whole."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed: dict[str, asyncio.Event] = {}
        self.count = 0  # requests that wait now

    def wake(self, topic: str) -> None:
        """Let those who wait for a topic look again, who came first before the others."""
        event = self._changed.pop(topic, None)
        if event:
            event.set()

    def wake_all(self) -> None:
        """Let everybody look again."""
        for topic in list(self._changed):
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
        self.count += 1
        try:
            async with asyncio.timeout(within_s):
                while not is_there():
                    await self._changed.setdefault(topic, asyncio.Event()).wait()
        except TimeoutError:
            raise ReloadTimeout from None
        finally:
            self.count -= 1
