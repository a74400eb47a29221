"""A courtroom's cameras are tried without a hearing, by whoever sets them up.

They are received as for a hearing, and nothing of it is kept: what arrives lies apart from the
court's record and is thrown away when nobody looks any more.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.broadcasts import faults
from server.broadcasts.assignments import for_equipment, monitor_name, recorder_name
from server.broadcasts.room_views import camera_name, feed_view, meter_views
from server.broadcasts.rooms import Room
from server.broadcasts.running import Running
from server.courts.model import Camera
from server.courts.service import CourtService
from server.database import Database
from server.event_stream import Event
from server.journal.store import Deed, note
from server.places import Places
from server.settings import Settings
from server.translation import Language
from server.wanted import Processes

LONGEST_S: Final = 600.0
"""Somebody who forgot the page does not fill the disk."""
GRACE_S: Final = 5.0  # a page that is loaded anew finds its cameras still there
_LOOKS_S: Final = 0.1
MOST_LOOKS: Final = 100
_FEEDS_S: Final = 1.0
_METERS_S: Final = 0.1


class Equipment:
    """The courtrooms whose cameras are being tried; one per server process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        processes: Processes,
        courts: CourtService,
        running: Running,
    ) -> None:
        self._settings = settings
        self._places = Places(settings.data)
        self._database = database
        self._processes = processes
        self._courts = courts
        self._running = running
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def received(self, courtroom: str, by: Person) -> AsyncIterator[Room]:
        """Have a courtroom's cameras received while the block lasts.

        A courtroom that is in use for a hearing goes on as it is. Raises ``NotFound`` and
        ``Forbidden``.
        """
        room = await self._courts.courtroom(courtroom)
        by.must(Permission.EQUIP, room.court)
        tried = self._running.tried
        tried[courtroom] += 1
        try:
            async with self._locks[courtroom]:
                await self._begin(courtroom, by)
            yield self._running.rooms.follow(courtroom)
        finally:
            tried[courtroom] -= 1
            if not tried[courtroom]:
                del tried[courtroom]
                task = asyncio.create_task(self._leave_later(courtroom))
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)

    async def _begin(self, courtroom: str, by: Person) -> None:
        if await asyncio.to_thread(self._processes.assignment, recorder_name(courtroom)):
            return
        cameras = await self._courts.cameras(courtroom)
        async with self._database.begin() as connection:
            deed = Deed("courtroom.try_equipment", f"courtroom:{courtroom}", by.id)
            await note(connection, deed, datetime.now(UTC))
        await asyncio.to_thread(self._throw_away, courtroom)
        wishes = for_equipment(self._places, courtroom, cameras, self._settings)
        await self._running.want(*wishes)

    async def _leave_later(self, courtroom: str) -> None:
        await asyncio.sleep(GRACE_S)
        async with self._locks[courtroom]:
            if courtroom not in self._running.tried:
                await self._end(courtroom)

    async def _end(self, courtroom: str) -> None:
        """Let the processes go, unless a hearing has taken them over, and throw all away."""
        if await asyncio.to_thread(self._is_trial, courtroom):
            await self._running.leave_room(courtroom)
            await self._gone(courtroom)
        await asyncio.to_thread(self._throw_away, courtroom)

    async def _gone(self, courtroom: str) -> None:
        """Wait until the processes have ended: what still writes would make its folder again."""
        sockets = [self._places.socket(name(courtroom)) for name in (recorder_name, monitor_name)]
        for _ in range(MOST_LOOKS):
            if not any([await _is_heard(one) for one in sockets]):
                return
            await asyncio.sleep(_LOOKS_S)

    def _is_trial(self, courtroom: str) -> bool:
        told = self._processes.assignment(recorder_name(courtroom))
        folder = self._places.equipment.absolute() / courtroom
        return told is not None and Path(told["spool"]).is_relative_to(folder)

    def _throw_away(self, courtroom: str) -> None:
        shutil.rmtree(self._places.equipment / courtroom, ignore_errors=True)

    async def run(self) -> None:
        """End what an earlier server left behind; when cancelled, what this one began."""
        try:
            for courtroom in await asyncio.to_thread(self._left_behind):
                async with self._locks[courtroom]:
                    if courtroom not in self._running.tried:
                        await self._end(courtroom)
            await asyncio.Event().wait()
        finally:
            for task in self._leaving:
                task.cancel()
            for courtroom in await asyncio.to_thread(self._left_behind):
                if await asyncio.to_thread(self._is_trial, courtroom):
                    await self._running.leave_room(courtroom)

    def _left_behind(self) -> list[str]:
        folder = self._places.equipment
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


async def _is_heard(socket: Path) -> bool:
    """Tell whether a process still listens there."""
    try:
        _, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    writer.close()
    return True


EQUIPMENT = web.AppKey("equipment", Equipment)


async def equipment_events(
    room: Room, cameras: list[Camera], language: Language, pictures: str
) -> AsyncGenerator[Event]:
    """Yield ``feeds`` each second, ``meters`` 10 times a second, ``over`` after ``LONGEST_S``."""
    until, due = time.monotonic() + LONGEST_S, 0.0
    names = {one.id: camera_name(one, language) for one in cameras}
    while (now := time.monotonic()) < until:
        seen = room.changes.count
        if now >= due:
            due = now + _FEEDS_S
            feeds = [feed_view(room, one, language, pictures) for one in cameras]
            wrong = faults.faults(language, dict(room.alarms), names, on_air=False)
            yield Event("feeds", {"cameras": feeds, "faults": wrong})
        yield Event("meters", {"cameras": meter_views(room)})
        await room.changes.after(seen, max(due - time.monotonic(), 0.0))
        await asyncio.sleep(max(0.0, _METERS_S - (time.monotonic() - now)))
    yield Event("over", {})
