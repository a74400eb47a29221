"""Sites that may embed, in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.embeds.model import Origin
from server.embeds.tables import embed_origins
from server.journal.store import noted_of
from server.partners.model import TERMS_VERSION
from server.partners.store import one_partner
from server.partners.tables import partners
from server.partners.vouching import sites_noted, vouched

_O, _P = embed_origins.c, partners.c
_THEIRS = embed_origins.join(partners, _P.id == _O.partner_id)


def _origin(row: Row[Any]) -> Origin:
    return Origin(row.id, row.partner_id, row.origin, row.added_at)


async def of_partners(connection: AsyncConnection, ids: Collection[str]) -> dict[str, list[Origin]]:
    """Return the origins of partners, by partner."""
    query = select(embed_origins).where(_O.partner_id.in_(ids)).order_by(_O.origin)
    found: defaultdict[str, list[Origin]] = defaultdict(list)
    for row in await connection.execute(query):
        found[row.partner_id].append(_origin(row))
    return dict(found)


async def add(connection: AsyncConnection, new: Origin) -> None:
    """Add an origin; raises ``IntegrityError`` for one that the partner has."""
    await connection.execute(
        insert(embed_origins).values(
            id=new.id, partner_id=new.partner, origin=new.origin, added_at=new.added_at
        )
    )


async def remove(connection: AsyncConnection, partner: str, identifier: str) -> str | None:
    """Remove an origin of a partner; return what it was, None if there is none."""
    its = (_O.id == identifier) & (_O.partner_id == partner)
    origin: str | None = await connection.scalar(select(_O.origin).where(its))
    await connection.execute(delete(embed_origins).where(its))
    return origin


async def lengths(connection: AsyncConnection) -> dict[str | None, int]:
    """Return how many characters the origins take, by court of the partner (None: every court)."""
    taken = func.sum(func.length(_O.origin) + 1).label("taken")
    rows = await connection.execute(select(_P.court, taken).select_from(_THEIRS).group_by(_P.court))
    return {row.court: int(row.taken) for row in rows}


async def allowed(connection: AsyncConnection, court: str) -> list[str]:
    """Return the origins that may frame a court's broadcasts now, as the journal vouches for them.

    What closes (a suspension, a row that is gone) counts either way.
    """
    query = (
        select(_O.origin, _O.partner_id)
        .select_from(_THEIRS)
        .where(
            or_(_P.court.is_(None), _P.court == court),
            _P.suspended_at.is_(None),
            _P.terms_accepted_at.is_not(None),
            _P.terms_version == TERMS_VERSION,
        )
    )
    rows = (await connection.execute(query)).all()
    theirs = {one: await _vouched(connection, one, court) for one in {row[1] for row in rows}}
    return sorted({origin for origin, partner in rows if origin in theirs[partner]})


async def _vouched(connection: AsyncConnection, partner: str, court: str) -> frozenset[str]:
    """Return the origins of a partner that the journal vouches for at a court."""
    noted = await noted_of(connection, f"partner:{partner}")
    its = vouched(await one_partner(connection, partner), noted)
    may = its.has_accepted_terms and its.suspended_at is None and its.opens(court)
    return sites_noted(noted) if may else frozenset()
