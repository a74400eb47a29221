"""Partners and keys in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.errors import Conflict, NotFound
from server.journal.store import noted_of
from server.partners.model import Partner, PartnerKey, Scope
from server.partners.tables import keys, partners
from server.partners.vouching import is_noted, vouched


def _partner(row: Row[Any]) -> Partner:
    return Partner(
        id=row.id,
        name=row.name,
        contact=row.contact,
        created_at=row.created_at,
        terms_version=row.terms_version,
        terms_accepted_at=row.terms_accepted_at,
        suspended_at=row.suspended_at,
        court=row.court,
    )


def _key(row: Row[Any]) -> PartnerKey:
    return PartnerKey(
        id=row.id,
        partner_id=row.partner_id,
        label=row.label,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


async def add_partner(connection: AsyncConnection, partner: Partner) -> None:
    """Add a partner; raises ``Conflict`` if there is one of that name at its court.

    A database does not take two rows without a court for the same: so the names are compared here,
    in a transaction, which is the only one to write (``Database.begin``).
    """
    same = select(partners.c.id).where(
        partners.c.name == partner.name, partners.c.court.is_not_distinct_from(partner.court)
    )
    if (await connection.execute(same)).first():
        raise Conflict("There is a partner of this name already.")
    await connection.execute(
        insert(partners).values(
            id=partner.id,
            name=partner.name,
            contact=partner.contact,
            created_at=partner.created_at,
            terms_version=partner.terms_version,
            terms_accepted_at=partner.terms_accepted_at,
            suspended_at=partner.suspended_at,
            court=partner.court,
        )
    )


async def change_partner(
    connection: AsyncConnection, partner_id: str, **values: datetime | str | None
) -> None:
    """Set columns of a partner; raises ``NotFound``."""
    done = await connection.execute(
        update(partners).where(partners.c.id == partner_id).values(**values)
    )
    if not done.rowcount:
        raise NotFound("There is no such partner.")


async def one_partner(connection: AsyncConnection, partner_id: str) -> Partner:
    """Return a partner; raises ``NotFound``."""
    row = (await connection.execute(select(partners).where(partners.c.id == partner_id))).first()
    if row is None:
        raise NotFound("There is no such partner.")
    return _partner(row)


async def vouched_partner(connection: AsyncConnection, partner_id: str) -> Partner:
    """Return a partner as the journal vouches for it; raises ``NotFound``."""
    noted = await noted_of(connection, f"partner:{partner_id}")
    return vouched(await one_partner(connection, partner_id), noted)


async def vouched_key(
    connection: AsyncConnection, key_id: str
) -> tuple[Partner, PartnerKey, str] | None:
    """Return a key with its partner and digest as the journal vouches for them, or None."""
    found = await find_key(connection, key_id)
    if found is None:
        return None
    partner, key, digest = found
    noted = await noted_of(connection, f"partner:{partner.id}")
    return (vouched(partner, noted), key, digest) if is_noted(key, noted) else None


async def all_partners(connection: AsyncConnection) -> list[Partner]:
    """Return the partners by name."""
    rows = await connection.execute(select(partners).order_by(partners.c.name))
    return [_partner(row) for row in rows]


async def add_key(connection: AsyncConnection, key: PartnerKey, digest: str) -> None:
    """Add a key of which only the digest is kept."""
    await connection.execute(
        insert(keys).values(
            id=key.id,
            partner_id=key.partner_id,
            label=key.label,
            digest=digest,
            scopes=" ".join(sorted(key.scopes)),
            created_at=key.created_at,
            expires_at=key.expires_at,
        )
    )


async def keys_of(connection: AsyncConnection, partner_id: str) -> list[PartnerKey]:
    """Return a partner's keys, the newest first."""
    query = select(keys).where(keys.c.partner_id == partner_id).order_by(keys.c.created_at.desc())
    return [_key(row) for row in await connection.execute(query)]


async def find_key(
    connection: AsyncConnection, key_id: str
) -> tuple[Partner, PartnerKey, str] | None:
    """Return a key with its partner and digest, or None."""
    row = (await connection.execute(select(keys).where(keys.c.id == key_id))).first()
    if row is None:
        return None
    return await one_partner(connection, row.partner_id), _key(row), row.digest


async def revoke_key(
    connection: AsyncConnection, partner_id: str, key_id: str, at: datetime
) -> bool:
    """Revoke a key; False if it was revoked before. Raises ``NotFound``."""
    found = await find_key(connection, key_id)
    if found is None or found[1].partner_id != partner_id:
        raise NotFound("There is no such key.")
    if found[1].revoked_at is not None:
        return False
    await connection.execute(update(keys).where(keys.c.id == key_id).values(revoked_at=at))
    return True


async def mark_used(connection: AsyncConnection, key_id: str, at: datetime) -> None:
    """Note when a key was used last."""
    await connection.execute(update(keys).where(keys.c.id == key_id).values(last_used_at=at))
