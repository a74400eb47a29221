"""Checks of a record against its seals and its sheet, made in the background.

One folder for each broadcast, with the newest check; the journal keeps what every check found.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from media import RECORD_SHEET, InspectionAssignment, dump, read_progress
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.broadcasts.assignments import MONITOR_NICE
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BroadcastService
from server.database import Database
from server.errors import Conflict, NotFound, TooMany
from server.identity import new_id
from server.journal.store import Deed, note
from server.places import Places
from server.records.model import Check, checked
from server.records.service import RecordService
from server.wanted import Processes

MOST_AT_ONCE = 2  # each reads a disk that records
_PREFIX = "check-"
_REQUEST = "request.json"


class CheckService:
    """Begins checks and tells how they fare."""

    def __init__(
        self,
        database: Database,
        places: Places,
        processes: Processes,
        broadcasts: BroadcastService,
        records: RecordService,
    ) -> None:
        self._database = database
        self._places = places
        self._processes = processes
        self._broadcasts = broadcasts
        self._records = records
        self._lock = asyncio.Lock()

    async def begin(self, broadcast: str, by: Person) -> Check:
        """Begin a check, or return the one that runs; raises ``Conflict``, ``TooMany``."""
        about = await self._about(broadcast, by)
        async with self._lock:
            running = await asyncio.to_thread(self._read, about.id)
            if running is not None and not running.is_over:
                return running
            sheet = self._places.broadcast(about.id) / RECORD_SHEET
            if not await asyncio.to_thread(sheet.exists):
                raise Conflict("The record of this broadcast is not filed yet.")
            if await asyncio.to_thread(self._count) >= MOST_AT_ONCE:
                raise TooMany("Too many records are being checked.", retry_after_s=60)
            check = Check(about.id, new_id(), by.id, time.time_ns() // 1000)
            key = (await self._records.public_key()).decode()
            async with self._database.begin() as connection:
                deed = Deed("record.check", f"broadcast:{about.id}", by.id, {"id": check.id})
                await note(connection, deed, datetime.now(UTC))
            await asyncio.to_thread(self._begin, check, about.hearing.courtroom, key)
            return check

    async def shown(self, broadcast: str, by: Person) -> Check:
        """Return the newest check of a record; raises ``NotFound`` if there was none."""
        about = await self._about(broadcast, by)
        found = await asyncio.to_thread(self._read, about.id)
        if found is None:
            raise NotFound("This record has not been checked yet.")
        name = _PREFIX + about.id
        if found.is_over and name in await asyncio.to_thread(self._processes.wanted):
            await self._note_end(found)
            await asyncio.to_thread(self._processes.release, name)
        return found

    async def is_checked(self, broadcast: str) -> bool:
        """Tell whether there is a check to be shown."""
        return await asyncio.to_thread(self._read, broadcast) is not None

    async def _about(self, broadcast: str, by: Person) -> Broadcast:
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.WATCH_ROOM, about.court_id)
        return about

    async def _note_end(self, check: Check) -> None:
        details = {
            "id": check.id,
            "state": check.state,
            "whole": check.is_whole,
            "findings": len(check.findings),
        }
        deed = Deed(
            "record.checked", f"broadcast:{check.broadcast}", "", details, f"checked:{check.id}"
        )
        async with self._database.begin() as connection:
            await note(connection, deed, datetime.now(UTC))

    def _begin(self, check: Check, courtroom: str, key: str) -> None:
        folder = self._places.check(check.broadcast)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        asked = {name: getattr(check, name) for name in ("broadcast", "id", "by", "asked_us")}
        (folder / _REQUEST).write_text(json.dumps(asked), encoding="utf-8")
        assignment = InspectionAssignment(
            spool=str(self._places.spool(courtroom).absolute()),
            broadcast_directory=str(self._places.broadcast(check.broadcast).absolute()),
            directory=str(folder.absolute()),
            public_key=key,
        )
        name = _PREFIX + check.broadcast
        self._processes.want(name, "media.inspection", dump(assignment), MONITOR_NICE, once=True)

    def _read(self, broadcast: str) -> Check | None:
        return _read(self._places.check(broadcast))

    def _count(self) -> int:
        names = [one.removeprefix(_PREFIX) for one in self._processes.wanted() if _is_check(one)]
        found = (self._read(one) for one in names)
        return sum(one is not None and not one.is_over for one in found)


def _is_check(name: str) -> bool:
    return name.startswith(_PREFIX)


def _read(folder: Path) -> Check | None:
    try:
        request = json.loads((folder / _REQUEST).read_bytes())
        return checked(request, read_progress(folder))
    except (OSError, TypeError, KeyError, ValueError):
        return None


CHECKS = web.AppKey("checks", CheckService)
