"""Which partner may take what, told at once in every server process.

A verdict on a key is remembered for at most a second, and forgotten as soon as the bus says that
keys changed. While the database is away the last good verdict holds for a minute, because nobody
can revoke a key then either.
"""

from __future__ import annotations

import contextlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from server.bus.contract import Bus
from server.database import Database
from server.errors import DatabaseUnavailable, Forbidden, Invalid, SignInNeeded
from server.identity import digest, new_id, new_secret
from server.journal.store import Deed, note
from server.partners import store
from server.partners.model import (
    TERMS_VERSION,
    Partner,
    PartnerKey,
    Refusal,
    Scope,
    key_text,
    parse_key,
    refusal,
)

TOPIC: Final = "partner_keys"
VERDICT_SECONDS = 1.0
WITHOUT_DATABASE_SECONDS = 60.0
MOST_REMEMBERED = 4096
_USED_EVERY = timedelta(minutes=1)
_MOST_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Known:
    """A key as last seen in the database."""

    partner: Partner
    key: PartnerKey
    digest: str


def _now() -> datetime:
    return datetime.now(UTC)


class Partners:
    """Partners, their keys, and the verdict on a key; one per server process."""

    def __init__(self, database: Database, bus: Bus, now: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._bus = bus
        self._now = now
        # By key id, when it was read (monotonic), the oldest first.
        self._known: OrderedDict[str, tuple[float, Known | None]] = OrderedDict()
        self._used: dict[str, datetime] = {}
        self._generation = 0

    async def add(self, name: str, contact: str, by: str = "", court: str | None = None) -> Partner:
        """Add a partner that has not accepted the terms yet; ``court`` None: of every court."""
        name, contact = name.strip(), contact.strip()
        if not 0 < len(name) <= _MOST_LETTERS:
            raise Invalid("A name of 1 to 200 letters is needed.", field="name")
        if len(contact) > _MOST_LETTERS:
            raise Invalid("At most 200 letters.", field="contact")
        partner = Partner(new_id(), name, contact, self._now(), "", None, None, court)
        async with self._database.begin() as connection:
            await store.add_partner(connection, partner)
            await self._note(connection, "partner.add", partner.id, by, court=court)
        return partner

    async def accept_terms(self, partner_id: str, version: str, by: str = "") -> Partner:
        """Record that a partner accepted the terms of reuse; only those that hold now count.

        Accepted again they stay accepted as they were first.
        """
        if version != TERMS_VERSION:
            raise Invalid(
                "The terms that hold now are those of %(version)s.",
                field="terms_version",
                version=TERMS_VERSION,
            )
        async with self._database.read() as connection:
            before = await store.vouched_partner(connection, partner_id)
        if before.has_accepted_terms:
            return before
        deed = Deed("partner.terms", f"partner:{partner_id}", by, {"version": version})
        return await self._change(
            partner_id, deed, terms_version=version, terms_accepted_at=self._now()
        )

    async def suspend(self, partner_id: str, *, suspended: bool, by: str = "") -> Partner:
        """Close or open everything for a partner."""
        action = "partner.suspend" if suspended else "partner.open"
        return await self._change(
            partner_id,
            Deed(action, f"partner:{partner_id}", by),
            suspended_at=self._now() if suspended else None,
        )

    async def _change(
        self, partner_id: str, deed: Deed, **values: datetime | str | None
    ) -> Partner:
        async with self._database.begin() as connection:
            await store.change_partner(connection, partner_id, **values)
            await note(connection, deed, self._now())
            partner = await store.vouched_partner(connection, partner_id)
        await self._tell("")
        return partner

    async def all(self) -> list[tuple[Partner, list[PartnerKey]]]:
        """Return the partners by name, each with its keys."""
        async with self._database.read() as connection:
            return [
                (
                    await store.vouched_partner(connection, partner.id),
                    await store.keys_of(connection, partner.id),
                )
                for partner in await store.all_partners(connection)
            ]

    async def one(self, partner_id: str) -> tuple[Partner, list[PartnerKey]]:
        """Return a partner with its keys; raises ``NotFound``."""
        async with self._database.read() as connection:
            partner = await store.vouched_partner(connection, partner_id)
            return partner, await store.keys_of(connection, partner_id)

    async def add_key(
        self,
        partner_id: str,
        label: str,
        scopes: Iterable[Scope],
        expires_at: datetime | None = None,
        by: str = "",
    ) -> tuple[PartnerKey, str]:
        """Make a key; its text is returned this once and can never be told again."""
        label = label.strip()
        if len(label) > _MOST_LETTERS:
            raise Invalid("At most 200 letters.", field="label")
        now = self._now()
        if expires_at is not None and expires_at <= now:
            raise Invalid("A key cannot expire in the past.", field="expires_at")
        key = PartnerKey(
            new_id(), partner_id, label, frozenset(scopes), now, expires_at, None, None
        )
        if not key.scopes:
            raise Invalid("A key opens at least one thing.", field="scopes")
        secret = new_secret()
        async with self._database.begin() as connection:
            await store.one_partner(connection, partner_id)
            await store.add_key(connection, key, digest(secret))
            await self._note(connection, "partner.key", partner_id, by, key=key.prefix)
        return key, key_text(key.id, secret)

    async def revoke(self, partner_id: str, key_id: str, by: str = "") -> bool:
        """Revoke a key everywhere, at once; False if it was revoked before."""
        async with self._database.begin() as connection:
            is_new = await store.revoke_key(connection, partner_id, key_id, self._now())
            if is_new:
                await self._note(connection, "partner.revoke", partner_id, by, key=key_id)
        await self._tell(key_id)
        return is_new

    async def _note(
        self, connection: AsyncConnection, action: str, partner_id: str, by: str, **details: object
    ) -> None:
        await note(connection, Deed(action, f"partner:{partner_id}", by, details), self._now())

    async def check(self, text: str, scope: Scope, court: str | None = None) -> Known:
        """Return the key of a text that a partner sent; ``court`` is that of what it shall open.

        Raises ``SignInNeeded`` for what is no good key (any more) and ``Forbidden`` for a good one
        that does not open this.
        """
        parsed = parse_key(text)
        known = await self._look(parsed[0]) if parsed else None
        if parsed is None or known is None or not _fits(known, parsed[1]):
            raise SignInNeeded("This is not a valid partner key.")
        reason = refusal(known.partner, known.key, scope, self._now(), court)
        if reason in (Refusal.REVOKED, Refusal.EXPIRED):
            raise SignInNeeded("This partner key is not valid any more.")
        if reason is Refusal.TERMS:
            raise Forbidden("The terms of reuse have not been accepted yet.")
        if reason is not None:
            raise Forbidden("This partner key does not open this.")
        await self._note_use(known.key)
        return known

    async def holds(self, key_id: str, scope: Scope) -> bool:
        """Tell whether the key of a session still opens the scope."""
        known = await self._look(key_id)
        if known is None or refusal(known.partner, known.key, scope, self._now()) is not None:
            return False
        await self._note_use(known.key)
        return True

    async def _note_use(self, key: PartnerKey) -> None:
        """Write when a key was used last, at most once a minute."""
        now = self._now()
        used = self._used.get(key.id) or key.last_used_at
        if used is not None and now - used < _USED_EVERY:
            return
        if len(self._used) >= MOST_REMEMBERED:
            self._used.clear()
        self._used[key.id] = now
        with contextlib.suppress(DatabaseUnavailable):
            async with self._database.begin() as connection:
                await store.mark_used(connection, key.id, now)

    async def _look(self, key_id: str) -> Known | None:
        asked_at = time.monotonic()
        read_at, known = self._known.get(key_id, (float("-inf"), None))
        if asked_at - read_at < VERDICT_SECONDS:
            return known
        generation = self._generation
        try:
            known = await self._load(key_id)
        except DatabaseUnavailable:
            if known is None or asked_at - read_at > WITHOUT_DATABASE_SECONDS:
                raise
            return known
        # What was read before keys changed must not be remembered after it.
        if generation == self._generation:
            self._known[key_id] = (asked_at, known)
            self._known.move_to_end(key_id)
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return known

    async def _load(self, key_id: str) -> Known | None:
        async with self._database.read() as connection:
            found = await store.vouched_key(connection, key_id)
        return Known(*found) if found else None

    async def _tell(self, key_id: str) -> None:
        self.forget()
        await self._bus.publish(TOPIC, {"key": key_id})

    def forget(self) -> None:
        """Forget every verdict: keys or partners have changed."""
        self._generation += 1
        self._known.clear()

    async def run(self) -> None:
        """Forget verdicts whenever another server changes a key, until cancelled."""
        async with self._bus.subscribe(TOPIC) as news:
            async for _ in news:
                self.forget()


def _fits(known: Known, secret: str) -> bool:
    return hmac.compare_digest(known.digest, digest(secret))


PARTNERS: web.AppKey[Partners] = web.AppKey("partners", Partners)
