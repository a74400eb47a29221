"""Signing in, being recognised, and the first administrator."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web
from sqlalchemy.exc import IntegrityError

from server.accounts import session_store, store
from server.accounts.model import Person, Posting, accept_password, narrowed, sign_in_name
from server.accounts.passwords import Passwords
from server.accounts.roles import Permission, Role
from server.accounts.second_factor import SecondFactors
from server.accounts.throttle import SignInThrottle
from server.accounts.totp import is_code
from server.database import Database
from server.errors import CodeNeeded, Conflict, DatabaseUnavailable, Invalid, SignInNeeded
from server.identity import digest, new_secret
from server.signing import Signer

_log = structlog.stdlib.get_logger(__name__)
ADMINISTRATOR = "admin"
TOKEN_PREFIX = "tbt_"  # noqa: S105
_REMEMBERED = 1000
_FRESH_S = 2.0
_PATIENCE_S = 1.5  # with a database that hangs
_SEEN_S = 20.0


@dataclass(frozen=True, slots=True)
class _Known:
    person: Person
    until: datetime | None
    checked: float  # time.monotonic()


@dataclass(frozen=True, slots=True)
class SignInFrom:
    """What comes with name and password. ``browser``: its id if it is familiar (``browsers.py``).

    ``code`` is the second factor's, empty at first; ``device`` are words for the list of sessions.
    """

    address: str
    browser: str = ""
    device: str = ""
    code: str = ""


class AccountService:
    """People of the court, as far as signing in goes.

    Whoever was recognised is remembered for 2 s (so long another server's revocation takes) and,
    while the database is away, until the session ends: the technician must be able to dump.
    """

    def __init__(self, database: Database, signer: Signer, session_hours: float = 12) -> None:
        self._database = database
        self.factors = SecondFactors(database, signer)
        self._lifetime = timedelta(hours=session_hours)
        self.passwords = Passwords()
        self._throttle = SignInThrottle()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._generation = 0
        self._seen: dict[str, datetime] = {}

    async def sign_in(self, name: str, password: str, its: SignInFrom) -> tuple[Person, str]:
        """Check a password; return the person and the new session's cookie.

        Raises ``SignInNeeded`` (never saying whether the name exists), ``CodeNeeded`` where the
        password is right and the second factor is not, or ``TooMany``.
        """
        try:
            name = sign_in_name(name)
        except Invalid:
            raise _wrong() from None
        await self._throttle.attempt(name, its.address, its.browser)
        async with self._database.read() as connection:
            found = await store.credentials(connection, name)
        if (
            not await self.passwords.verify(found.password if found else None, password)
            or not found
        ):
            await self._throttle.failed(its.address, its.browser)
            _log.info("sign-in refused")
            raise _wrong()
        if await self.factors.is_on(found.person):
            await self._check_code(found, its)
        await self._throttle.succeeded(name, its.address, its.browser)
        return await self._open(found, its)

    async def sign_in_vouched(
        self, person: str, its: SignInFrom, provider_session: str
    ) -> tuple[Person, str]:
        """Open a session for whom a provider of identities vouches, in place of the password.

        ``provider_session`` is a digest of its session there, "" where it named none. Raises
        ``CodeNeeded`` where the second factor is not right, ``TooMany``, ``SignInNeeded``.
        """
        async with self._database.read() as connection:
            found = await store.credentials_of(connection, person)
        if found is None:
            raise _wrong()
        await self._throttle.attempt(found.name, its.address, its.browser)
        if await self.factors.is_on(found.person):
            await self._check_code(found, its)
        await self._throttle.succeeded(found.name, its.address, its.browser)
        return await self._open(found, its, provider_session)

    async def _open(
        self, found: store.Credentials, its: SignInFrom, provider_session: str | None = None
    ) -> tuple[Person, str]:
        cookie, now = new_secret(), datetime.now(UTC)
        async with self._database.begin() as connection:
            person = await store.load(connection, found.person, now)
            # The password may have been replaced while it was being checked.
            if person is None or await store.credentials_of(connection, person.id) != found:
                raise _wrong()
            until = now + self._lifetime
            new = session_store.NewSession(
                person.id, digest(cookie), its.device, until, provider_session
            )
            await session_store.open_session(connection, new, now)
        _log.info("signed in", person=person.id)
        return person, cookie

    async def _check_code(self, found: store.Credentials, its: SignInFrom) -> None:
        code = its.code.replace(" ", "")
        if not code:
            raise CodeNeeded("Enter the code of your authenticator app, or a recovery code.")
        if is_code(code):
            await self._throttle.code(found.name, its.browser)
        if not await self.factors.take(found.person, code):
            await self._throttle.failed(its.address, its.browser)
            _log.info("code refused")
            raise CodeNeeded("This code is not right, or was used before.")
        await self._throttle.right_code(found.name)

    async def sign_out(self, cookie: str) -> None:
        """End a session."""
        self._known.pop(digest(cookie), None)
        async with self._database.begin() as connection:
            await session_store.close_session(connection, digest(cookie))

    async def recognise(self, secret: str) -> Person | None:
        """Return whose session cookie or API token this is."""
        key = digest(secret)
        known = self._known.get(key)
        if known and time.monotonic() - known.checked < _FRESH_S:
            return known.person
        now, generation = datetime.now(UTC), self._generation
        try:
            async with asyncio.timeout(_PATIENCE_S if known else None):
                found = await self._look_up(secret, key, now)
        except (DatabaseUnavailable, TimeoutError):
            if known and (known.until is None or known.until > now):
                return known.person
            raise
        if found is None:
            self._known.pop(key, None)
            return None
        if generation != self._generation:
            return found.person  # read before people changed: not to be remembered after it
        self._known[key] = found
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found.person

    async def _look_up(self, secret: str, key: str, now: datetime) -> _Known | None:
        async with self._database.read() as connection:
            if secret.startswith(TOKEN_PREFIX):
                token = await session_store.token(connection, key, now)
                if token is None:
                    return None
                person = await store.load(connection, token.person, now)
                person, until = person and narrowed(person, token), token.expires_at
            else:
                session = await session_store.session(connection, key, now)
                if session is None:
                    return None
                person = await store.load(connection, session[0], now)
                until = session[1]
        if person is None:
            return None
        self._seen[key] = now
        return _Known(person, until, time.monotonic())

    async def note_seen(self) -> None:
        """Write down when sessions and tokens were last used, since it was last done."""
        seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            async with self._database.begin() as connection:
                await session_store.note_seen(connection, seen)
        except DatabaseUnavailable:
            self._seen = seen | self._seen

    async def keep_seen(self) -> None:
        """Do that every 20 s until cancelled: a write for each request would be too many."""
        while True:
            await asyncio.sleep(_SEEN_S)
            await self.note_seen()

    async def add_person(
        self,
        name: str,
        display_name: str,
        password: str,
        postings: Iterable[Posting],
        *,
        must_change: bool = True,
    ) -> Person:
        """Add a person with roles; raises ``Conflict`` if the name is taken."""
        name = sign_in_name(name)
        accept_password(password, name)
        hashed, now = await self.passwords.hash(password), datetime.now(UTC)
        new = store.NewPerson(name, display_name, hashed, must_change)
        try:
            async with self._database.begin() as connection:
                identifier = await store.enter(connection, new, tuple(postings), "", now)
                person = await store.load(connection, identifier, now)
        except IntegrityError:
            raise Conflict("This name is taken.") from None
        if person is None:
            raise AssertionError("just added")
        return person

    async def ensure_administrator(self, *, must_change: bool = True) -> str | None:
        """Make the first administrator if there is nobody; return the one-time password, once."""
        async with self._database.read() as connection:
            if await store.count_people(connection):
                return None
        password = new_secret()[:20]
        try:
            await self.add_person(
                ADMINISTRATOR,
                "Administrator",
                password,
                [Posting(Role.ADMINISTRATOR)],
                must_change=must_change,
            )
        except Conflict:
            return None  # another server was faster
        return password

    async def must_know(self, person: Person, password: str, cookie: str, field: str) -> None:
        """Raise ``Invalid`` unless this is the person's password; ``TooMany`` after some wrong.

        Counted for the session: whoever took it over shall not guess the password with it.
        """
        await self._throttle.attempt(person.name, digest(cookie))
        async with self._database.read() as connection:
            found = await store.credentials_of(connection, person.id)
        if not await self.passwords.verify(found.password if found else None, password):
            raise Invalid("The present password is not right.", field=field)
        await self._throttle.succeeded(person.name, digest(cookie))

    async def change_password(self, person: Person, old: str, new: str, cookie: str = "") -> None:
        """Change one's own password; ends all other sessions of the person."""
        await self.must_know(person, old, cookie, "old_password")
        if old == new:
            raise Invalid("Choose another password than the present one.", field="new_password")
        accept_password(new, person.name)
        hashed = await self.passwords.hash(new)
        async with self._database.begin() as connection:
            await store.set_password(connection, person.id, hashed, must_change=False)
            await session_store.close_sessions(connection, person.id, but=digest(cookie))
        self.forget()

    async def issue_token(
        self, person: str, label: str, scopes: Iterable[Permission] | None = None
    ) -> str:
        """Return a new API token of a person (told once); one of the same label is revoked.

        A token does what its person may do, narrowed to ``scopes`` if given.
        """
        token, now = TOKEN_PREFIX + new_secret(), datetime.now(UTC)
        async with self._database.begin() as connection:
            await session_store.revoke_tokens(connection, person, label, now)
            new = session_store.NewToken(person, label, digest(token), scopes)
            await session_store.add_token(connection, new, now)
        self.forget()
        return token

    async def sign_in_name(self, person: str) -> str:
        """Return under which name a person signs in; empty if there is nobody."""
        async with self._database.read() as connection:
            found = await store.credentials_of(connection, person)
        return found.name if found else ""

    async def display_name(self, person: str) -> str:
        """Return how a person is called, for staff; the id if nobody is known by it."""
        async with self._database.read() as connection:
            return await store.name_of(connection, person) or person

    def forget(self) -> None:
        """Forget who was recognised: people, roles or passwords have changed."""
        self._generation += 1
        self._known.clear()

    async def find(self, name: str) -> Person | None:
        """Return a person by sign-in name."""
        async with self._database.read() as connection:
            found = await store.credentials(connection, sign_in_name(name))
            return await store.load(connection, found.person, datetime.now(UTC)) if found else None


ACCOUNTS = web.AppKey("accounts", AccountService)


def _wrong() -> SignInNeeded:
    return SignInNeeded("Name or password is not right.")
