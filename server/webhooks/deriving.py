"""Puts in line what has happened: what the journal says since it was read last, and the air.

How far the journal was read is written in the transaction that puts its events in line, so that a
crash neither loses one nor tells it twice; two servers that read at once find that only one of them
may write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.broadcasts import store as broadcasts
from server.broadcasts.model import Broadcast
from server.broadcasts.state import State
from server.database import Database
from server.database.metadata import from_microseconds
from server.hearings.model import Hearing
from server.identity import new_id
from server.journal.chain import Entry
from server.journal.store import rows_after
from server.notices.service import Notices
from server.webhooks import queue, store
from server.webhooks.model import Event, Kind, is_told
from server.webhooks.occasions import Occasion, kind_of_air, occasion_of
from server.webhooks.tables import air

ENTRIES_AT_ONCE: Final = 500
# So far the place in the journal may lag behind entries that tell nothing: it is read again then.
_LAG: Final = 5000
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """An event that happened, and whether what is on the air is over with it."""

    event: Event
    is_over: bool = False


class Deriving:
    """Reads for one server; ``air_of`` tells what is on the air of a broadcast, None: unknown."""

    def __init__(
        self, database: Database, notices: Notices, air_of: Callable[[Broadcast], str | None]
    ) -> None:
        self._database = database
        self._notices = notices
        self._air_of = air_of
        self._read = 0  # beyond what is written down, entries that tell nothing
        self.dropped = 0

    async def look(self, now: datetime) -> None:
        """Put everything new in line; raises ``DatabaseUnavailable``."""
        async with self._database.read() as connection:
            begun = await store.read_up_to(connection)
        if begun is None:  # there is nobody to be told
            return
        try:
            while await self._read_on(now):
                pass
            await self._look_at_air(now)
        except IntegrityError:  # another server was faster
            _log.info("events are put in line by another server")

    async def _read_on(self, now: datetime) -> bool:
        """Read the next entries; False when there are no more."""
        async with self._database.read() as connection:
            written = await store.read_up_to(connection)
            if written is None:
                return False
            since = max(written, self._read)
            rows = await rows_after(connection, since, ENTRIES_AT_ONCE)
            entries = [Entry(*row) for row in rows]
            found = [
                (one, await _broadcast_of(connection, one))
                for entry in entries
                if (one := _occasion(entry))
            ]
        if not entries:
            return False
        events = [its for one, about in found for its in await self._events(one, about)]
        last = entries[-1].sequence
        if events or last - written > _LAG:
            await self._write(written, last, events, now)
        self._read = last
        return len(entries) == ENTRIES_AT_ONCE

    async def _write(self, before: int, after: int, found: Sequence[_Found], now: datetime) -> None:
        async with self._database.begin() as connection:
            if not await store.advance(connection, before, after):
                return
            for one in found:
                if one.is_over and not await _is_over(connection, one.event.broadcast):
                    continue
                await self._put(connection, [one.event], now)
                if one.event.kind is Kind.WITHDRAWN and one.event.data["kind"] == "broadcast":
                    await queue.supersede(connection, one.event.broadcast)

    async def _put(
        self, connection: AsyncConnection, events: Iterable[Event], now: datetime
    ) -> None:
        theirs = await store.with_partners(connection)
        for event in events:
            kept = await queue.add_event(connection, event)
            if kept is None:
                continue
            to = [endpoint for endpoint, partner in theirs if is_told(endpoint, partner, kept)]
            dropped = await queue.add_deliveries(connection, kept, to, now)
            if dropped:
                self.dropped += dropped
                _log.error("no room for messages to partners", kind=kept.kind, dropped=dropped)

    async def _events(self, one: Occasion, about: Broadcast | None) -> list[_Found]:
        if about is None:  # of a hearing that is not broadcast
            return []
        event = replace(one.event, broadcast=about.id, court=about.court_id)
        when = {"scheduled_at": about.hearing.scheduled_at.isoformat()}
        match one.condition:
            case "announced":
                is_out = await self._is_announced(about)
                return [_Found(replace(event, data=when))] if is_out else []
            case "planned":
                is_planned = about.state is State.PLANNED
                return [_Found(replace(event, data=when))] if is_planned else []
            case "replay":
                return [_Found(event)] if about.replay == "public" else []
            case "over":
                source = f"{event.source}:replay"
                released = replace(event, kind=Kind.RELEASED, source=source)
                ended = _Found(event, is_over=True)
                return [ended, _Found(released)] if about.replay == "public" else [ended]
            case "":
                return [_Found(event)]

    async def _is_announced(self, about: Broadcast) -> bool:
        """Tell whether the public may know of which case it is (rule B-07)."""
        hearing: Hearing = about.hearing
        if about.was_on_air or hearing.cancelled_at is not None:
            return False
        if hearing.id not in await self._notices.publicly([hearing]):
            return True  # the court's policy asks for no notice
        notice = await self._notices.newest(hearing.id)
        return notice is not None and not notice.moved

    async def _look_at_air(self, now: datetime) -> None:
        """Tell what is on the air where that is another thing than was told last."""
        async with self._database.read() as connection:
            found = await broadcasts.on_air(connection)
            told = {row.broadcast: row.state for row in await connection.execute(select(air))}
        for about in found:
            shown, before = self._air_of(about), told.get(about.id, "")
            kind = kind_of_air(before, shown) if shown is not None else None
            if kind is None or shown is None:
                continue
            source = f"air:{about.id}:{new_id()}"
            event = Event(source, kind, about.id, about.court_id, now)
            async with self._database.begin() as connection:
                if await _note_air(connection, about.id, before, shown):
                    await self._put(connection, [event], now)


def _occasion(entry: Entry) -> Occasion | None:
    try:
        return occasion_of(entry, from_microseconds(entry.at_us))
    except (KeyError, ValueError):  # it must not hold up what comes after it
        _log.exception("an entry of the journal cannot be told", sequence=entry.sequence)
        return None


async def _broadcast_of(connection: AsyncConnection, one: Occasion) -> Broadcast | None:
    if one.about == "broadcast":
        return await broadcasts.broadcast(connection, one.identifier)
    return (await broadcasts.of_hearings(connection, [one.identifier])).get(one.identifier)


async def _note_air(connection: AsyncConnection, broadcast: str, before: str, now: str) -> bool:
    """Write what was told; False if another server has."""
    if not before:
        await connection.execute(insert(air).values(broadcast=broadcast, state=now))
        return True
    its = (air.c.broadcast == broadcast) & (air.c.state == before)
    return bool((await connection.execute(update(air).where(its).values(state=now))).rowcount)


async def _is_over(connection: AsyncConnection, broadcast: str) -> bool:
    """Forget a broadcast's air; True if it was told of and not that it has ended."""
    its = air.c.broadcast == broadcast
    state = await connection.scalar(select(air.c.state).where(its))
    await connection.execute(delete(air).where(its))
    return state is not None and state != "ended"
