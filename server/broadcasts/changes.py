"""Wakes whoever waits for something to change."""

from __future__ import annotations

import asyncio


class Changes:
    """A counter that can be waited for. Slow waiters see only the newest state: nothing queues."""

    def __init__(self) -> None:
        self.count = 0
        self._news = asyncio.Event()

    def tell(self) -> None:
        """Say that something has changed."""
        self.count += 1
        self._news.set()
        self._news = asyncio.Event()

    async def after(self, count: int, within_s: float) -> None:
        """Wait until there were changes after ``count``, or for a while."""
        if self.count > count:
            return
        try:
            async with asyncio.timeout(within_s):
                await self._news.wait()
        except TimeoutError:
            return
