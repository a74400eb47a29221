"""The second factor: an authenticator app's codes, and recovery codes for when the phone is gone.

The app's secret lies encrypted in the database (``server.signing``, bound to its person), recovery
codes as digests: 74 random bits each need no slow hash. No code opens anything twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts import factor_store, session_store
from server.accounts.model import Person, Posting, must_administer, needs_factor
from server.accounts.passwords import readable_secret
from server.accounts.totp import SECRET_BYTES, is_code, matching_step, otpauth_uri, secret_text
from server.database import Database
from server.errors import Conflict, Invalid
from server.identity import digest
from server.journal.store import Deed, note
from server.signing import Signer

_PURPOSE: Final = "second factor"
_ISSUER: Final = "Tingbo"
_CODES, _GROUPS = 10, 3


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class NewFactor:
    """What an authenticator app is told, this once: the secret in base32, or all as an address."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class FactorState:
    """How it stands with a person's second factor."""

    since: datetime | None
    is_required: bool
    recovery_codes_left: int


class SecondFactors:
    """Sets up and checks second factors; one per server process."""

    def __init__(
        self, database: Database, signer: Signer, now: Callable[[], datetime] = _utc_now
    ) -> None:
        self._database = database
        self._signer = signer
        self._now = now

    async def state(self, person: Person) -> FactorState:
        """Tell how it stands."""
        async with self._database.read() as connection:
            found = await factor_store.factor(connection, person.id)
            required = needs_factor(person.postings, await factor_store.rules(connection))
            left = await factor_store.recovery_codes_left(connection, person.id)
        return FactorState(found.confirmed_at if found else None, required, left)

    async def is_on(self, person: str) -> bool:
        """Tell whether signing in as this person asks for a code."""
        async with self._database.read() as connection:
            found = await factor_store.factor(connection, person)
        return found is not None and found.confirmed_at is not None

    async def begin(self, person: Person) -> NewFactor:
        """Make a secret for an app; asks for nothing until a code of it was shown."""
        secret = secrets.token_bytes(SECRET_BYTES)
        sealed = self._signer.seal(_PURPOSE, person.id, secret)
        async with self._database.begin() as connection:
            found = await factor_store.factor(connection, person.id)
            if found and found.confirmed_at:
                raise Conflict("There is a second factor already; remove it first.")
            await factor_store.begin(connection, person.id, sealed, self._now())
        return NewFactor(secret_text(secret), otpauth_uri(secret, person.name, _ISSUER))

    async def confirm(self, person: Person, code: str, cookie: str) -> list[str]:
        """Take the app's first code; return the recovery codes, told this once.

        The person's other sessions, which were opened without it, end.
        """
        codes = _new_codes()
        async with self._database.begin() as connection:
            found = await factor_store.factor(connection, person.id)
            if found is None or found.confirmed_at:
                raise Conflict("There is no second factor that waits to be confirmed.")
            if not await self._take(connection, person.id, code):
                raise Invalid("This code is not right, or was used before.", field="code")
            await factor_store.confirm(connection, person.id, self._now())
            await factor_store.set_recovery_codes(connection, person.id, map(_digest, codes))
            await session_store.close_sessions(connection, person.id, but=digest(cookie))
            await self._note(connection, "factor_on", person)
        return codes

    async def take(self, person: str, code: str) -> bool:
        """Take a code at a sign-in, of the app or for recovery; False if it opens nothing."""
        async with self._database.begin() as connection:
            if is_code(code):
                return await self._take(connection, person, code)
            used = await factor_store.use_recovery_code(
                connection, person, _digest(code), self._now()
            )
            if used:
                left = await factor_store.recovery_codes_left(connection, person)
                deed = Deed("person.recovery_code", f"person:{person}", person, {"left": left})
                await note(connection, deed, self._now())
            return used

    async def renew_codes(self, person: Person) -> list[str]:
        """Return new recovery codes, told this once; those of before open nothing any more."""
        codes = _new_codes()
        async with self._database.begin() as connection:
            found = await factor_store.factor(connection, person.id)
            if found is None or not found.confirmed_at:
                raise Conflict("There is no second factor yet.")
            await factor_store.set_recovery_codes(connection, person.id, map(_digest, codes))
            await self._note(connection, "recovery_codes", person)
        return codes

    async def remove(self, person: Person) -> None:
        """Ask for no second factor any more; raises ``Conflict`` where one is required."""
        async with self._database.begin() as connection:
            if needs_factor(person.postings, await factor_store.rules(connection)):
                raise Conflict("Your role needs a second factor; an administrator can help.")
            if await factor_store.remove(connection, person.id):
                await self._note(connection, "factor_off", person)

    async def rules(self) -> list[Posting]:
        """Return which roles need a second factor where."""
        async with self._database.read() as connection:
            return await factor_store.rules(connection)

    async def set_rules(self, wanted: list[Posting], by: Person) -> list[Posting]:
        """Replace the rules; ``Forbidden`` for a change at a court that ``by`` does not have."""
        async with self._database.begin() as connection:
            before = set(await factor_store.rules(connection))
            changed = before.symmetric_difference(wanted)
            must_administer(by, changed)
            if changed:
                await factor_store.set_rules(connection, dict.fromkeys(wanted))
                told = [{"role": one.role.value, "court": one.court} for one in wanted]
                deed = Deed("people.factor_rules", "people", by.id, {"rules": told})
                await note(connection, deed, self._now())
            return await factor_store.rules(connection)

    async def _take(self, connection: AsyncConnection, person: str, code: str) -> bool:
        found = await factor_store.factor(connection, person)
        secret = self._signer.unseal(_PURPOSE, person, found.secret) if found else None
        if secret is None:
            return False
        step = matching_step(secret, code, self._now().timestamp())
        return step is not None and await factor_store.take_step(connection, person, step)

    async def _note(self, connection: AsyncConnection, action: str, person: Person) -> None:
        deed = Deed(f"person.{action}", f"person:{person.id}", person.id)
        await note(connection, deed, self._now())


def _new_codes() -> list[str]:
    return [readable_secret(_GROUPS) for _ in range(_CODES)]


def _digest(code: str) -> str:
    # As it may be typed: with blanks instead of hyphens, or in capitals.
    return digest("".join(one for one in code.casefold() if one.isalnum()))
