"""Letters on their way: bounded, one after the other, tried again with growing pauses."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from server.mailing.model import MOST_WAITING, WAITS_S, Later, Letter, Refused

_log = structlog.stdlib.get_logger(__name__)


@dataclass(order=True, slots=True)
class _Waiting:
    due: float
    number: int
    letter: Letter = field(compare=False)
    tries: int = field(default=0, compare=False)


class Outbox:
    """Delivers by ``deliver``, which blocks; ``settled`` is told what need not be tried again.

    ``dropped`` found no room, ``failed`` were refused for good or given up.
    """

    def __init__(
        self,
        deliver: Callable[[Letter], None],
        settled: Callable[[Letter], Awaitable[None]],
        waits_s: Sequence[float] = WAITS_S,
        most: int = MOST_WAITING,
    ) -> None:
        self._deliver = deliver
        self._settled = settled
        self._waits_s = waits_s
        self._most = most
        self._letters: list[_Waiting] = []
        self._numbers = itertools.count()
        self._news = asyncio.Event()
        self.sent = self.failed = self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many letters wait."""
        return len(self._letters)

    def put(self, letter: Letter) -> bool:
        """Take a letter; False where there is no room."""
        if len(self._letters) >= self._most:
            self.dropped += 1
            return False
        self._add(_Waiting(time.monotonic(), next(self._numbers), letter))
        return True

    async def run(self) -> None:
        """Deliver, until cancelled."""
        while True:
            one = await self._next()
            try:
                await asyncio.to_thread(self._deliver, one.letter)
            except Later as problem:
                self._again(one, problem)
            except Refused as problem:
                _log.warning("a letter was refused", why=problem.why)
                await self._settled(one.letter)
                self.failed += 1
            else:
                await self._settled(one.letter)
                self.sent += 1

    def _again(self, one: _Waiting, problem: Later) -> None:
        _log.warning("a letter could not be delivered", why=problem.why, tries=one.tries + 1)
        if one.tries >= len(self._waits_s):
            self.failed += 1  # its claim runs out, and it is written anew if it still waits then
            return
        one.due = time.monotonic() + self._waits_s[one.tries]
        one.tries += 1
        self._add(one)

    def _add(self, one: _Waiting) -> None:
        heapq.heappush(self._letters, one)
        self._news.set()

    async def _next(self) -> _Waiting:
        while True:
            self._news.clear()
            pause = self._letters[0].due - time.monotonic() if self._letters else None
            if pause is not None and pause <= 0:
                return heapq.heappop(self._letters)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()
