"""Tells partners: one server at a time holds the duty, reads what happened and sends what waits.

The lease lies in the database and not on the bus: without it there is nothing to tell, and partners
must hear of a withdrawal also while Redis is away. A server that loses the lease in the middle of
an attempt may send a message a second time, under the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from server.bus import Bus
from server.database import Database
from server.errors import DatabaseUnavailable, Invalid
from server.identity import new_id
from server.webhooks import queue, store
from server.webhooks.deriving import Deriving
from server.webhooks.model import Delivery
from server.webhooks.queue import Waiting

TOPIC: Final = "webhooks"
LOOK_S: Final = 1.0
LEASE: Final = timedelta(seconds=15)
_RENEW: Final = timedelta(seconds=10)  # of it must be left
_CLEAR_S: Final = 3600.0
_COUNT_S: Final = 5.0
# What was sent and could not be written down is sent again, but not again and again.
REST_S: Final = 30.0
# Attempts at once, of all endpoints and of one. What is urgent has places of its own: a receiver
# that answers nothing holds up neither others nor its own withdrawals.
PLACES: Final = {True: (32, 4), False: (16, 2)}
_log = structlog.stdlib.get_logger(__name__)
Lane = tuple[str, str]


class Sender(Protocol):
    """What makes attempts."""

    async def send(self, one: Delivery) -> None:
        """Make an attempt, and write down how it went."""

    def cut(self) -> None:
        """End the attempts that wait for an answer; they are as if never made."""


class Duty:
    """The duty of one server process; ``topics`` are those whose bells make it look at once."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        deriving: Deriving,
        sender: Sender,
        topics: Collection[str],
    ) -> None:
        self._database = database
        self._bus = bus
        self._deriving = deriving
        self._sender = sender
        self._topics = (TOPIC, *topics)
        self._holder = new_id()
        self._news = asyncio.Event()
        self._sending: dict[Lane, tuple[bool, asyncio.Task[None]]] = {}
        self._resting: dict[Lane, float] = {}
        self._cleared = self._counted = float("-inf")
        self._is_ending = False
        self.waiting = Waiting()
        self.is_mine = False

    def wake(self) -> None:
        """Look at once."""
        self._news.set()

    async def listen(self) -> None:
        """Wake whenever something may have happened, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for topic in self._topics:
                group.create_task(self._listen(topic))

    async def _listen(self, topic: str) -> None:
        async with self._bus.subscribe(topic) as bell:
            async for _ in bell:
                self.wake()

    async def run(self) -> None:
        """Hold the duty whenever it is free, until it is stopped.

        It is not cancelled: what writes is let finish, so that nothing stays locked.
        """
        while not self._is_ending:
            self._news.clear()
            try:
                await self.look()
            except DatabaseUnavailable:
                _log.warning("partners cannot be told while the database is away")
            except (Invalid, SQLAlchemyError):  # two in each other's way, for one
                _log.exception("partners cannot be told now")
            await self._pause()
        await self._end()

    def stop(self) -> None:
        """Let ``run`` end soon."""
        self._is_ending = True
        self.wake()

    async def look(self) -> None:
        """Put in line what happened, and begin to send what is due; only where it is the duty."""
        now = datetime.now(UTC)
        self.is_mine = await self._hold(now)
        if not self.is_mine:
            self.waiting = Waiting()
            return
        await self._deriving.look(now)
        busy = frozenset(self._sending)  # one that ends while the queue is read is read as waiting
        most = max(of_one for _, of_one in PLACES.values())
        async with self._database.read() as connection:
            found = await queue.heads(connection, datetime.now(UTC), most)
        self._begin([one for one in found if (one.endpoint, one.event.lane) not in busy])
        await self._tidy(now)

    async def _hold(self, now: datetime) -> bool:
        async with self._database.read() as connection:
            if await store.read_up_to(connection) is None:
                return False
            holder, until = await store.held(connection)
        is_free = until is None or until < now
        if holder == self._holder and until is not None and until - now > _RENEW:
            return True
        if holder != self._holder and not is_free:
            return False
        async with self._database.begin() as connection:
            return await store.hold(connection, self._holder, now, now + LEASE)

    def _begin(self, found: list[Delivery]) -> None:
        """Begin an attempt in each of the lanes, as far as there are places."""
        at = asyncio.get_running_loop().time()
        self._resting = {lane: until for lane, until in self._resting.items() if until > at}
        of_all = Counter(urgent for urgent, _ in self._sending.values())
        of_one = Counter((lane[0], urgent) for lane, (urgent, _) in self._sending.items())
        for one in found:
            lane, urgent = (one.endpoint, one.event.lane), one.event.goes_ahead
            if lane in self._resting:
                continue
            most_of_all, most_of_one = PLACES[urgent]
            if of_all[urgent] >= most_of_all or of_one[one.endpoint, urgent] >= most_of_one:
                continue
            of_all[urgent] += 1
            of_one[one.endpoint, urgent] += 1
            task = asyncio.create_task(self._attempt(lane, one), name="webhook")
            self._sending[lane] = urgent, task

    async def _attempt(self, lane: Lane, one: Delivery) -> None:
        try:
            await self._sender.send(one)
        except (DatabaseUnavailable, Invalid, SQLAlchemyError):
            _log.exception("an attempt is not written down: it will be made again")
            self._resting[lane] = asyncio.get_running_loop().time() + REST_S
        finally:
            del self._sending[lane]
            self.wake()  # the next of the lane

    async def _tidy(self, now: datetime) -> None:
        at = asyncio.get_running_loop().time()
        if at - self._counted >= _COUNT_S:
            self._counted = at
            async with self._database.read() as connection:
                self.waiting = await queue.waiting(connection)
        if at - self._cleared >= _CLEAR_S:
            self._cleared = at
            async with self._database.begin() as connection:
                await queue.clear(connection, now)

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self._news.wait()

    async def _end(self) -> None:
        """Cut what is being sent, which another server sends again, and let it do so."""
        self._sender.cut()
        await asyncio.gather(*(task for _, task in self._sending.values()), return_exceptions=True)
        if not self.is_mine:
            return
        try:
            async with self._database.begin() as connection:
                await store.let_go(connection, self._holder)
        except DatabaseUnavailable:
            return  # then it runs out
