"""Invitations: a link that lets its holder choose the password of one person, once.

So nobody else ever knows a password, not even the administrator. The link carries 256 random bits
behind its ``#``, which browsers send to no server and write into no log.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts import session_store, store
from server.accounts.model import accept_password
from server.accounts.passwords import Passwords
from server.database import Database
from server.errors import Gone
from server.identity import digest, new_secret
from server.journal.store import Deed, note

LIFE: Final = timedelta(hours=72)
INVITATION_PAGE: Final = "/console/invitation"


async def invite(connection: AsyncConnection, person: str, now: datetime) -> str:
    """Return the secret of a new invitation; those of before open nothing any more."""
    secret = new_secret()
    await store.invite(connection, person, digest(secret), now, now + LIFE)
    return secret


async def accept(database: Database, passwords: Passwords, secret: str, password: str) -> str:
    """Set the password of whom this invites; return the sign-in name.

    Raises ``Gone`` for an invitation that was used, has expired or never was, and ``Invalid`` for
    a password that cannot be one, after which it can be tried again.
    """
    async with database.read() as connection:
        found = await store.invited(connection, digest(secret), datetime.now(UTC))
    if found is None:
        raise _gone()
    accept_password(password, found.name)
    hashed = await passwords.hash(password)
    async with database.begin() as connection:
        now = datetime.now(UTC)
        if await store.invited(connection, digest(secret), now) is None:
            raise _gone()
        await store.end_invitations(connection, found.person, now)
        await store.set_password(connection, found.person, hashed, must_change=False)
        await session_store.close_sessions(connection, found.person)
        deed = Deed("person.accept", f"person:{found.person}", found.person)
        await note(connection, deed, now)
    return found.name


def _gone() -> Gone:
    return Gone("This invitation was used or has expired; ask for another.")
