"""Tells readers what becomes public, each at its time: one look at the database for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from server.bus import Bus
from server.database.metadata import from_microseconds, to_microseconds
from server.errors import DatabaseUnavailable, Malformed
from server.reports.model import public_view
from server.reports.store import Event, ReportStore
from server.withdrawn.model import NOTHING, Mask

LOOK_AGAIN_SECONDS = 5.0
"""Without a bell (a bus that is away) news is at most this late."""
OVERLAP = timedelta(seconds=5)
"""A transaction may become visible later than its time says; places are looked at again."""
MOST_WAITING = 200
MOST_REMEMBERED = 2000
CATCH_UP_PAGE = 500

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """One message to readers: ``cursor`` is where to go on after it, ``post`` its public view."""

    number: int
    cursor: str
    post: dict[str, Any]


def write_cursor(event: Event) -> str:
    """Return the place of an event in the order of publication."""
    return f"{to_microseconds(event.public_at)}-{event.number}"


def read_cursor(text: str | None) -> tuple[datetime, int]:
    """Return the place that a reader tells; the beginning if it tells none."""
    if not text:
        return datetime(1970, 1, 1, tzinfo=UTC), 0
    at, _, number = text.partition("-")
    if not (at.isascii() and at.isdigit() and number.isascii() and number.isdigit()):
        raise Malformed("This is not a place in the report.")
    if len(at) > 16 or len(number) > 9:  # noqa: PLR2004  (microseconds until the year 2286)
        raise Malformed("This is not a place in the report.")
    return from_microseconds(int(at)), int(number)


class _Reader:
    """A bounded queue of news; one that overflows ends, and its reader comes back."""

    def __init__(self) -> None:
        self.news: asyncio.Queue[News | None] = asyncio.Queue(MOST_WAITING)

    def give(self, news: News) -> None:
        if self.news.full():
            self.end()
        else:
            self.news.put_nowait(news)

    def end(self) -> None:
        while not self.news.empty():
            self.news.get_nowait()
        self.news.put_nowait(None)


class _Channel:
    """One broadcast's readers and the task that looks for news while there are any."""

    def __init__(self) -> None:
        self.readers: set[_Reader] = set()
        self.bell = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []


class ReportFeeds:
    """Report news of all broadcasts, for the readers of this server."""

    def __init__(
        self, store: ReportStore, bus: Bus, masks: Callable[[str], Mask] = lambda _: NOTHING
    ) -> None:
        self._store = store
        self._bus = bus
        self.masks = masks
        self._channels: dict[str, _Channel] = {}

    async def ring(self, broadcast: str) -> None:
        """Tell all servers that something is new."""
        await self._bus.publish(_topic(broadcast), {"report": broadcast})

    async def listen(self, broadcast: str, cursor: str | None) -> AsyncGenerator[News]:
        """Yield what is public after the cursor, then what becomes public; ends when too slow."""
        after = read_cursor(cursor)
        reader = _Reader()
        channel = self._enter(broadcast, reader)
        try:
            told: set[int] = set()
            async for news in self.catch_up(broadcast, after):
                told.add(news.number)
                yield news
            while (fresh := await reader.news.get()) is not None:
                if fresh.number not in told:  # it may have waited here while a name was withdrawn
                    yield replace(fresh, post=self.masks(broadcast).post(fresh.post))
        finally:
            await self._leave(broadcast, channel, reader)

    async def catch_up(self, broadcast: str, after: tuple[datetime, int]) -> AsyncGenerator[News]:
        """Yield what is public now after a place, each post once, as it is now."""
        at, number = after
        place = (at - OVERLAP, 0) if number else after
        now = datetime.now(UTC)
        last_of: dict[str, Event] = {}
        while page := await self._store.events(broadcast, place, now, CATCH_UP_PAGE):
            last_of |= {event.post: event for event in page}
            place = (page[-1].public_at, page[-1].number)
        latest = sorted(last_of.values(), key=lambda event: (event.public_at, event.number))
        for start in range(0, len(latest), CATCH_UP_PAGE):
            page = latest[start : start + CATCH_UP_PAGE]
            for news in await self._told(broadcast, page, now):
                yield news

    async def _told(self, broadcast: str, events: list[Event], now: datetime) -> list[News]:
        posts = await self._store.some({event.post for event in events})
        told = []
        for event in events:
            view = public_view(posts[event.post], now)
            if view is not None:
                shown = self.masks(broadcast).post(view)
                told.append(News(event.number, write_cursor(event), shown))
        return told

    def _enter(self, broadcast: str, reader: _Reader) -> _Channel:
        channel = self._channels.get(broadcast)
        if channel is None:
            channel = self._channels[broadcast] = _Channel()
            channel.tasks = [
                asyncio.create_task(self._watch(broadcast, channel), name=f"report-{broadcast}"),
                asyncio.create_task(self._hear(broadcast, channel), name=f"bell-{broadcast}"),
            ]
            for task in channel.tasks:
                task.add_done_callback(partial(self._failed, broadcast, channel))
        channel.readers.add(reader)
        return channel

    async def _leave(self, broadcast: str, channel: _Channel, reader: _Reader) -> None:
        channel.readers.discard(reader)
        if not channel.readers and self._channels.get(broadcast) is channel:
            del self._channels[broadcast]
            await _end(channel.tasks)

    def _failed(self, broadcast: str, channel: _Channel, task: asyncio.Task[None]) -> None:
        """Let the readers come anew where they would wait for news that nobody looks for."""
        problem = None if task.cancelled() else task.exception()
        if problem is None:
            return
        _log.critical("a report is looked at anew", broadcast=broadcast, exc_info=problem)
        if self._channels.get(broadcast) is channel:
            del self._channels[broadcast]
        for other in channel.tasks:
            other.cancel()
        for reader in channel.readers:
            reader.end()

    async def _hear(self, broadcast: str, channel: _Channel) -> None:
        async with self._bus.subscribe(_topic(broadcast)) as bell:
            async for _ in bell:
                channel.bell.set()

    async def _watch(self, broadcast: str, channel: _Channel) -> None:
        seen: OrderedDict[int, None] = OrderedDict()
        place = datetime.now(UTC)
        while True:
            channel.bell.clear()
            pause = LOOK_AGAIN_SECONDS
            try:
                now = datetime.now(UTC)
                events = await self._store.events(broadcast, (place - OVERLAP, 0), now)
                fresh = [event for event in events if event.number not in seen]
                for news in await self._told(broadcast, fresh, now):
                    for reader in list(channel.readers):
                        reader.give(news)
                seen.update(dict.fromkeys(event.number for event in fresh))
                while len(seen) > MOST_REMEMBERED:
                    seen.popitem(last=False)
                place = now if len(events) < CATCH_UP_PAGE else events[-1].public_at
                due = await self._store.next_public_at(broadcast, now)
                if due is not None:
                    pause = min(pause, (due - datetime.now(UTC)).total_seconds())
            except DatabaseUnavailable:
                _log.warning("report waits for the database", broadcast=broadcast)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.005, pause)):
                    await channel.bell.wait()

    def let_go(self, broadcast: str) -> None:
        """End what the readers of a broadcast follow; whoever may still read comes back."""
        channel = self._channels.get(broadcast)
        for reader in channel.readers if channel else ():
            reader.end()

    async def close(self) -> None:
        """Let all readers go."""
        for broadcast, channel in list(self._channels.items()):
            self.let_go(broadcast)
            await _end(channel.tasks)
        self._channels.clear()


def _topic(broadcast: str) -> str:
    return f"report.{broadcast}"


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task
