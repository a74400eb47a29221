"""The count while it happens: evidence in memory, flushed to the database every two seconds.

Nothing here is asked for permission to show pictures: when the database is away evidence waits
(bounded) and is flushed later; what a crash loses is seconds of watched time, never a visit twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final, Literal, Protocol

import structlog
from aiohttp import web

from server.audience.calendar import to_us
from server.audience.counting import SECOND_US, Span, join
from server.audience.store import Evidence, Key
from server.errors import DatabaseUnavailable

Medium = Literal["live_video", "replay_video", "report", "partner"]
MEDIA: Final[tuple[Medium, ...]] = ("live_video", "replay_video", "report", "partner")

FLUSH_SECONDS = 2.0
# Who is known to be watching is written less often than who has just come.
STEADY_SECONDS = 6.0
# Players ask several times a second, streams are noted at each flush.
WATCHING_US = 20 * SECOND_US
MOST_KEYS = 200_000
MOST_IN_ONE_FLUSH = 1000  # a transaction: nobody else writes meanwhile
_ASKED_SECONDS = 30.0

_log = structlog.stdlib.get_logger(__name__)


class Store(Protocol):
    """What the count needs of its store."""

    async def record(self, evidence: Evidence) -> int:
        """Write evidence; return how many visits were new."""

    async def count_since(self, broadcast: str, since_us: int) -> int:
        """Return how many viewers gave evidence since then."""


def _now() -> datetime:
    return datetime.now(UTC)


class Audience:
    """Takes evidence of watching; one per server process."""

    def __init__(self, store: Store, now: Callable[[], datetime] = _now) -> None:
        self._store = store
        self._now = now
        self._pending: dict[Key, list[Span]] = {}
        self._standing: Counter[Key] = Counter()
        # When a viewer was last written (monotonic), the oldest first.
        self._written: OrderedDict[Key, float] = OrderedDict()
        # By broadcast: counted when, viewers, asked for when (monotonic).
        self._counts: dict[str, tuple[float, int, float]] = {}
        self._flushing = asyncio.Lock()
        self.dropped = 0  # evidence for which there was no room
        self.failed_flushes = 0

    @property
    def waiting(self) -> int:
        """How many viewers have evidence that is not written yet."""
        return len(self._pending)

    def touch(
        self, broadcast: str, medium: Medium, viewer: str, at: datetime | None = None
    ) -> None:
        """Note that a viewer was seen watching. Costs no I/O; never raises."""
        self._note(Key(broadcast, medium, viewer), to_us(at or self._now()))

    @asynccontextmanager
    async def watching(
        self, broadcast: str, medium: Medium, viewer: str | None
    ) -> AsyncIterator[None]:
        """Count a viewer as watching as long as the block lasts (None: not at all)."""
        if viewer is None:
            yield
            return
        key = Key(broadcast, medium, viewer)
        self._note(key, to_us(self._now()))
        self._standing[key] += 1
        try:
            yield
        finally:
            self._note(key, to_us(self._now()))
            self._standing[key] -= 1
            if not self._standing[key]:
                del self._standing[key]

    async def viewers_now(self, broadcast: str) -> int:
        """Return how many viewers watch a broadcast, at all servers together.

        At most two seconds old; when the database is away the last number stands.
        """
        self.last_count(broadcast)
        at, viewers, asked_at = self._counts[broadcast]
        if asked_at - at < FLUSH_SECONDS:
            return viewers
        with contextlib.suppress(DatabaseUnavailable):
            await self._recount(broadcast)
        return self._counts[broadcast][1]

    def last_count(self, broadcast: str) -> int:
        """Return the number of viewers that is known; it is kept fresh for who asks again."""
        at, viewers, _ = self._counts.get(broadcast, (float("-inf"), 0, 0.0))
        self._counts[broadcast] = (at, viewers, time.monotonic())
        return viewers

    async def _recount(self, broadcast: str) -> None:
        since = to_us(self._now()) - WATCHING_US
        at = time.monotonic()
        viewers = await self._store.count_since(broadcast, since)
        asked_at = self._counts.get(broadcast, (0.0, 0, at))[2]
        self._counts[broadcast] = (at, viewers, asked_at)

    async def _refresh_counts(self) -> None:
        """Count anew where somebody wants to know, and forget the others."""
        now = time.monotonic()
        for broadcast, (_, _, asked_at) in tuple(self._counts.items()):
            if now - asked_at > _ASKED_SECONDS:
                del self._counts[broadcast]
            else:
                await self._recount(broadcast)

    def _note(self, key: Key, at_us: int) -> None:
        point = Span(at_us, at_us)
        known = self._pending.get(key)
        if known is None:
            if len(self._pending) >= MOST_KEYS:
                self.dropped += 1
                return
            self._pending[key] = [point]
        else:
            self._pending[key] = list(join([*known, point]))

    async def flush(self, *, everything: bool = False) -> int:
        """Write what is due in one transaction; return how many viewers it was about.

        What cannot be written stays and is tried again.
        """
        async with self._flushing:
            at_us = to_us(self._now())
            for key in self._standing:
                self._note(key, at_us)
            due = self._take_due(everything=everything)
            if not due:
                return 0
            try:
                await self._store.record(due)
            except BaseException:
                # Also when cancelled: evidence that was written after all changes nothing.
                self._give_back(due)
                raise
            self._remember(due)
            return len(due)

    def _take_due(self, *, everything: bool) -> dict[Key, Sequence[Span]]:
        now = time.monotonic()
        due: dict[Key, Sequence[Span]] = {}
        for key, spans in self._pending.items():
            if len(due) >= MOST_IN_ONE_FLUSH:
                break
            if everything or now - self._written.get(key, float("-inf")) >= STEADY_SECONDS:
                due[key] = spans
        for key in due:
            del self._pending[key]
        return due

    def _give_back(self, evidence: Evidence) -> None:
        for key, spans in evidence.items():
            self._pending[key] = list(join([*spans, *self._pending.get(key, ())]))

    def _remember(self, evidence: Evidence) -> None:
        now = time.monotonic()
        for key in evidence:
            self._written[key] = now
            self._written.move_to_end(key)
        while self._written and now - next(iter(self._written.values())) > STEADY_SECONDS:
            self._written.popitem(last=False)

    async def run(self) -> None:
        """Flush until cancelled, then write everything once more."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self._try_flush()
        finally:
            await self._try_flush(everything=True)

    async def _try_flush(self, *, everything: bool = False) -> None:
        try:
            while await self.flush(everything=everything) >= MOST_IN_ONE_FLUSH:
                pass
            await self._refresh_counts()
        except DatabaseUnavailable:
            self.failed_flushes += 1
            _log.warning("audience not written", waiting=len(self._pending))


class PresentViewers:
    """The number of viewers for whoever wants it at once (``server.broadcasts.viewers``)."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience

    def watching(self, broadcast: str) -> int:
        """Return how many watch now."""
        return self._audience.last_count(broadcast)


AUDIENCE: web.AppKey[Audience] = web.AppKey("audience", Audience)
