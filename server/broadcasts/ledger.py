"""Writes into the database what the order logs say: at once if it can, else as soon as it can.

The order log comes first; database and journal follow. Each entry has the order's own name as its
source, so that writing it again, by a retry or after a crash, changes nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from media import OrderRecord
from server.broadcasts import store
from server.broadcasts.state import Order, State
from server.database import Database
from server.database.metadata import from_microseconds
from server.errors import DatabaseUnavailable
from server.journal.store import Deed, note

_log = structlog.stdlib.get_logger(__name__)
_PAUSE_S = 1.0
_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Stand:
    """An order of the log and where it left the broadcast."""

    broadcast: str
    record: OrderRecord
    state: State


class Ledger:
    """Orders on their way into the database, in the order in which they were given."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Stand] = deque()  # bounded by what people can order in an outage
        self._task: asyncio.Task[None] | None = None

    def waiting(self, broadcast: str) -> State | None:
        """Return where a broadcast stands if the database does not know yet."""
        newest = [one.state for one in self._waiting if one.broadcast == broadcast]
        return newest[-1] if newest else None

    async def write(self, stand: Stand) -> None:
        """Write an order; without the database it waits here (and in its log)."""
        self._waiting.append(stand)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.until_written(self._write_all), name="ledger")
        done, _ = await asyncio.wait({self._task}, timeout=_PATIENCE_S)
        if not done:
            _log.warning("order not in the database yet", broadcast=stand.broadcast)

    async def until_written(self, write: Callable[[], Awaitable[None]]) -> None:
        """Try until the database is back."""
        while True:
            try:
                await write()
            except DatabaseUnavailable:
                await asyncio.sleep(_PAUSE_S)
            else:
                return

    async def close(self) -> None:
        """Stop trying; what waits is read from the logs at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write_all(self) -> None:
        while self._waiting:
            stand = self._waiting[0]
            async with self._database.begin() as connection:
                await enter(connection, stand)
            self._waiting.popleft()


async def enter(connection: AsyncConnection, stand: Stand) -> None:
    """Write one order into the journal and its state into the table."""
    record = stand.record
    at = from_microseconds(record.court_us)
    deed = Deed(
        f"broadcast.{record.order}",
        f"broadcast:{stand.broadcast}",
        record.by,
        {
            "sequence": record.sequence,
            "court_us": record.court_us,
            "key": record.key,
            **({"arguments": record.args} if record.args else {}),
        },
        source=f"order:{stand.broadcast}:{record.sequence}",
    )
    await note(connection, deed, at)
    started_at = at if record.order == Order.START.value else None
    delay_ms = delay_of(record)
    await store.stand(connection, stand.broadcast, stand.state, started_at, delay_ms)


def delay_of(record: OrderRecord) -> int | None:
    """Return the delay that an order sets, in ms; None if it sets none."""
    if record.order != Order.DELAY.value:
        return None
    return round(float(record.args["seconds"]) * 1000)
