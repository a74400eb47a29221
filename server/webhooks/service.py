"""Endpoints of partners: added, changed, tried and removed, each deed in the journal."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from server.bus import Bus
from server.database import Database
from server.destinations import Network, accepted_url
from server.errors import Conflict, Invalid, NotFound
from server.identity import new_id
from server.journal.store import Deed, note
from server.partners import store as partners
from server.signing import Signer
from server.webhooks import queue, store
from server.webhooks.duty import TOPIC
from server.webhooks.model import MOST_ENDPOINTS, OVERLAP, Delivery, Endpoint, Event, Kind
from server.webhooks.sending import PURPOSE
from server.webhooks.signature import SECRET_BYTES, secret_text

MOST_LISTED: Final = 50


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where endpoints may be: at strangers' or in ``permitted`` networks; by http if ``plain``."""

    permitted: Sequence[Network] = ()
    plain: bool = False


class Webhooks:
    """The endpoints of all partners."""

    def __init__(
        self, database: Database, bus: Bus, signer: Signer, destinations: Destinations
    ) -> None:
        self._database = database
        self._bus = bus
        self._signer = signer
        self._destinations = destinations

    async def of_partner(self, partner: str) -> list[Endpoint]:
        """Return a partner's endpoints, the oldest first."""
        async with self._database.read() as connection:
            return await store.of_partner(connection, partner)

    async def failing(self) -> frozenset[str]:
        """Return the partners of whom an endpoint fails, or was switched off for it."""
        async with self._database.read() as connection:
            found = await store.all_of(connection)
        return frozenset(one.partner for one in found if one.is_in_trouble)

    async def one(self, partner: str, endpoint: str) -> Endpoint:
        """Return an endpoint of a partner; raises ``NotFound``."""
        async with self._database.read() as connection:
            return await store.one(connection, partner, endpoint)

    async def add(
        self, partner: str, url: str, kinds: Collection[Kind], by: str
    ) -> tuple[Endpoint, str]:
        """Add an endpoint; its secret is returned this once."""
        now = datetime.now(UTC)
        new = Endpoint(new_id(), partner, self._url(url), _chosen(kinds), now)
        sealed, shown = self._secret(new.id)
        async with self._database.begin() as connection:
            await partners.one_partner(connection, partner)
            if len(await store.of_partner(connection, partner)) >= MOST_ENDPOINTS:
                raise Conflict("A partner has ten endpoints at most.")
            await store.add(connection, new, sealed)
            await _note(connection, "add", new, by, now, events=sorted(new.kinds))
        await self._ring()
        return new, shown

    async def change(
        self,
        partner: str,
        endpoint: str,
        by: str,
        *,
        url: str | None = None,
        kinds: Collection[Kind] | None = None,
        enabled: bool | None = None,
    ) -> Endpoint:
        """Change address or events, switch off or on; what waits is sent at once then."""
        now = datetime.now(UTC)
        values: dict[str, Any] = {}
        if url is not None:
            values["url"] = self._url(url)
        if kinds is not None:
            values["kinds"] = " ".join(sorted(_chosen(kinds)))
        async with self._database.begin() as connection:
            before = await store.one(connection, partner, endpoint)
            if values:
                await store.change(connection, endpoint, values)
                told = {"fields": sorted(values)}  # an address may hold a password
                await _note(connection, "change", before, by, now, **told)
            if enabled is not None and enabled != (before.disabled_at is None):
                await _switch(connection, before, by, now, on=enabled)
            after = await store.one(connection, partner, endpoint)
        await self._ring()
        return after

    async def remove(self, partner: str, endpoint: str, by: str) -> None:
        """Remove an endpoint with all that waits for it."""
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            before = await store.one(connection, partner, endpoint)
            await store.remove(connection, endpoint)
            await _note(connection, "remove", before, by, now)

    async def renew(self, partner: str, endpoint: str, by: str) -> tuple[Endpoint, str]:
        """Make a new secret, told this once; the one before signs besides for a day."""
        now = datetime.now(UTC)
        sealed, shown = self._secret(endpoint)
        async with self._database.begin() as connection:
            before = await store.one(connection, partner, endpoint)
            old = await store.sealed(connection, endpoint, is_urgent=True)
            until = now + OVERLAP
            values = {
                "secret": sealed,
                "previous_secret": old.secret if old else None,
                "previous_until": until,
            }
            await store.change(connection, endpoint, values)
            await _note(connection, "secret", before, by, now)
        return replace(before, previous_until=until), shown

    async def test(self, partner: str, endpoint: str, by: str) -> Event:
        """Send a message that says nothing but that it is a test."""
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            to = await store.one(connection, partner, endpoint)
            new = Event(f"test:{new_id()}", Kind.TEST, "", "", now)
            event = await queue.add_event(connection, new)
            if event is None or await queue.add_deliveries(connection, event, [to], now):
                raise Conflict("Too much waits for this endpoint.")
            await _note(connection, "test", to, by, now)
        await self._ring()
        return event

    async def deliveries(
        self, partner: str, endpoint: str, before: int | None = None
    ) -> Sequence[Delivery]:
        """Return what an endpoint was and will be told, newest first; before an event's number."""
        async with self._database.read() as connection:
            await store.one(connection, partner, endpoint)
            return await queue.of_endpoint(connection, endpoint, before, MOST_LISTED)

    async def resend(self, partner: str, endpoint: str, event: str, by: str) -> Delivery:
        """Send again what was delivered or given up: the same message under the same id."""
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            to = await store.one(connection, partner, endpoint)
            found = await queue.one(connection, endpoint, event)
            if found is None:
                raise NotFound("There is no such delivery.")
            if not await queue.again(connection, found.event.sequence, endpoint, now):
                raise Conflict("This waits to be sent anyway.")
            await _note(connection, "resend", to, by, now, event=event)
            after = await queue.one(connection, endpoint, event)
        await self._ring()
        return after or found

    def _url(self, text: str) -> str:
        places = self._destinations
        return accepted_url(text, places.permitted, plain=places.plain)

    def _secret(self, endpoint: str) -> tuple[str, str]:
        secret = secrets.token_bytes(SECRET_BYTES)
        return self._signer.seal(PURPOSE, endpoint, secret), secret_text(secret)

    async def _ring(self) -> None:
        await self._bus.publish(TOPIC, {})


WEBHOOKS = web.AppKey("webhooks", Webhooks)


def _chosen(kinds: Collection[Kind]) -> frozenset[Kind]:
    chosen = frozenset(kinds) - {Kind.TEST}
    if not chosen:
        raise Invalid("Choose at least one event.", field="events")
    return chosen


async def _switch(
    connection: AsyncConnection, about: Endpoint, by: str, now: datetime, *, on: bool
) -> None:
    values: dict[str, Any] = {"disabled_at": now, "disabled_why": "by_hand"}
    if on:
        values = {"disabled_at": None, "disabled_why": None, "failing_since": None}
        await queue.hurry(connection, about.id, now)
    await store.change(connection, about.id, values)
    await _note(connection, "enable" if on else "disable", about, by, now)


async def _note(
    connection: AsyncConnection,
    act: str,
    about: Endpoint,
    by: str,
    now: datetime,
    **details: object,
) -> None:
    told = {"endpoint": about.id, **details}
    await note(connection, Deed(f"webhook.{act}", f"partner:{about.partner}", by, told), now)
