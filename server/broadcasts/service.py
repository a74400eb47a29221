"""Gives orders to broadcasts, and follows them from the plan to the end."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Unpack

import structlog
from aiohttp import web

from media import OrderForce, OrderLogUnreadable, OrderRecord, read_orders
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals.policy import CourtPolicy, ReplayPlan
from server.broadcasts import orders, store
from server.broadcasts.alone import alone
from server.broadcasts.ledger import Ledger, Stand, delay_of, enter
from server.broadcasts.model import Broadcast, OrderTaken, Phase
from server.broadcasts.readiness_service import Readiness
from server.broadcasts.running import Asked, Running
from server.broadcasts.state import ON_AIR, STOPPING, Order, State
from server.bus import Bus
from server.database import Database
from server.database.metadata import from_microseconds
from server.errors import Conflict, DatabaseUnavailable, NotFound
from server.hearings.service import must_be_on
from server.identity import new_id
from server.journal.store import Deed, note
from server.places import Places

_log = structlog.stdlib.get_logger(__name__)
# Messages: {"broadcast": id, "order": order or "", "state": state, "seconds": its argument}.
TOPIC = "broadcasts"
_FORCE_S = 5.0
_AT_ONCE = frozenset({Order.DUMP.value, Order.RANGE_DUMP.value, Order.DELAY.value})
MOST_LISTED = 100
_GLANCE_S = 0.8
_MOST_GLANCES = 1000


class BroadcastService:
    """Broadcasts of all courts.

    An order needs nothing but the broadcast's directory: what was read of a broadcast is
    remembered, so that loss of the database cannot stop a dump.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        places: Places,
        running: Running,
        readiness: Readiness,
    ) -> None:
        self._database = database
        self._bus = bus
        self._places = places
        self.channels = running.channels
        self.running = running
        self.readiness = readiness
        self.ledger = Ledger(database)
        self._glances: dict[str, tuple[float, Broadcast]] = {}  # of those that are looked at
        self._known: dict[str, Broadcast] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.channels.on_end(self.finish)

    async def about(self, identifier: str) -> Broadcast:
        """Return a broadcast; raises ``NotFound``. Answers from memory without the database."""
        try:
            async with self._database.read() as connection:
                found = await store.broadcast(connection, identifier)
        except DatabaseUnavailable:
            if identifier not in self._known:
                raise
            return self._now(self._known[identifier])
        if found is None:
            raise NotFound
        found = self._now(found)
        self.remember(found)
        return found

    async def glance(self, about: Broadcast) -> Broadcast:
        """Return a broadcast again, at most a second old: many readers cost one query."""
        at, seen = self._glances.get(about.id, (0.0, about))
        if time.monotonic() - at < _GLANCE_S:
            return seen
        if len(self._glances) > _MOST_GLANCES:
            self._glances.clear()
        self._glances[about.id] = (time.monotonic(), seen)
        try:
            seen = await self.about(about.id)
        except DatabaseUnavailable:
            seen = about
        self._glances[about.id] = (time.monotonic(), seen)
        return seen

    def directory(self, identifier: str) -> Path:
        """Return where a broadcast's order log and recording lie."""
        return self._places.broadcast(identifier)

    def remember(self, broadcast: Broadcast) -> None:
        """Keep what an order needs to know while the database is away."""
        if broadcast.state is State.ENDED:
            self._known.pop(broadcast.id, None)
            self._locks.pop(broadcast.id, None)
        else:
            self._known[broadcast.id] = broadcast

    def forget(self, identifier: str) -> None:
        """Read a broadcast again before it is used: it was planned anew."""
        self._known.pop(identifier, None)
        self._glances.pop(identifier, None)

    @asynccontextmanager
    async def held_back(self, identifier: str) -> AsyncIterator[None]:
        """Have nobody start a broadcast meanwhile; raises ``Conflict`` if somebody has.

        The order log is asked, too: it knows first. Other servers wait as this one's do.
        """
        async with self._locks[identifier], alone(self._places.broadcast(identifier)):
            about = await self.about(identifier)
            stands = await asyncio.to_thread(self._stands, identifier)
            if about.is_on_air or any(one.state in ON_AIR for one in stands):
                raise Conflict("This hearing is on the air; end its broadcast first.")
            if about.state is not State.PLANNED:
                raise Conflict("This broadcast has ended.")
            yield
            self.forget(identifier)

    def _now(self, broadcast: Broadcast) -> Broadcast:
        waiting = self.ledger.waiting(broadcast.id)
        return replace(broadcast, state=waiting) if waiting else broadcast

    async def listed(self, phase: Phase, **among: Unpack[store.Among]) -> list[Broadcast]:
        """Return the broadcasts of a phase, at most 100: upcoming soonest, others newest first."""
        async with self._database.read() as connection:
            return await store.listed(connection, phase, MOST_LISTED, **among)

    async def of_hearings(self, hearings: list[str]) -> dict[str, Broadcast]:
        """Return the broadcasts of hearings, by hearing."""
        async with self._database.read() as connection:
            return await store.of_hearings(connection, hearings)

    async def recorded(
        self, by: Person, number: str = "", before: datetime | None = None
    ) -> list[Broadcast]:
        """Return what is over at the courts where ``by`` may watch the room, newest first."""
        courts = by.courts(Permission.WATCH_ROOM)
        async with self._database.read() as connection:
            return await store.recorded(connection, courts, number, before, MOST_LISTED)

    async def prepare(self, identifier: str, by: Person) -> Broadcast:
        """Have the courtroom's cameras received, so that staff sees them before the start."""
        about = await self.about(identifier)
        by.must(Permission.WATCH_ROOM, about.court_id)
        if about.has_video and about.state is not State.ENDED:
            await self.running.prepare(about)
        return about

    async def order(
        self,
        identifier: str,
        order: Order,
        key: str,
        by: Person,
        arguments: Mapping[str, Any] = orders.NONE,
    ) -> OrderTaken:
        """Give an order and wait up to 5 s for it to take force.

        What already holds, and what was given with the same key before, is answered again and
        changes nothing. Raises ``Forbidden``, ``Invalid``, ``Conflict``, ``Unavailable``.
        """
        # From memory if it can: a database that hangs must not hold up a dump.
        about = self._known.get(identifier) or await self.about(identifier)
        by.must(permission_for(order), about.court_id)
        about_what = orders.complete(order, arguments, about.cameras)
        async with self._locks[identifier], self._undisturbed(about, order):
            about = await self._permitted(about, order, about_what, by)
            if order is Order.START and about.has_video and about.state is not State.ENDED:
                await self.running.get_ready(about, await self._asked(about))
            given = await asyncio.to_thread(
                orders.give,
                self._places.broadcast(identifier),
                order,
                key or new_id(),
                by.id,
                about_what,
                over=about.state is State.ENDED,
            )
            accepted_at = datetime.now(UTC)
            if order is Order.START and about.has_video and given.standing.state in ON_AIR:
                await self.running.start(about)
        if given.is_new:
            await self._take_note(about, given)
        force = await self._force(about, given)
        return OrderTaken(
            sequence=given.record.sequence,
            order=order,
            arguments=given.record.args,
            state=given.standing.state,
            court_time=_court_time(given.record, force),
            from_time=from_microseconds(force.court_us if force else given.record.reach_us),
            air_time=from_microseconds(force.air_us) if force else None,
            accepted_at=accepted_at,
        )

    def _undisturbed(self, about: Broadcast, order: Order) -> AbstractAsyncContextManager[None]:
        """Let nobody call a broadcast off while it begins; no other order waits for anybody."""
        is_beginning = order is Order.START and about.state is State.PLANNED
        return alone(self._places.broadcast(about.id)) if is_beginning else nullcontext()

    async def _permitted(
        self, about: Broadcast, order: Order, arguments: Mapping[str, Any], by: Person
    ) -> Broadcast:
        """Return the broadcast as it is now; raises ``NotReady`` where the policy forbids it.

        Asked once, before the start: who is on the air stays there, whatever becomes of papers.
        """
        if order is Order.START and await self._would_begin(about):
            about = await self.about(about.id)
            must_be_on(about.hearing)
            return await self._begin(about, await self.readiness.must_be_ready(about, by))
        if order is Order.DELAY:
            await self.readiness.must_allow_delay(about, float(arguments["seconds"]))
        return about

    async def _begin(self, about: Broadcast, policy: CourtPolicy | None) -> Broadcast:
        """Write down by which rules a broadcast begins: it goes by them when it is long over."""
        digest = policy.source.digest if policy else ""
        try:
            async with self._database.begin() as connection:
                if policy is not None:
                    await self.readiness.keep(connection, policy, datetime.now(UTC))
                await store.begin_under(connection, about.id, digest)
        except DatabaseUnavailable:
            if policy is not None:
                raise
            _log.warning("begins without the database", broadcast=about.id)
        return replace(about, policy=digest)

    async def _would_begin(self, about: Broadcast) -> bool:
        """Tell whether a start would be the first: for table and order log, whichever says so."""
        if about.state in (State.PLANNED, State.ENDED):
            return about.state is State.PLANNED
        return not await self.has_begun(about.id)

    async def has_begun(self, identifier: str) -> bool:
        """Tell whether the order log knows of a start, whatever the table says."""
        return await asyncio.to_thread(orders.has_begun, self._places.broadcast(identifier))

    async def _asked(self, about: Broadcast) -> Asked:
        rules = await self.readiness.rules(about)
        if rules is None:
            return Asked()
        clearance = await self.readiness.clearance(about)
        needs_mask = clearance is not None and clearance.needs_mask
        return Asked(rules.must_mask(needs_mask), rules.recess)

    async def _take_note(self, about: Broadcast, given: orders.Given) -> None:
        state = given.standing.state
        _log.info("order", broadcast=about.id, order=given.record.order, state=state.value)
        delay_ms = delay_of(given.record)
        self._known[about.id] = replace(
            about, state=state, delay_ms=about.delay_ms if delay_ms is None else delay_ms
        )
        await self.ledger.write(Stand(about.id, given.record, state))
        await self.ring(about.id, given.record.order, state, given.record.args.get("seconds"))
        if not about.has_video and state is State.ENDING:
            await self.finish(about.id)
        elif about.has_video and given.record.order == Order.OPEN.value:
            await self._close_parts(about, given.record.sequence)

    async def _close_parts(self, about: Broadcast, order: int) -> None:
        """Have the record closed; what cannot be done now is done when it is filed."""
        try:
            await self.running.close_parts(about, order)
        except OSError as problem:
            _log.warning("closed part waits for the end", broadcast=about.id, problem=str(problem))

    async def _force(self, about: Broadcast, given: orders.Given) -> OrderForce | None:
        if not about.has_video:
            at = given.record.court_us
            return OrderForce(given.record.sequence, given.record.order, at, at)
        channel = self.channels.get(about.id)
        if channel is None:
            return None
        # A mark takes force when its moment reaches the air: a long delay is not waited for.
        waits = given.record.order in _AT_ONCE or about.delay_s < _FORCE_S
        return await channel.until_force(given.record.sequence, _FORCE_S if waits else 0.5)

    async def finish(self, identifier: str) -> None:
        """Write that the stream has ended, and let its processes go."""
        about = await self._remembered(identifier)
        stands = await asyncio.to_thread(self._stands, identifier)
        await self.ledger.until_written(lambda: self._finish(about, stands))
        self.remember(replace(about, state=State.ENDED))
        await self.running.release(about)
        await self.ring(identifier, "", State.ENDED)
        _log.info("broadcast over", broadcast=identifier)

    async def _remembered(self, identifier: str) -> Broadcast:
        found = self._known.get(identifier)
        return found if found is not None else await self.about(identifier)

    def _stands(self, identifier: str) -> list[Stand]:
        """Return every order of a broadcast; none if its log cannot be read. Reads the disk."""
        try:
            records = read_orders(self._places.broadcast(identifier))
        except (OrderLogUnreadable, OSError):
            return []
        return _stands_of(identifier, records)

    async def _finish(self, about: Broadcast, stands: list[Stand]) -> None:
        identifier, now = about.id, datetime.now(UTC)
        plan = ReplayPlan("none")
        if about.has_video:
            plan = await self.readiness.replay_plan(about, now)
        async with self._database.begin() as connection:
            for stand in stands:  # another server may not have written its orders yet
                await enter(connection, stand)
            if await store.finish(connection, identifier, plan, now):
                deed = Deed(
                    "broadcast.over", f"broadcast:{identifier}", source=f"over:{identifier}"
                )
                await note(connection, deed, now)

    async def recovered(self, about: Broadcast, records: list[OrderRecord]) -> None:
        """Take up a broadcast again after a start of the server, as its order log says."""
        self.remember(about)
        stands = _stands_of(about.id, records)
        for stand in stands:
            await self.ledger.write(stand)
        if not stands or stands[-1].state not in ON_AIR:
            return
        about = replace(about, state=stands[-1].state)
        self.remember(about)
        if about.has_video:
            await self.running.get_ready(about, await self._asked(about))
            await self.running.start(about)
        elif about.state is State.ENDING:
            await self.finish(about.id)

    async def heard(self, identifier: str, state: State) -> None:
        """Follow what another server has done with a broadcast."""
        if state is State.ENDED:
            self._known.pop(identifier, None)
            await self.channels.leave(identifier)
        elif state in ON_AIR:
            about = await self.about(identifier)
            if about.has_video and about.is_on_air:
                self.running.follow(about)

    async def ring(
        self, identifier: str, order: str, state: State, seconds: float | None = None
    ) -> None:
        """Tell all servers of a broadcast."""
        message: dict[str, Any] = {
            "broadcast": identifier,
            "order": order,
            "state": state.value,
            "seconds": seconds,
        }
        await self._bus.publish(TOPIC, message)


def permission_for(order: Order) -> Permission:
    """Return what a person must be allowed to give an order."""
    return Permission.STOP if order in STOPPING else Permission.ORDER


def _stands_of(identifier: str, records: list[OrderRecord]) -> list[Stand]:
    """Return each order of a log with where it left the broadcast."""
    return [
        Stand(identifier, record, orders.standing(records[: at + 1]).state)
        for at, record in enumerate(records)
    ]


def _court_time(record: OrderRecord, force: OrderForce | None) -> datetime:
    """Return from when on an order holds in the room.

    A dump takes away what the delay held when it was given, so its moment is that of the order; the
    worker's word for it is the first moment that the public did not see.
    """
    if force is None or record.order in {Order.DUMP.value, Order.RANGE_DUMP.value}:
        return from_microseconds(record.court_us)
    return from_microseconds(force.court_us)


BROADCASTS = web.AppKey("broadcasts", BroadcastService)
