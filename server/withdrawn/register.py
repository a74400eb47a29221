"""What is withdrawn at this moment, in the memory of each server process.

Players and readers ask it with each request, so it answers without waiting. It is told by the bus,
and looks at the database each second besides: a bell that was lost makes it a second late.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

import structlog
from aiohttp import web

from server.background import in_background
from server.bus import BUS, Bus
from server.database import DATABASE, Database
from server.errors import DatabaseUnavailable
from server.withdrawn import store
from server.withdrawn.model import NOTHING, Kind, Mask, Withdrawal

TOPIC = "withdrawals"
LOOK_SECONDS = 1.0
Tell = Callable[[frozenset[str]], None]
_log = structlog.stdlib.get_logger(__name__)


class Register:
    """The masks of all broadcasts of which something is withdrawn.

    While the database is away what was known last stands.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._masks: dict[str, Mask] = {}
        self._names: dict[str, Mask] = {}
        self._held: dict[str, list[Withdrawal]] = {}
        self._stamp: store.Stamp | None = None
        self._listeners: list[Tell] = []

    def of(self, broadcast: str) -> Mask:
        """Return the mask over a broadcast."""
        return self._masks.get(broadcast, NOTHING)

    def of_hearing(self, hearing: str) -> Mask:
        """Return the names that are withdrawn in a hearing, whether it has a broadcast or not."""
        return self._names.get(hearing, NOTHING)

    def on_change(self, tell: Tell) -> None:
        """Call this with the broadcasts whose mask has changed."""
        self._listeners.append(tell)

    async def look(self) -> None:
        """Read what has changed; raises ``DatabaseUnavailable``."""
        async with self._database.read() as connection:
            stamp = await store.stamp(connection)
            if stamp == self._stamp:
                return
            found = await store.in_force(connection)
            hearings = await store.hearings(connection)
        held: defaultdict[str, list[Withdrawal]] = defaultdict(list)
        broadcasts = {hearing: its for its, hearing in hearings.items()}
        for one in found:  # what is taken from a hearing is taken from a broadcast planned later
            if about := one.broadcast or broadcasts.get(one.hearing):
                held[about].append(one)
        before, self._held, self._stamp = self._held, dict(held), stamp
        changed = frozenset(
            name for name in before.keys() | held.keys() if before.get(name) != held.get(name)
        )
        for name in changed:
            self._masks[name] = Mask.of(held[name])
        self._names = _by_hearing(found, hearings)
        for tell in self._listeners:
            tell(changed)

    async def ring(self) -> None:
        """Take what was just written, and tell all other servers."""
        await self.look()
        await self._bus.publish(TOPIC, {})

    async def listen(self) -> None:
        """Follow what other servers write, until cancelled."""
        async with self._bus.subscribe(TOPIC) as bell:
            async for _ in bell:
                await self._look_if_possible()

    async def watch(self) -> None:
        """Look each second, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._look_if_possible()

    async def _look_if_possible(self) -> None:
        try:
            await self.look()
        except DatabaseUnavailable:
            _log.warning("withdrawals of others are not heard while the database is away")


def _by_hearing(found: Iterable[Withdrawal], hearings: Mapping[str, str]) -> dict[str, Mask]:
    names: defaultdict[str, list[Withdrawal]] = defaultdict(list)
    for one in found:
        if one.kind is Kind.NAME:
            names[one.hearing or hearings[one.broadcast]].append(one)
    return {hearing: Mask.of(its) for hearing, its in names.items()}


REGISTER = web.AppKey("withdrawn", Register)


def mask_of(request: web.Request) -> Mask:
    """Return the mask over the broadcast that a request's address names."""
    return request.app[REGISTER].of(request.match_info["broadcast"])


async def _keeping(app: web.Application) -> AsyncIterator[None]:
    register = app[REGISTER] = Register(app[DATABASE], app[BUS])
    await register.look()  # nothing is served before it is known
    works = {"withdrawals-heard": register.listen, "withdrawals-looked-for": register.watch}
    async with in_background(works):
        yield


def setup(app: web.Application) -> None:
    """Keep the register while the service runs."""
    app.cleanup_ctx.append(_keeping)
