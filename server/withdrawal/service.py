"""Withdraws and gives back: writes it down, puts it into force, tells readers and servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BroadcastService
from server.database import Database
from server.errors import Conflict, NotFound
from server.identity import new_id
from server.journal.store import Deed, note
from server.reports.model import Post
from server.reports.service import ReportService
from server.withdrawal.model import (
    MOST_WITHDRAWALS,
    Correction,
    Wanted,
    accepted,
    concerns,
    corrections,
    photo_of,
)
from server.withdrawal.store import Recent, recent
from server.withdrawn import Register, store
from server.withdrawn.model import Kind, Withdrawal
from server.withdrawn.register import LOOK_SECONDS

# Readers of other servers are told when these are sure to know the new mask, bell or not: else they
# would be shown once more, as news, what was taken from them.
_KNOWN_EVERYWHERE = timedelta(seconds=1.2 * LOOK_SECONDS)
_log = structlog.stdlib.get_logger(__name__)


class WithdrawalService:
    """The withdrawals of all broadcasts (rules B-30, B-32)."""

    def __init__(
        self,
        database: Database,
        register: Register,
        broadcasts: BroadcastService,
        reports: ReportService,
    ) -> None:
        self._database = database
        self._register = register
        self._broadcasts = broadcasts
        self._reports = reports

    async def all(self, broadcast: str, by: Person) -> list[Withdrawal]:
        """Return a broadcast's withdrawals for its court, newest first."""
        about = await self._of_court(broadcast, by)
        async with self._database.read() as connection:
            return await store.of_broadcast(connection, about.id)

    async def withdraw(self, broadcast: str, wanted: Wanted, by: Person) -> Withdrawal:
        """Take something down; when this returns this server shows it no more.

        Raises ``Invalid``, ``NotFound``, ``Conflict`` for what is withdrawn already.
        """
        about = await self._of_court(broadcast, by)
        now = datetime.now(UTC)
        kept = accepted(wanted, now)
        posts = await self._reports.posts(about.id)
        _must_be_there(kept, posts)
        new = ordered(kept, about.id, by, now)
        async with self._database.begin() as connection:
            before = await store.of_broadcast(connection, about.id)
            _must_be_new(new, before)
            await store.add(connection, new)
            await note(connection, deed_of("withdrawal.order", new, by, new.note), now)
        return await self._put_into_force(new)

    async def _put_into_force(self, new: Withdrawal) -> Withdrawal:
        await self._register.ring()
        done_at = datetime.now(UTC)
        _log.info("withdrawn", broadcast=new.broadcast, withdrawal=new.id, kind=new.kind.value)
        await self.tell(new)
        async with self._database.begin() as connection:
            await store.done(connection, new.id, done_at)
            found = await store.one(connection, new.id)
        return found or new

    async def restore(self, identifier: str, because: str, by: Person) -> Withdrawal:
        """Give back what a withdrawal took; it stays in the file and in the public log."""
        async with self._database.read() as connection:
            found = await store.one(connection, identifier)
        if found is None:
            raise NotFound
        await self._of_court(found.broadcast, by)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            if not await store.restore(connection, found, by.id, because, now):
                raise Conflict("This was given back already.")
            await note(connection, deed_of("withdrawal.restore", found, by, because), now)
            restored = await store.one(connection, found.id)
        await self._register.ring()
        _log.info("restored", broadcast=found.broadcast, withdrawal=found.id)
        await self.tell(found)
        return restored or found

    async def corrections(self, broadcast: str) -> list[Correction]:
        """Return the public log of a broadcast, newest first."""
        about = await self._broadcasts.about(broadcast)
        async with self._database.read() as connection:
            found = await store.of_broadcast(connection, about.id)
        posts = await self._reports.posts(about.id)
        return corrections(found[::-1], posts, datetime.now(UTC))

    async def recent(self, court: str | None, most: int) -> list[Recent]:
        """Return the newest lines of all public logs, or of a court's, newest first."""
        async with self._database.read() as connection:
            return await recent(connection, datetime.now(UTC), court, most)

    async def tell(self, changed: Withdrawal) -> None:
        """Show readers anew what a withdrawal, made or lifted, changes."""
        at = datetime.now(UTC) + _KNOWN_EVERYWHERE
        await self._reports.tell_again(changed.broadcast, lambda post: concerns(changed, post), at)

    async def _of_court(self, broadcast: str, by: Person) -> Broadcast:
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.WITHDRAW, about.court_id)
        return about


def _must_be_there(wanted: Wanted, posts: list[Post]) -> None:
    if wanted.kind is Kind.POST and wanted.target not in {post.id for post in posts}:
        raise NotFound("There is no such post.")
    if wanted.kind is Kind.PHOTO and photo_of(posts, wanted.target) is None:
        raise NotFound("There is no such photo in the report.")


def _must_be_new(new: Withdrawal, before: list[Withdrawal]) -> None:
    if len(before) >= MOST_WITHDRAWALS:
        raise Conflict("This broadcast has too many withdrawals.")
    same = (new.kind, new.target.casefold(), new.stretch)
    for one in before:
        if one.holds and (one.kind, one.target.casefold(), one.stretch) == same:
            raise Conflict("This is withdrawn already.")


def ordered(
    kept: Wanted, broadcast: str, by: Person, at: datetime, together: str | None = None
) -> Withdrawal:
    """Return what an order takes from a broadcast; ``together`` is an order about several."""
    return Withdrawal(
        id=new_id(),
        broadcast=broadcast,
        kind=kept.kind,
        reason=kept.reason,
        ordered_at=at,
        ordered_by=by.id,
        note=kept.note,
        since=kept.since,
        until=kept.until,
        target=kept.target,
        mark=kept.mark,
        together=together,
    )


def deed_of(action: str, about: Withdrawal, by: Person, why: str) -> Deed:
    """Return the journal's entry about a withdrawal, ordered or lifted."""
    details: dict[str, Any] = {
        "id": about.id,
        "kind": about.kind.value,
        "reason": about.reason.value,
        "target": about.target,
        "mark": about.mark,
        "since": about.since.isoformat() if about.since else None,
        "until": about.until.isoformat() if about.until else None,
        "note": why,
    }
    if about.together:
        details["together"] = about.together
    return Deed(action, about.about, by.id, details)


WITHDRAWALS = web.AppKey("withdrawals", WithdrawalService)
