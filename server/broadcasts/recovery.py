"""Takes up again, when a server starts, what the order logs say is on the air.

The logs are read and not the table: an order that was acknowledged is in its log, whether or not
the server lived long enough to write it into the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import structlog

from media import OrderLogUnreadable, OrderRecord, has_ended, has_orders, read_forces, read_orders
from server.broadcasts import store
from server.broadcasts.model import Broadcast
from server.broadcasts.service import TOPIC, BroadcastService
from server.broadcasts.state import Order, State
from server.bus import MISSED, Bus
from server.database import Database
from server.errors import ServiceError
from server.hearings.service import HearingService
from server.places import Places

_log = structlog.stdlib.get_logger(__name__)
_AT_ONCE = 500
_TIDY_S = 3600.0
_PAUSE_S = 1.0
_ENDS_S = 1.0


class Recovery:
    """Keeps a server in step with the order logs and with the other servers."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        places: Places,
        hearings: HearingService,
        broadcasts: BroadcastService,
    ) -> None:
        self._database = database
        self._bus = bus
        self._places = places
        self._hearings = hearings
        self._broadcasts = broadcasts
        self.done = asyncio.Event()

    async def run(self) -> None:
        """Recover, then follow the other servers; runs until it is cancelled."""
        async with self._bus.subscribe(TOPIC) as news, asyncio.TaskGroup() as group:
            group.create_task(self._recover_and_tidy(), name="recovery")
            group.create_task(self._notice_ends(), name="ends")
            async for message in news:
                try:
                    if message == MISSED:
                        await self.recover()
                    else:
                        state = State(message["state"])
                        await self._broadcasts.heard(message["broadcast"], state)
                except ServiceError as problem:
                    _log.warning("news not followed", error=problem.code)

    async def _recover_and_tidy(self) -> None:
        while True:
            try:
                await self.recover()
                await self._tidy()
            except ServiceError as problem:
                _log.warning("not recovered yet", error=problem.code)
                await asyncio.sleep(_PAUSE_S)
                continue
            self.done.set()
            await asyncio.sleep(_TIDY_S)

    async def _notice_ends(self) -> None:
        """Finish broadcasts whose worker ended while nobody was connected to hear it say so."""
        channels = self._broadcasts.channels
        while True:
            await asyncio.sleep(_ENDS_S)
            for broadcast in channels.live():
                channel = channels.get(broadcast)
                if channel is None or channel.connected or channel.is_ended:
                    continue
                if await asyncio.to_thread(has_ended, channel.directory):
                    channel.is_ended = True
                    await self._finish(broadcast)

    async def _finish(self, broadcast: str) -> None:
        try:
            await self._broadcasts.finish(broadcast)
        except ServiceError as problem:
            _log.warning("end not noted", broadcast=broadcast, error=problem.code)

    async def recover(self) -> None:
        """Read every order log of a broadcast that is not over, and act on it."""
        ids = await asyncio.to_thread(_with_orders, self._places.data / "broadcasts")
        for start in range(0, len(ids), _AT_ONCE):
            async with self._database.read() as connection:
                found = await store.not_ended(connection, ids[start : start + _AT_ONCE])
            for broadcast in found:
                await self._take_up(broadcast)

    async def _take_up(self, broadcast: Broadcast) -> None:
        directory = self._places.broadcast(broadcast.id)
        try:
            records = await asyncio.to_thread(read_orders, directory)
        except (OrderLogUnreadable, OSError) as problem:
            # The gate is closed; the console must show the broadcast all the same.
            _log.exception("order log unreadable", broadcast=broadcast.id, exc_info=problem)
            if broadcast.is_on_air:
                self._broadcasts.running.follow(broadcast)
            return
        try:
            if not await self._may_go_on(broadcast, records):
                _log.error("start was not permitted", broadcast=broadcast.id)
                return
            await self._broadcasts.recovered(broadcast, records)
        except ServiceError as problem:
            _log.warning("broadcast not taken up", broadcast=broadcast.id, error=problem.code)

    async def _may_go_on(self, broadcast: Broadcast, records: list[OrderRecord]) -> bool:
        """Tell whether a start that is in the log alone was given to be taken up (rule B-01).

        What a worker took into force is on the air, and stays there.
        """
        starts = {one.sequence for one in records if one.order == Order.START.value}
        if broadcast.state is not State.PLANNED or not starts:
            return True
        forces = await asyncio.to_thread(read_forces, self._places.broadcast(broadcast.id))
        if starts & {one["sequence"] for one in forces}:
            return True
        return not (await self._broadcasts.readiness.outlook(broadcast)).hindrances

    async def _tidy(self) -> None:
        today = await self._hearings.calendar("today")
        rooms = frozenset(hearing.courtroom for hearing in today)
        await self._broadcasts.running.tidy(rooms)


def _with_orders(folder: Path) -> list[str]:
    def names() -> Iterator[str]:
        if folder.is_dir():
            for path in folder.iterdir():
                if has_orders(path):
                    yield path.name

    return sorted(names())
