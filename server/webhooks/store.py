"""Endpoints in the database, and the lease of who tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.errors import NotFound
from server.journal.tables import journal
from server.partners import store as partners_store
from server.partners.model import Partner
from server.partners.tables import partners
from server.webhooks.model import Endpoint, Kind
from server.webhooks.tables import air, deliveries, endpoints, progress

_E = endpoints.c
_SHOWN = tuple(column for column in _E if column.name not in ("secret", "previous_secret"))


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where an endpoint is, and its secrets as stored; the one before holds for a while."""

    url: str
    secret: str
    previous: str | None
    previous_until: datetime | None


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=row.id,
        partner=row.partner_id,
        url=row.url,
        kinds=frozenset(map(Kind, row.kinds.split())),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        disabled_why=row.disabled_why,
        failing_since=row.failing_since,
        previous_until=row.previous_until,
        dropped=row.dropped,
    )


async def add(connection: AsyncConnection, new: Endpoint, sealed: str) -> None:
    """Add an endpoint. With the first one reading begins: nobody is told what was before."""
    if not await connection.scalar(select(func.count()).select_from(endpoints)):
        newest = select(func.coalesce(func.max(journal.c.sequence), 0)).scalar_subquery()
        await connection.execute(update(progress).values(journal=newest))
        await connection.execute(delete(air))
    await connection.execute(
        insert(endpoints).values(
            id=new.id,
            partner_id=new.partner,
            url=new.url,
            kinds=" ".join(sorted(new.kinds)),
            secret=sealed,
            created_at=new.created_at,
            dropped=0,
        )
    )


async def of_partner(connection: AsyncConnection, partner: str) -> list[Endpoint]:
    """Return a partner's endpoints, the oldest first."""
    query = select(*_SHOWN).where(_E.partner_id == partner).order_by(_E.created_at, _E.id)
    return [_endpoint(row) for row in await connection.execute(query)]


async def all_of(connection: AsyncConnection) -> list[Endpoint]:
    """Return the endpoints of all partners."""
    query = select(*_SHOWN).order_by(_E.created_at, _E.id)
    return [_endpoint(row) for row in await connection.execute(query)]


async def one(connection: AsyncConnection, partner: str, endpoint: str) -> Endpoint:
    """Return an endpoint of a partner; raises ``NotFound``."""
    query = select(*_SHOWN).where(_E.id == endpoint, _E.partner_id == partner)
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound("There is no such endpoint.")
    return _endpoint(row)


async def by_id(connection: AsyncConnection, endpoint: str) -> Endpoint:
    """Return an endpoint of whomever; raises ``NotFound``."""
    row = (await connection.execute(select(*_SHOWN).where(_E.id == endpoint))).first()
    if row is None:
        raise NotFound("There is no such endpoint.")
    return _endpoint(row)


async def with_partners(connection: AsyncConnection) -> list[tuple[Endpoint, Partner]]:
    """Return all endpoints with whose they are, as the journal vouches for them."""
    found = await all_of(connection)
    theirs = {
        partner: await partners_store.vouched_partner(connection, partner)
        for partner in {one.partner for one in found}
    }
    return [(one, theirs[one.partner]) for one in found]


async def sealed(connection: AsyncConnection, endpoint: str, *, is_urgent: bool) -> Sealed | None:
    """Return where an endpoint is, with its sealed secrets; None if it is gone.

    None, too, where its partner is suspended and what is to be told is not urgent.
    """
    columns = (_E.url, _E.secret, _E.previous_secret, _E.previous_until)
    query = select(*columns).join(partners, partners.c.id == _E.partner_id)
    query = query.where(_E.id == endpoint)
    if not is_urgent:
        query = query.where(partners.c.suspended_at.is_(None))
    row = (await connection.execute(query)).first()
    return Sealed(*row) if row else None


async def change(connection: AsyncConnection, endpoint: str, values: Mapping[str, Any]) -> None:
    """Set columns of an endpoint."""
    await connection.execute(update(endpoints).where(_E.id == endpoint).values(dict(values)))


async def remove(connection: AsyncConnection, endpoint: str) -> None:
    """Remove an endpoint with all its deliveries."""
    await connection.execute(delete(deliveries).where(deliveries.c.endpoint == endpoint))
    await connection.execute(delete(endpoints).where(_E.id == endpoint))


async def read_up_to(connection: AsyncConnection) -> int | None:
    """Return how far the journal was read; None where there is nobody to be told."""
    if not await connection.scalar(select(func.count()).select_from(endpoints)):
        return None
    return await connection.scalar(select(progress.c.journal))


async def advance(connection: AsyncConnection, before: int, after: int) -> bool:
    """Write how far the journal was read; False if another server has read on."""
    moved = update(progress).where(progress.c.journal == before).values(journal=after)
    return bool((await connection.execute(moved)).rowcount)


async def held(connection: AsyncConnection) -> tuple[str, datetime | None]:
    """Return which server tells partners, and until when."""
    row = (await connection.execute(select(progress.c.holder, progress.c.held_until))).one()
    return row.holder, row.held_until


async def hold(connection: AsyncConnection, holder: str, now: datetime, until: datetime) -> bool:
    """Be who tells partners; False while another server is."""
    free = progress.c.held_until.is_(None) | (progress.c.held_until < now)
    mine = (progress.c.holder == holder) | free
    taken = update(progress).where(mine).values(holder=holder, held_until=until)
    return bool((await connection.execute(taken)).rowcount)


async def let_go(connection: AsyncConnection, holder: str) -> None:
    """Let another server tell partners."""
    mine = progress.c.holder == holder
    await connection.execute(update(progress).where(mine).values(held_until=None))
