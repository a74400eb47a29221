"""What people see and end of their own: sessions and API tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from server.accounts import session_store
from server.accounts.model import ApiToken, Person, SignInSession
from server.accounts.people import People
from server.accounts.roles import Permission
from server.accounts.service import TOKEN_PREFIX, AccountService
from server.database import Database
from server.errors import Conflict, Forbidden, Invalid, NotFound
from server.identity import digest, new_secret
from server.journal.store import Deed, note

MOST_TOKENS = 50
LONGEST_LIFE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class TokenAsked:
    """An API token that is wanted. ``court`` None: every court at which its scopes are held."""

    label: str
    scopes: frozenset[Permission]
    court: str | None
    expires_at: datetime


class Own:
    """Sessions and tokens of whoever asks; one per server process."""

    def __init__(self, database: Database, accounts: AccountService, people: People) -> None:
        self._database = database
        self._accounts = accounts
        self._people = people

    async def sessions(self, person: Person, cookie: str) -> list[SignInSession]:
        """Return the person's open sessions, newest first."""
        await self._accounts.note_seen()
        async with self._database.read() as connection:
            now = datetime.now(UTC)
            return await session_store.sessions_of(connection, person.id, now, digest(cookie))

    async def end_session(self, person: Person, session: str) -> None:
        """End one of the person's sessions; raises ``NotFound``."""
        async with self._database.begin() as connection:
            if not await session_store.close_one(connection, person.id, session):
                raise NotFound
        await self._people.tell(person.id)

    async def end_other_sessions(self, person: Person, cookie: str) -> None:
        """End all of the person's sessions but the one that asks."""
        async with self._database.begin() as connection:
            await session_store.close_sessions(connection, person.id, but=digest(cookie))
        await self._people.tell(person.id)

    async def tokens(self, person: Person) -> list[ApiToken]:
        """Return the person's API tokens in use, by label."""
        await self._accounts.note_seen()
        async with self._database.read() as connection:
            return await session_store.tokens_of(connection, person.id, datetime.now(UTC))

    async def issue(self, person: Person, asked: TokenAsked) -> tuple[ApiToken, str]:
        """Make a token; return it with its text, told this once.

        ``Forbidden``: a scope that the person does not hold there; ``Invalid``: too long a life;
        ``Conflict``: the label is in use, or there are too many.
        """
        if person.must_change_password or person.must_set_up_factor:
            raise Forbidden("Set up the second factor first: your role needs one.")
        now = datetime.now(UTC)
        if not now < asked.expires_at <= now + LONGEST_LIFE:
            raise Invalid("A token lives for a year at most.", field="expires_at")
        if not all(person.may(scope, asked.court) for scope in asked.scopes):
            raise Forbidden("A token cannot do more than you may.")
        text = TOKEN_PREFIX + new_secret()
        async with self._database.begin() as connection:
            known = await session_store.tokens_of(connection, person.id, now)
            _must_fit(asked.label, [one.label for one in known])
            new = session_store.NewToken(
                person.id, asked.label, digest(text), asked.scopes, asked.expires_at, asked.court
            )
            token = await session_store.add_token(connection, new, now)
            details = {
                "label": asked.label,
                "scopes": sorted(asked.scopes),
                "court": asked.court,
                "expires_at": asked.expires_at.isoformat(),
            }
            deed = Deed("person.token", f"person:{person.id}", person.id, details)
            await note(connection, deed, now)
        return token, text

    async def revoke(self, person: Person, token: str) -> None:
        """Revoke one of the person's tokens, everywhere and at once; raises ``NotFound``."""
        async with self._database.begin() as connection:
            now = datetime.now(UTC)
            revoked = await session_store.revoke_one(connection, person.id, token, now)
            if revoked is None:
                raise NotFound
            details = {"label": revoked.label}
            deed = Deed("person.token_revoked", f"person:{person.id}", person.id, details)
            await note(connection, deed, now)
        await self._people.tell(person.id)


OWN = web.AppKey("own", Own)


def _must_fit(label: str, known: Iterable[str]) -> None:
    labels = list(known)
    if label in labels:
        raise Conflict("There is a token of this name already.")
    if len(labels) >= MOST_TOKENS:
        raise Conflict("There are too many tokens; revoke some first.")
