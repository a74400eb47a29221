"""Takes a person's name from all of a court's hearings in which it stands, by one order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import structlog
from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.courts.service import CourtService
from server.database import Database
from server.errors import Conflict, Invalid, NotFound
from server.identity import new_id
from server.journal.store import note
from server.withdrawal.finding import MOST_FOUND, Found, find, is_there, of_court, orders_of, taken
from server.withdrawal.model import MOST_WITHDRAWALS, Wanted, accepted
from server.withdrawal.service import WithdrawalService, deed_of, ordered
from server.withdrawn import Register, store
from server.withdrawn.model import Kind, Reason, Withdrawal

MOST_ORDERS: Final = 50
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NameOrder:
    """One order with what it withdrew; in ``skipped`` hearings the name was withdrawn already.

    ``done_at``: this server showed the name nowhere any more.
    """

    id: str
    withdrawals: tuple[Withdrawal, ...]
    skipped: tuple[str, ...] = ()
    done_at: datetime | None = None


class NamesEverywhere:
    """Names over all hearings of a court (rule B-30); who holds ``WITHDRAW`` there orders it."""

    def __init__(
        self,
        database: Database,
        register: Register,
        courts: CourtService,
        withdrawals: WithdrawalService,
    ) -> None:
        self._database = database
        self._register = register
        self._courts = courts
        self._withdrawals = withdrawals

    async def find(self, court: str, name: str, by: Person) -> tuple[list[Found], bool]:
        """Return where a name stands, newest first, and whether it stands in more than those."""
        await self._must(court, by)
        wanted = accepted(Wanted(Kind.NAME, Reason.ORDER, target=name), datetime.now(UTC))
        async with self._database.read() as connection:
            return await find(connection, court, wanted.target)

    async def orders(self, court: str, by: Person) -> list[NameOrder]:
        """Return the newest orders of a court, newest first."""
        await self._must(court, by)
        async with self._database.read() as connection:
            ids = await orders_of(connection, court, MOST_ORDERS)
            found = await store.of_orders(connection, ids)
        return [NameOrder(one, tuple(its for its in found if its.together == one)) for one in ids]

    async def withdraw(
        self, court: str, wanted: Wanted, ids: Sequence[str], by: Person
    ) -> NameOrder:
        """Take a name from these hearings; when this returns this server shows it no more.

        All of them or, where one is not the court's, none. Raises ``Invalid``, ``NotFound`` or
        ``Conflict``.
        """
        await self._must(court, by)
        now = datetime.now(UTC)
        kept, order = accepted(wanted, now), new_id()
        if not 0 < len(set(ids)) <= MOST_FOUND:
            raise Invalid("Choose 1 to %(most)s hearings.", field="hearings", most=MOST_FOUND)
        made, skipped = [], []
        async with self._database.begin() as connection:
            theirs = await of_court(connection, court, ids)
            if theirs.keys() != set(ids):
                raise NotFound("One of these hearings is not of this court.")
            before = await taken(connection, theirs)
            for hearing, broadcast in theirs.items():
                if _is_new(kept, before[hearing]):
                    new = _of_hearing(ordered(kept, broadcast or "", by, now, order), hearing)
                    await store.add(connection, new)
                    await note(connection, deed_of("withdrawal.order", new, by, new.note), now)
                    made.append(new)
                else:
                    skipped.append(hearing)
        if not made:
            raise Conflict("This is withdrawn already.")
        return await self._put_into_force(NameOrder(order, tuple(made), tuple(skipped)))

    async def _put_into_force(self, order: NameOrder) -> NameOrder:
        await self._register.ring()
        done_at = datetime.now(UTC)
        _log.info("name withdrawn everywhere", order=order.id, count=len(order.withdrawals))
        await self._tell(order.withdrawals)
        async with self._database.begin() as connection:
            await store.all_done(connection, order.id, done_at)
        made = tuple(replace(one, done_at=done_at) for one in order.withdrawals)
        return replace(order, withdrawals=made, done_at=done_at)

    async def _tell(self, changed: Iterable[Withdrawal]) -> None:
        for one in changed:
            if one.broadcast:  # else there are no readers who would be told
                await self._withdrawals.tell(one)

    async def restore(self, court: str, order: str, because: str, by: Person) -> NameOrder:
        """Give back what an order took and was not given back one by one."""
        await self._must(court, by)
        now, lifted = datetime.now(UTC), []
        async with self._database.begin() as connection:
            found = await store.of_orders(connection, [order])
            if not found or order not in await orders_of(connection, court, 1, only=order):
                raise NotFound
            for one in found:
                if await store.restore(connection, one, by.id, because, now):
                    deed = deed_of("withdrawal.restore", one, by, because)
                    await note(connection, deed, now)
                    lifted.append(one)
        if not lifted:
            raise Conflict("This was given back already.")
        await self._register.ring()
        await self._tell(lifted)
        async with self._database.read() as connection:
            return NameOrder(order, tuple(await store.of_orders(connection, [order])))

    async def _must(self, court: str, by: Person) -> None:
        by.must(Permission.WITHDRAW, (await self._courts.court(court)).id)


def _is_new(kept: Wanted, before: Sequence[Withdrawal]) -> bool:
    if len(before) >= MOST_WITHDRAWALS:
        raise Conflict("A hearing among these has too many withdrawals.")
    return not is_there(kept.target, before)


def _of_hearing(new: Withdrawal, hearing: str) -> Withdrawal:
    return new if new.broadcast else replace(new, hearing=hearing)


NAMES_EVERYWHERE = web.AppKey("names_everywhere", NamesEverywhere)
