"""Asks for the watch of every delayed broadcast on the air, and acts when it is missed.

What is known stands in ``watch.json`` in the broadcast's directory and is changed under a lock, so
that it survives a restart and several servers keep one watch. It needs no database: an order to
show the slate is given before anything is written into the journal.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import structlog
from aiohttp import web

from media import SERVICE_KEY
from server.accounts.model import Person, Posting
from server.accounts.roles import Permission, Role
from server.broadcasts.channels import Channel
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BroadcastService
from server.broadcasts.state import Order
from server.broadcasts.watching import (
    Happening,
    Step,
    Watch,
    confirmed,
    judged,
    left,
    taken_up,
)
from server.database import Database
from server.database.metadata import from_microseconds
from server.errors import DatabaseUnavailable, ServiceError, Unavailable
from server.journal.store import Deed, note
from server.settings import Settings

_log = structlog.stdlib.get_logger(__name__)
_NAME = "watch.json"
_LOOK_S = 1.0
_SET_US = 1_000_000  # a clock that has gone on by so much too much between two looks was set
_GRACE_US = 30_000_000
_MOST_WAITING = 1000
NOBODY = "watch"


class Watchers:
    """The watches of this server's broadcasts. ``period_us`` 0: no watch is asked for."""

    def __init__(
        self, settings: Settings, database: Database, broadcasts: BroadcastService
    ) -> None:
        self.period_us = round(settings.watch_minutes * 60_000_000)
        self.shows_slate = settings.watch_missed == "slate"
        self._database = database
        self._broadcasts = broadcasts
        self._known: dict[str, Watch] = {}
        self._acted: set[str] = set()  # on a miss that still stands
        self._looking = asyncio.Lock()
        self._seen = _now_us(), time.monotonic_ns() // 1000
        # For the journal, while the database is away.
        self._waiting: deque[Deed] = deque(maxlen=_MOST_WAITING)

    def about(self, broadcast: str) -> Watch:
        """Return the watch as it was last seen."""
        return self._known.get(broadcast, Watch())

    async def confirm(self, about: Broadcast, person: str) -> Watch:
        """Note that a person is watching what the public sees."""
        return await self._change(
            about.id, lambda watch: confirmed(watch, person, _now_us(), self.period_us)
        )

    async def leave(self, about: Broadcast, person: str) -> Watch:
        """Note that a person has stopped watching."""
        return await self._change(about.id, lambda watch: left(watch, person, _now_us()))

    async def run(self) -> None:
        """Look at the time once a second; runs until it is cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Look at every broadcast that is on the air here."""
        async with self._looking:
            await self._look()
            await self._write()

    async def _look(self) -> None:
        channels = self._broadcasts.channels
        live = channels.live() if self.period_us else frozenset()
        was_set = self._clock_was_set()
        for gone in self._known.keys() - live:
            del self._known[gone]
            self._acted.discard(gone)
        for broadcast in live:
            channel = channels.get(broadcast)
            if channel is None or channel.status is None:
                continue
            try:
                await self._judge(broadcast, channel, was_set=was_set)
            except ServiceError as problem:  # tried again in a second; others must not wait
                _log.warning("watch not judged", broadcast=broadcast, error=problem.code)

    def _clock_was_set(self) -> bool:
        """Whether the machine's clock has gone on by more than time has, since the last look.

        Nobody could confirm in the time that was left out: it is as a pause of the server.
        """
        (before_us, before), self._seen = self._seen, (_now_us(), time.monotonic_ns() // 1000)
        now_us, steady_us = self._seen
        return (now_us - before_us) - (steady_us - before) > _SET_US

    async def _judge(self, broadcast: str, channel: Channel, *, was_set: bool) -> None:
        needed = is_needed(channel)
        is_new = was_set or broadcast not in self._known

        def step(watch: Watch) -> Step:
            now = _now_us()
            if is_new:
                watch = taken_up(watch, now, min(_GRACE_US, self.period_us))
            return judged(watch, now, self.period_us, needed=needed)

        watch = await self._change(broadcast, step)
        if not watch.missed:
            self._acted.discard(broadcast)
        elif broadcast not in self._acted:
            _log.warning("watch missed", broadcast=broadcast)
            if self.shows_slate:
                await self._show_slate(broadcast, watch)
            self._acted.add(broadcast)

    async def _show_slate(self, broadcast: str, watch: Watch) -> None:
        """Order a recess in the name of who should have watched; again it is the same order."""
        about = await self._broadcasts.about(broadcast)
        role = Posting(Role.TECHNICIAN, about.court_id)
        by = Person(
            watch.watcher or NOBODY, NOBODY, "", (role,), scopes=frozenset({Permission.STOP})
        )
        await self._broadcasts.order(broadcast, Order.RECESS, f"{SERVICE_KEY}{watch.due_us}", by)

    async def _change(self, broadcast: str, step: Callable[[Watch], Step]) -> Watch:
        directory = self._broadcasts.directory(broadcast)
        try:
            watch, happened = await asyncio.to_thread(_changed, directory, step)
        except OSError as problem:
            raise Unavailable("The watch could not be written down.") from problem
        self._known[broadcast] = watch
        for one in happened:
            if len(self._waiting) == _MOST_WAITING:
                _log.error("watch not in the journal", lost=self._waiting[0].source)
            self._waiting.append(_deed(broadcast, one))
        return watch

    async def _write(self) -> None:
        """Write into the journal what has happened, as soon as the database takes it."""
        while self._waiting:
            deed = self._waiting[0]
            at = from_microseconds(int(deed.details["at_us"]))
            try:
                async with self._database.begin() as connection:
                    await note(connection, deed, at)
            except DatabaseUnavailable:
                return
            self._waiting.popleft()


def is_needed(channel: Channel | None) -> bool:
    """Tell whether the public sees the room later than it happens."""
    status = channel.status if channel else None
    return status is not None and status.air == "room" and status.delay_ms > 0


def due_of(watch: Watch) -> datetime | None:
    """Return by when a watch must be confirmed; None while nobody is asked."""
    return from_microseconds(watch.due_us) if watch.due_us else None


def _deed(broadcast: str, one: Happening) -> Deed:
    return Deed(
        f"broadcast.watch_{one.kind}",
        f"broadcast:{broadcast}",
        one.person,
        {"at_us": one.at_us},
        source=f"watch:{broadcast}:{one.kind}:{one.at_us}",
    )


def _changed(directory: Path, step: Callable[[Watch], Step]) -> Step:
    """Change what is written down, under a lock; writes only what is new."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / _NAME, os.O_RDWR | os.O_CREAT, 0o640)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = _read(file.read())
        after, happened = step(before)
        if after != before:
            file.seek(0)
            file.write(json.dumps(asdict(after)))
            file.truncate()
            file.flush()
            os.fsync(descriptor)
    return after, happened


def _read(text: str) -> Watch:
    """Return what was written; what a crash has torn asks for a confirmation anew."""
    try:
        fields = json.loads(text)
        return Watch(str(fields["watcher"]), int(fields["due_us"]), bool(fields["missed"]))
    except (ValueError, KeyError, TypeError):
        return Watch()


def _now_us() -> int:
    return time.time_ns() // 1000


WATCHERS = web.AppKey("watchers", Watchers)
