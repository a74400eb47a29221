"""Enters what was sealed and handed out under daily roots, signs them, and shows them to strangers.

Nothing here changes a record. Days are signed by whichever server comes first; every other one
finds the day signed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from media import (
    CHAIN_BEGINNING,
    PUBLIC_LIST,
    RECORD_SHEET,
    SIGNED_DAY,
    CourtKey,
    DailyRoot,
    MediaError,
    copy_statement,
    levels_of,
    link_of,
    merkle_root,
    parse_sheet,
    path_in,
    sealed_line,
)
from server.broadcasts.assignments import COURT_KEY
from server.broadcasts.model import Broadcast
from server.database import Database
from server.database.metadata import to_microseconds
from server.errors import NotFound, ServiceError, Unavailable
from server.journal.store import newest_digest
from server.places import Places
from server.proofs import store
from server.proofs.days import ClockDoubtful, days_late, days_to_close, entry_day
from server.proofs.model import (
    ClosedDay,
    Entry,
    Evidence,
    Film,
    Handed,
    Included,
    Kind,
    PublishedKey,
    is_checkable,
    is_open_to_strangers,
)
from server.settings import Settings

LOOK_SECONDS = 20.0
Days = list[ClosedDay]
Levels = list[list[bytes]]
_log = structlog.stdlib.get_logger(__name__)


class ProofService:
    """The daily roots of all courts."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._places = Places(settings.data)
        self.most_late = 0  # days, of the court that is latest; as of the last look

    async def run(self) -> None:
        """Look for new sheets and days that are over; runs until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = datetime.now(UTC)
            try:
                await self.keep_up(now)
            except (ServiceError, MediaError, OSError) as problem:  # tried again in a moment
                _log.warning("daily roots not kept up", error=type(problem).__name__)
            with contextlib.suppress(ServiceError):  # what was known last stands
                self.most_late = max((await self.late(now)).values(), default=0)

    async def late(self, now: datetime) -> dict[str, int]:
        """Return the courts with days that should be signed and are not, and how many."""
        async with self._database.read() as connection:
            courts = await store.chained(connection)
            newest = await store.newest_days(connection)
        at = to_microseconds(now)
        counts = {
            one.court: days_late(
                at, one.zone, _date(newest.get(one.court)), date.fromisoformat(one.first)
            )
            for one in courts
        }
        return {court: days for court, days in counts.items() if days}

    async def keep_up(self, now: datetime) -> None:
        """Enter sheets that are new, and sign the days that are over."""
        key = await self._key()
        async with self._database.read() as connection:
            found = await store.unentered(connection)
        for one in found:
            text = await asyncio.to_thread(self._sheet, one.broadcast)
            if text is None:
                continue
            async with self._database.begin() as connection:
                await store.add_key(connection, key.fingerprint, key.public_pem.decode(), now)
                await self._enter(connection, one, "sealed", text, now)
        async with self._database.read() as connection:
            courts = await store.chained(connection)
        for court in courts:
            try:
                if await self._is_behind(court, now):
                    await self._close_days(court, key, now)
            except ClockDoubtful as problem:
                _log.error("daily roots wait: is the clock right?", said=str(problem))

    def _sheet(self, broadcast: str) -> str | None:
        try:
            raw = (self._places.broadcast(broadcast) / RECORD_SHEET).read_bytes()
            parse_sheet(raw)
            return raw.decode()
        except (OSError, MediaError):
            return None

    async def _enter(
        self,
        connection: AsyncConnection,
        about: store.Unentered,
        kind: Kind,
        statement: str,
        now: datetime,
    ) -> None:
        """Enter a statement once."""
        digest = hashlib.sha256(statement.encode()).hexdigest()
        if await store.is_entered(connection, digest):
            return
        last = await store.last_day(connection, about.court)
        closed = _date(last.day if last else None)
        day = entry_day(to_microseconds(now), about.zone, closed).isoformat()
        place = await store.next_place(connection, about.court, day)
        entry = Entry(about.court, day, place, kind, about.broadcast, digest, statement, now)
        await store.add_entry(connection, entry)

    async def _is_behind(self, court: store.Chained, now: datetime) -> bool:
        """Tell whether a day is over that is not signed, without holding anybody up."""
        async with self._database.read() as connection:
            last = await store.last_day(connection, court.court)
        return bool(_over(court, last, now))

    async def _close_days(self, court: store.Chained, key: CourtKey, now: datetime) -> None:
        async with self._database.begin() as connection:
            last = await store.last_day(connection, court.court)
            previous = link_of(last.signed.encode()) if last else CHAIN_BEGINNING
            journal = await newest_digest(connection)
            for day in _over(court, last, now):
                of = day.isoformat()
                digests = await store.digests(connection, court.court, of)
                root = merkle_root(digests).hex()
                size = len(digests)
                daily = DailyRoot(court.court, of, court.zone, size, root, previous, journal)
                document = daily.document()
                raw = sealed_line(document, key.fingerprint, key.sign(SIGNED_DAY + document))
                await store.add_day(connection, court.court, ClosedDay(of, raw.decode()))
                previous = link_of(raw)

    async def enter_copy(
        self, connection: AsyncConnection, about: Broadcast, film: Film, now: datetime
    ) -> None:
        """Enter a film that is handed out now, in the transaction that journals it."""
        statement = copy_statement(about.id, film.size, film.root, film.sha256).decode()
        where = store.Unentered(about.id, about.court_id, about.hearing.time_zone)
        await self._enter(connection, where, "copy", statement, now)

    async def keep_pieces(self, broadcast: str, film: Film) -> None:
        """Keep the digests of a film's pieces, which outlive the copy.

        Without them it can be told that a file is the film, but not where another one differs: no
        reason to withhold the film.
        """
        try:
            await asyncio.to_thread(_keep, film.pieces, self._pieces(broadcast, film.root))
        except OSError as problem:
            _log.warning("pieces of a film not kept", error=type(problem).__name__)

    def _pieces(self, broadcast: str, root: str) -> Path:
        return self._places.proofs / broadcast / f"{root}.pieces"

    async def evidence(self, about: Broadcast) -> Evidence:
        """Return what a stranger may know of a broadcast; raises ``NotFound``."""
        if not is_open_to_strangers(about):
            raise NotFound("Evidence is shown when the broadcast is over.")
        async with self._database.read() as connection:
            entries = await store.of_broadcast(connection, about.id)
            days = {one.day: one for one in entries}  # one tree for all of a day's
            trees = {day: await _tree(connection, one) for day, one in days.items()}
        found = [(one, _included(one, *trees[one.day])) for one in entries]
        sealed = [(one, where) for one, where in found if one.kind == "sealed"]
        if not sealed:
            raise NotFound("The record of this broadcast is not filed yet.")
        sheet, where = sealed[0]
        has_list = is_checkable(about) and await asyncio.to_thread(self._list(about.id).exists)
        copies = [_handed(one, inside) for one, inside in found if one.kind == "copy"]
        return Evidence(
            about.id,
            sheet.statement,
            sheet.digest,
            sheet.entered_at,
            where,
            tuple(copies),
            has_list,
        )

    async def has_evidence(self, about: Broadcast) -> bool:
        """Tell whether there is something to be shown to strangers."""
        if not is_open_to_strangers(about):
            return False
        async with self._database.read() as connection:
            return await store.is_sealed(connection, about.id)

    def _list(self, broadcast: str) -> Path:
        return self._places.broadcast(broadcast) / PUBLIC_LIST

    async def list_of_files(self, about: Broadcast) -> Path:
        """Return the list of the public recording's files; raises ``NotFound``."""
        found = await self.evidence(about)
        if not found.has_list:
            raise NotFound("There is no list of this recording’s files.")
        return self._list(about.id)

    async def pieces(self, about: Broadcast, root: str) -> Path:
        """Return the digests of a copy's pieces; raises ``NotFound``."""
        found = await self.evidence(about)
        path = self._pieces(about.id, root)
        is_known = root in {one.root for one in found.copies}
        if not is_known or not await asyncio.to_thread(path.exists):
            raise NotFound
        return path

    async def days(self, court: str, *, newest_first: bool, beyond: str, limit: int) -> Days:
        """Return signed days of a court."""
        async with self._database.read() as connection:
            return await store.days(
                connection, court, newest_first=newest_first, limit=limit, beyond=beyond
            )

    async def day(self, court: str, of: str) -> ClosedDay:
        """Return one signed day; raises ``NotFound``."""
        async with self._database.read() as connection:
            found = await store.day(connection, court, of)
        if found is None:
            raise NotFound
        return found

    async def keys(self) -> list[PublishedKey]:
        """Return the court's keys, the present one first; raises ``Unavailable``."""
        key = await self._key()
        pem = key.public_pem.decode()
        async with self._database.read() as connection:
            known = await store.keys(connection, key.fingerprint)
        present = [one for one in known if one.is_present]
        if not present:  # nothing was sealed with it yet
            present = [PublishedKey(key.fingerprint, pem, datetime.now(UTC), is_present=True)]
        return present + [one for one in known if not one.is_present]

    async def _key(self) -> CourtKey:
        path = (self._settings.keys or self._places.keys) / COURT_KEY
        try:
            return await asyncio.to_thread(CourtKey.at, path)
        except MediaError:
            raise Unavailable("The court's key cannot be read.") from None


def _over(court: store.Chained, last: ClosedDay | None, now: datetime) -> list[date]:
    closed = _date(last.day if last else None)
    first = date.fromisoformat(court.first)
    return days_to_close(to_microseconds(now), court.zone, closed, first)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _handed(entry: Entry, included: Included | None) -> Handed:
    told = json.loads(entry.statement)
    return Handed(told["root"], told["sha256"], told["bytes"], entry.entered_at, included)


def _keep(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.draft")
    shutil.copyfile(source, draft)
    draft.replace(target)


async def _tree(connection: AsyncConnection, entry: Entry) -> tuple[ClosedDay | None, Levels]:
    """Return an entry's day, if it is signed, and the tree under it."""
    closed = await store.day(connection, entry.court, entry.day)
    if closed is None:
        return None, []
    return closed, levels_of(await store.digests(connection, entry.court, entry.day))


def _included(entry: Entry, closed: ClosedDay | None, levels: Levels) -> Included | None:
    if closed is None:
        return None
    path = tuple(one.hex() for one in path_in(levels, entry.place))
    return Included(entry.day, entry.place, len(levels[0]), path, closed.signed)


PROOFS = web.AppKey("proofs", ProofService)
