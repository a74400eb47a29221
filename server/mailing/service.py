"""Reminds people by mail of what waits for them, each time once, whichever server does it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from aiohttp import web
from limits import RateLimitItemPerSecond

from server.accounts import store as accounts
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals.dossier import Dossiers
from server.approvals.reminders import Reminder
from server.database import Database
from server.errors import DatabaseUnavailable, Invalid, ServiceError, Unavailable
from server.identity import digest, new_id, new_secret
from server.journal.store import Deed, note
from server.mailing import store
from server.mailing.model import CONFIRMED_WITHIN, Letter, Mailbox, MailServer, Occasion
from server.mailing.outbox import Outbox
from server.throttle import Throttle

LOOK_S: Final = 120.0
STALE: Final = timedelta(hours=1)
CONFIRM_PAGE: Final = "/console/account#mail="  # what is behind # stands in no log
_ASKED: Final = RateLimitItemPerSecond(3, 3600)
WAITING_PAGE: Final = "/console/applications"
_log = structlog.stdlib.get_logger(__name__)


class Mailing:
    """Mailboxes and letters; one per server process. ``base`` is the service's public address."""

    def __init__(
        self, database: Database, dossiers: Dossiers, server: MailServer, base: str
    ) -> None:
        # smtplib and email take 30 ms, which starts without a mail server need not pay.
        from server.mailing.letters import message  # noqa: PLC0415
        from server.mailing.smtp import Post  # noqa: PLC0415

        self._message = message
        self._database = database
        self._dossiers = dossiers
        self._server = server
        self._base = base
        self._throttle = Throttle()
        self._post = Post(server)
        self.outbox = Outbox(self._deliver, self._settled)

    async def mailbox(self, person: str) -> Mailbox | None:
        """Return where a person reads."""
        async with self._database.read() as connection:
            return await store.of_person(connection, person)

    async def read_at(self, box: Mailbox, by: Person) -> Mailbox:
        """Ask, by a letter with a link, whether ``by`` reads there; of a confirmed one only speak.

        Raises ``TooMany`` for more than a few letters an hour to a person or an address, and
        ``Unavailable`` where no letter can be taken now.
        """
        now, secret = datetime.now(UTC), new_secret()
        async with self._database.begin() as connection:
            if await store.speak(connection, box):
                return replace(box, is_confirmed=True)
        for asked in (f"person:{by.id}", f"address:{box.address.casefold()}"):
            await self._throttle.take(_ASKED, asked)
        async with self._database.begin() as connection:
            await store.put(connection, box, digest(secret), now)
            await note(connection, Deed("person.mail", f"person:{by.id}", by.id), now)
        if not self.outbox.put(Letter(box, (), f"{self._base}{CONFIRM_PAGE}{secret}")):
            raise Unavailable("No letter can be sent now; try again in a moment.")
        return box

    async def confirm(self, secret: str, by: Person) -> Mailbox:
        """Take the link that was sent to ``by``, once; raises ``Invalid`` for any other."""
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            since = now - CONFIRMED_WITHIN
            taken = await store.confirm(connection, by.id, digest(secret), since, now)
            box = await store.of_person(connection, by.id)
            if not taken or box is None:
                raise Invalid("This link holds no more, or was sent to somebody else.")
            await note(connection, Deed("person.mail_confirm", f"person:{by.id}", by.id), now)
        return box

    async def read_nowhere(self, by: Person) -> None:
        """Write to ``by`` no more."""
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            if await store.remove(connection, by.id):
                await note(connection, Deed("person.mail_off", f"person:{by.id}", by.id), now)

    async def look(self) -> int:
        """Write to everybody for whom something new waits; return how many letters that are."""
        async with self._database.read() as connection:
            boxes = await store.all_of(connection)
        written = 0
        for box in boxes:
            written += await self._remind(box, datetime.now(UTC))
        return written

    async def run(self) -> None:
        """Look every two minutes, until cancelled."""
        while True:
            try:
                await self.look()
            except ServiceError as problem:  # the database is away, a policy has lost its file
                _log.warning("nobody can be reminded now", why=problem.code)
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        """Cut what is being delivered: the server stops."""
        self._post.cut()

    async def _remind(self, box: Mailbox, now: datetime) -> int:
        async with self._database.read() as connection:
            person = await accounts.load(connection, box.person, now)
        if person is None or not person.may(Permission.APPLICATIONS):
            return 0
        occasions = [_occasion(one) for one in await self._dossiers.reminders(person, now)]
        if not occasions:
            return 0
        async with self._database.begin() as connection:
            new = [
                one
                for one in occasions
                if await store.claim(connection, box.person, one, now, now - STALE)
            ]
        return int(bool(new) and self.outbox.put(Letter(box, tuple(new))))

    def _deliver(self, letter: Letter) -> None:
        page = letter.link or f"{self._base}{WAITING_PAGE}"
        told = self._message(letter, self._server.sender, page, datetime.now(UTC), new_id())
        self._post.deliver(told, letter.to.address)

    async def _settled(self, letter: Letter) -> None:
        with contextlib.suppress(DatabaseUnavailable):  # then it may come twice, an hour later
            async with self._database.begin() as connection:
                await store.settle(connection, letter, datetime.now(UTC))


def _occasion(one: Reminder) -> Occasion:
    """Return what is told once: that it waits, that it is late, that it came back or went up."""
    its = one.turn
    kind = "late" if one.kind == "mine" and one.is_late else one.kind
    since = its.waiting_since if its else one.application.changed_at
    return Occasion(one.application.id, kind, since)


MAILING: web.AppKey[Mailing] = web.AppKey("mailing", Mailing)  # where a mail server is set
