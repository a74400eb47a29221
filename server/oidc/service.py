"""Signing in with the provider, and whose account there is whose here.

Nobody gets an account or a role by it: an account there is connected with a person here by that
person, signed in and with their password, or by an administrator. It stands for the password only
(docs/decisions/0060): who has a second factor here is asked for it all the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts import session_store
from server.accounts.model import Person
from server.accounts.people import look_after
from server.accounts.service import AccountService, SignInFrom
from server.accounts.store import credentials
from server.database import Database
from server.errors import Conflict, Invalid
from server.identity import new_secret
from server.journal.store import Deed, note
from server.oidc import store
from server.oidc.model import (
    FLOW_S,
    Flow,
    Provider,
    Refused,
    authorization_address,
    belongs,
    check_claims,
    check_logout,
    code_of,
    is_subject,
    name_in,
    session_of,
)
from server.oidc.provider import Client, ProviderClient
from server.oidc.store import ProviderAccount
from server.signing import Signer

_log = structlog.stdlib.get_logger(__name__)
_PURPOSE: Final = "provider sign-in"
EXPECTED_FOR: Final = timedelta(days=7)  # as long as an invitation


class NotFinished(Exception):
    """A sign-in with the provider came to nothing; ``why`` is one of the words below."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


TOO_LATE: Final = "too-late"  # not begun by this browser, or too long ago
BROKEN_OFF: Final = "broken-off"  # the provider let nobody in
NOT_TRUSTED: Final = "not-trusted"  # its answer is not what it must be
NOBODY: Final = "nobody"  # vouched for, and connected with no person here
TAKEN: Final = "taken"  # connected with another person here


class ProviderSignIn:
    """Signs people in with one provider; one per server process, where a provider is set."""

    def __init__(
        self,
        database: Database,
        signer: Signer,
        accounts: AccountService,
        client: Client,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._signer = signer
        self._accounts = accounts
        self._client = client
        self._now = now
        self.provider = ProviderClient(client)
        self.label = client.label
        self.name_claim = client.name_claim

    async def begin(self, then: str, person: str = "") -> tuple[str, str]:
        """Return where the browser goes and what it keeps; raises ``Unavailable``, ``NotFinished``.

        ``person`` connects their account; else somebody signs in and goes ``then`` to that page.
        """
        try:
            provider = await self.provider.metadata()
        except Refused as why:
            raise _refused(why) from None
        flow = Flow(new_secret(), new_secret(), new_secret(), int(self._now()), person, then)
        address = authorization_address(
            provider,
            self._client.id,
            self._client.back,
            flow,
            with_profile=bool(self.name_claim),
        )
        return address, self._seal(flow)

    def flow_of(self, kept: str) -> Flow | None:
        """Return what the browser has kept, None if it is not of ours."""
        try:
            plain = self._signer.unseal(_PURPOSE, "", kept)
            return None if plain is None else Flow(**json.loads(plain))
        except (ValueError, TypeError):  # whatever a stranger has put into the cookie
            return None

    async def come_back(self, flow: Flow, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the ID token's claims, every one of them checked.

        Raises ``NotFinished``, and ``Unavailable`` while the provider is away.
        """
        if not belongs(query, flow, self._now()):
            raise NotFinished(TOO_LATE)
        try:
            return await self._claims(flow, query, await self.provider.metadata())
        except Refused as why:
            raise _refused(why) from None

    async def _claims(
        self, flow: Flow, query: Mapping[str, str], provider: Provider
    ) -> Mapping[str, Any]:
        code = code_of(query, provider)
        if not code:
            raise NotFinished(BROKEN_OFF)
        claims = await self.provider.claims(await self.provider.exchange(code, flow.verifier))
        check_claims(claims, provider, self._client.id, flow.nonce, self._now())
        session_of(claims)  # raises for what is none
        return claims

    async def person_of(self, claims: Mapping[str, Any]) -> str:
        """Return with whom here the account is connected; raises ``NotFinished``.

        Who is expected, and comes under their name for the first time, is connected by it.
        """
        subject, now = str(claims["sub"]), self._time()
        async with self._database.begin() as connection:
            person = await store.of_subject(connection, self._client.issuer, subject)
            if person is None:
                person = await self._expected(connection, claims, now)
                if person is None:
                    _log.info("nobody here is connected with this account")
                    raise NotFinished(NOBODY)
                await self._connect(connection, person, subject, person, now)
            await store.note_use(connection, person, self._client.issuer, now)
        return person

    async def sign_in(
        self, person: str, its: SignInFrom, session: str, since: int
    ) -> tuple[Person, str]:
        """Open a session; raises as ``AccountService.sign_in_vouched``.

        ``session`` is a digest of that at the provider; it has not been over ``since`` then.
        """
        issuer, then = self._client.issuer, datetime.fromtimestamp(since, UTC)
        async with self._database.read() as connection:
            found = await store.of_person(connection, person, issuer)
            if found is None or found.subject is None:
                raise NotFinished(NOBODY)  # disconnected while the second factor was looked for
            if await store.is_over(connection, issuer, found.subject, session, then):
                raise NotFinished(TOO_LATE)
        return await self._accounts.sign_in_vouched(person, its, session)

    async def log_out(self, token: str) -> list[str]:
        """End the sessions that a logout token names; return whose those were.

        Only those for which the provider vouched: the password is not its own to take. Raises
        ``Refused`` for what is no such token or was told before, ``Unavailable``.
        """
        provider = await self.provider.metadata()
        claims, now = await self.provider.claims(token), self._now()
        told = check_logout(claims, provider, self._client.id, now)
        issuer, at = self._client.issuer, self._time()
        async with self._database.begin() as connection:
            old = at - timedelta(seconds=2 * FLOW_S)
            if not await store.take_logout(connection, issuer, told, at, old):
                raise Refused("token that was told before")
            person = None
            if told.subject:
                person = await store.of_subject(connection, issuer, told.subject)
                if person is None:
                    return []  # nobody here, so nothing is open
            ended = await session_store.close_vouched(connection, person, told.session)
            for whose, count in ended.items():
                details = {"sessions": str(count)}
                await self._note(connection, "logged_out", whose, "", details)
        return list(ended)

    def is_fresh(self, flow: Flow) -> bool:
        """Tell whether a sign-in was begun, or vouched for, not long ago."""
        return 0 <= self._now() - flow.began <= FLOW_S

    def owes_code(self, flow: Flow, person: str, session: str) -> str:
        """Return what the browser keeps until the second factor is shown, too."""
        owing = replace(flow, proved=person, session=session, began=int(self._now()))
        return self._seal(owing)

    async def connect(self, person: Person, claims: Mapping[str, Any]) -> None:
        """Connect one's own account; raises ``NotFinished`` where it is another person's."""
        await self._write(person.id, person.id, str(claims["sub"]))

    async def account(self, person: str) -> ProviderAccount | None:
        """Return a person's account at the provider."""
        async with self._database.read() as connection:
            return await store.of_person(connection, person, self._client.issuer)

    async def accounts(self) -> dict[str, ProviderAccount]:
        """Return everybody's account at the provider, by person."""
        async with self._database.read() as connection:
            return await store.all_of(connection, self._client.issuer)

    async def disconnect_own(self, person: Person) -> None:
        """Let the provider not sign oneself in any more."""
        async with self._database.begin() as connection:
            await self._remove(connection, person.id, person)

    async def expect(self, person: str, subject: str | None, by: Person) -> ProviderAccount:
        """Connect a person with ``subject``, or with who first comes under their name.

        Raises ``Forbidden``, ``NotFound``; ``Invalid`` where no claim tells names; ``Conflict``.
        """
        if subject is not None and not is_subject(subject):
            raise Invalid("This cannot be an account at the provider.", field="subject")
        if subject is None and not self.name_claim:
            raise Invalid("Give the account: the provider tells no names here.", field="subject")
        now = self._time()
        async with self._database.begin() as connection:
            await look_after(connection, person, by, now)
            if subject is not None:
                return await self._connect(connection, person, subject, by.id, now)
            until = now + EXPECTED_FOR
            found = ProviderAccount(person, self._client.issuer, None, until, now, None)
            await store.put(connection, found)
            await self._note(connection, "expected", person, by.id, {})
            return found

    async def disconnect(self, person: str, by: Person) -> None:
        """Let the provider not sign a person in any more; raises ``Forbidden``, ``NotFound``."""
        async with self._database.begin() as connection:
            await look_after(connection, person, by, self._time())
            await self._remove(connection, person, by)

    async def _write(self, person: str, by: str, subject: str) -> None:
        try:
            async with self._database.begin() as connection:
                await self._connect(connection, person, subject, by, self._time())
        except Conflict:
            raise NotFinished(TAKEN) from None

    async def _connect(
        self, connection: AsyncConnection, person: str, subject: str, by: str, now: datetime
    ) -> ProviderAccount:
        found = ProviderAccount(person, self._client.issuer, subject, None, now, None)
        await store.put(connection, found)
        await self._note(connection, "connected", person, by, {"subject": subject})
        return found

    async def _remove(self, connection: AsyncConnection, person: str, by: Person) -> None:
        if await store.remove(connection, person, self._client.issuer):
            await self._note(connection, "disconnected", person, by.id, {})

    async def _expected(
        self, connection: AsyncConnection, claims: Mapping[str, Any], now: datetime
    ) -> str | None:
        name = name_in(claims, self.name_claim)
        found = await credentials(connection, name) if name else None
        if found is None:
            return None
        waits = await store.of_person(connection, found.person, self._client.issuer)
        if waits is None or waits.expected_until is None or waits.expected_until <= now:
            return None
        return found.person

    async def _note(
        self,
        connection: AsyncConnection,
        what: str,
        person: str,
        by: str,
        details: dict[str, str],
    ) -> None:
        told = {"issuer": self._client.issuer, **details}
        deed = Deed(f"person.provider_{what}", f"person:{person}", by, told)
        await note(connection, deed, self._time())

    def _seal(self, flow: Flow) -> str:
        return self._signer.seal(_PURPOSE, "", json.dumps(asdict(flow)).encode())

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


OIDC: web.AppKey[ProviderSignIn] = web.AppKey("oidc", ProviderSignIn)  # where a provider is set


def _refused(why: Refused) -> NotFinished:
    _log.warning("provider refused", why=str(why))
    return NotFinished(NOT_TRUSTED)
