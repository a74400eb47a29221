"""Sheets, exports and retention. There is no way here to change, move or delete an original."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from media import (
    PIECES_SUFFIX,
    RECORD_SHEET,
    CourtKey,
    Due,
    ExportAssignment,
    MediaError,
    Recorded,
    SignedSheet,
    camera_names,
    due,
    dump,
    is_closed,
    parse_sheet,
)
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.broadcasts.assignments import COURT_KEY, MONITOR_NICE
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BroadcastService
from server.database import Database
from server.database.metadata import to_microseconds
from server.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unavailable
from server.identity import new_id
from server.journal.store import Deed, note
from server.places import Places
from server.proofs.model import Film as HandedFilm
from server.proofs.service import ProofService
from server.records import store
from server.records.folder import ExportFolder, fields
from server.records.model import MOST_AT_ONCE, Export, ExportAsked, Retention
from server.settings import Settings
from server.wanted import Processes

_PREFIX = "export-"


class RecordService:
    """What staff may know and take of the courts' records. Every copy and reading is journaled."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        processes: Processes,
        broadcasts: BroadcastService,
        proofs: ProofService,
    ) -> None:
        self._database = database
        self._settings = settings
        self._places = Places(settings.data)
        self._processes = processes
        self._broadcasts = broadcasts
        self._proofs = proofs
        self._folder = ExportFolder(self._places.exports)

    async def public_key(self) -> bytes:
        """Return the public key that records are checked with, as PEM; raises ``Unavailable``."""
        path = (self._settings.keys or self._places.keys) / COURT_KEY
        try:
            return (await asyncio.to_thread(CourtKey.at, path)).public_pem
        except MediaError:
            raise Unavailable("The court's key cannot be read.") from None

    async def sheet(self, broadcast: str, by: Person) -> SignedSheet:
        """Return a broadcast's signed sheet; raises ``NotFound`` until the record is filed."""
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.WATCH_ROOM, about.court_id)
        signed = await asyncio.to_thread(self._read_sheet, about.id)
        if signed is None and about.id in await self.filed([about.id]):
            raise NotFound("The sheet of this record cannot be read: have the record checked.")
        if signed is None:
            raise NotFound("The record of this broadcast is not filed yet.")
        return signed

    async def look(self, broadcast: str, by: Person) -> SignedSheet:
        """Return a broadcast's signed sheet to somebody who looks at its record.

        That they did is noted before: once an hour, as often as they may turn the page.
        """
        signed = await self.sheet(broadcast, by)
        now = datetime.now(UTC)
        source = f"record.look:{broadcast}:{by.id}:{now:%Y-%m-%dT%H}"
        async with self._database.begin() as connection:
            deed = Deed("record.look", f"broadcast:{broadcast}", by.id, source=source)
            await note(connection, deed, now)
        return signed

    def _read_sheet(self, broadcast: str) -> SignedSheet | None:
        try:
            return parse_sheet((self._places.broadcast(broadcast) / RECORD_SHEET).read_bytes())
        except (OSError, MediaError):
            return None

    async def export(self, broadcast: str, asked: ExportAsked, by: Person) -> Export:
        """Begin to copy a range; raises ``Forbidden``, ``Conflict``, ``Invalid``, ``TooMany``.

        Closed parts need a right of their own and must be asked for. Before the record is filed
        nothing can be copied: what was closed by order is not closed in it yet.
        """
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.EXPORT, about.court_id)
        if asked.closed:
            by.must(Permission.EXPORT_CLOSED, about.court_id)
        signed = await asyncio.to_thread(self._read_sheet, about.id)
        if signed is None:
            raise Conflict("The record of this broadcast is not filed yet.")
        export = await asyncio.to_thread(self._planned, about, asked, signed, by)
        await self._note("record.export", export, by)
        await asyncio.to_thread(self._begin, export, about.hearing.courtroom)
        return export

    def _planned(
        self, about: Broadcast, asked: ExportAsked, signed: SignedSheet, by: Person
    ) -> Export:
        spool = self._places.spool(about.hearing.courtroom)
        from_us = to_microseconds(asked.from_time) if asked.from_time else signed.sheet.from_us
        to_us = to_microseconds(asked.to_time) if asked.to_time else signed.sheet.to_us
        if not signed.sheet.from_us <= from_us < to_us <= signed.sheet.to_us:
            raise Invalid("This range is not within the hearing.", field="to")
        known = [one.camera for one in signed.sheet.cameras]
        cameras = asked.cameras or tuple(known)
        if not set(cameras) <= set(known) or not set(cameras) <= set(camera_names(spool)):
            raise Invalid("These cameras are not all in the record.", field="cameras")
        if not asked.closed and any(is_closed(spool, one, from_us, to_us) for one in cameras):
            raise Forbidden("A part of this range is closed.")
        if sum(not one.is_over for one in self._folder.all()) >= MOST_AT_ONCE:
            raise TooMany("Too many copies are being made.", retry_after_s=60)
        now_us = time.time_ns() // 1000
        return Export(
            new_id(), about.id, by.id, now_us, from_us, to_us, cameras, closed=asked.closed
        )

    def _begin(self, export: Export, courtroom: str) -> None:
        folder = self._folder.begin(export)
        assignment = ExportAssignment(
            export=export.id,
            spool=str(self._places.spool(courtroom).absolute()),
            directory=str(folder.absolute()),
            cameras=export.cameras,
            from_us=export.from_us,
            to_us=export.to_us,
            may_read_closed=export.closed,
        )
        self._processes.want(
            _PREFIX + export.id, "media.export", dump(assignment), MONITOR_NICE, once=True
        )

    async def exports(self, broadcast: str, by: Person) -> list[Export]:
        """Return the exports of a broadcast."""
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.EXPORT, about.court_id)
        found = await asyncio.to_thread(self._folder.all, about.id)
        for one in found:
            await self._release(one)
        return found

    async def shown(self, broadcast: str, export: str, by: Person) -> Export:
        """Return an export; raises ``NotFound``, and ``Forbidden`` for who may not have it."""
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.EXPORT, about.court_id)
        found = await asyncio.to_thread(self._folder.read, about.id, export)
        if found is None:
            raise NotFound
        if found.closed:
            by.must(Permission.EXPORT_CLOSED, about.court_id)
        await self._release(found)
        return found

    async def _release(self, export: Export) -> None:
        if export.is_over:
            await asyncio.to_thread(self._processes.release, _PREFIX + export.id)

    async def film(self, broadcast: str, export: str, name: str, by: Person) -> Path:
        """Return where a film lies, after it was journaled who reads it; raises ``NotFound``.

        From now on a stranger who holds it can find out that it is the court's, unless closed parts
        are in it: of those nothing is public, not even a digest.
        """
        found = await self.shown(broadcast, export, by)
        path = await asyncio.to_thread(self._folder.film, found, name)
        if path is None:
            raise NotFound
        handed = _handed(found, name, path)
        if handed is not None:
            await self._proofs.keep_pieces(found.broadcast, handed)
            about, now = await self._broadcasts.about(found.broadcast), datetime.now(UTC)
            async with self._database.begin() as connection:
                await note(connection, _deed("record.read", found, by, film=name), now)
                await self._proofs.enter_copy(connection, about, handed, now)
        else:
            await self._note("record.read", found, by, film=name)
        return path

    async def remove(self, broadcast: str, export: str, by: Person) -> None:
        """Cancel an export, or take its copies away."""
        found = await self.shown(broadcast, export, by)
        await self._note("record.export_removed", found, by)
        await asyncio.to_thread(self._processes.release, _PREFIX + found.id)
        await asyncio.to_thread(self._folder.remove, found)

    async def _note(self, action: str, export: Export, by: Person, **more: Any) -> None:  # noqa: ANN401
        async with self._database.begin() as connection:
            await note(connection, _deed(action, export, by, **more), datetime.now(UTC))

    async def keep(self, court: str, days: int | None, by: Person) -> None:
        """Set after how many days a court's records are due for the archive; None: never."""
        by.must(Permission.ADMINISTER, court)
        async with self._database.begin() as connection:
            if not await store.set_retention(connection, court, days):
                raise NotFound
            deed = Deed("court.retention", f"court:{court}", by.id, {"days": days})
            await note(connection, deed, datetime.now(UTC))

    async def retention(self, about: Broadcast) -> Retention:
        """Return until when a broadcast's record is kept, and by which policy."""
        async with self._database.read() as connection:
            days = await store.retention(connection, about.court_id)
        if days is None or about.ended_at is None:
            return Retention(days, None)
        return Retention(days, about.ended_at + timedelta(days=days))

    async def policy(self, court: str, by: Person) -> int | None:
        """Return after how many days a court's records are due; None: never."""
        by.must(Permission.WATCH_ROOM, court)
        async with self._database.read() as connection:
            return await store.retention(connection, court)

    async def filed(self, broadcasts: Iterable[str]) -> frozenset[str]:
        """Return those of the broadcasts whose record has its signed sheet."""
        sheets = {one: self._places.broadcast(one) / RECORD_SHEET for one in broadcasts}
        return await asyncio.to_thread(
            lambda: frozenset(one for one, path in sheets.items() if path.exists())
        )

    async def due(self, court: str, by: Person) -> tuple[int | None, list[Due]]:
        """Return a court's policy and the records that are due by it."""
        by.must(Permission.AUDIT, court)
        async with self._database.read() as connection:
            if not await store.has_court(connection, court):
                raise NotFound
            days = await store.retention(connection, court)
            ended = await store.ended(connection, court)
        records = await asyncio.to_thread(
            lambda: [
                Recorded(one, to_microseconds(at), self._read_sheet(one) is not None)
                for one, at in ended
            ]
        )
        return days, due(records, days, time.time_ns() // 1000)


def _deed(action: str, export: Export, by: Person, **more: Any) -> Deed:  # noqa: ANN401
    return Deed(action, f"broadcast:{export.broadcast}", by.id, {**fields(export), **more})


def _handed(export: Export, name: str, path: Path) -> HandedFilm | None:
    """Return a film as strangers may know it; None if they may not, or nothing was kept of it."""
    film = next(one for one in export.films if one.name == name)
    if export.closed or not film.root:
        return None
    pieces = path.with_name(path.name + PIECES_SUFFIX)
    return HandedFilm(film.root, film.sha256, film.bytes, pieces)


RECORDS = web.AppKey("records", RecordService)
