"""Second factors, recovery codes, and who needs them, in the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Posting, needs_factor
from server.accounts.roles import Role
from server.accounts.tables import recovery_codes, second_factor_rules, second_factors
from server.identity import new_id


@dataclass(frozen=True, slots=True)
class StoredFactor:
    """A second factor; ``secret`` is encrypted, ``confirmed_at`` None while it is being set up."""

    secret: str
    confirmed_at: datetime | None


async def factor(connection: AsyncConnection, person: str) -> StoredFactor | None:
    """Return a person's second factor."""
    query = select(second_factors.c.secret, second_factors.c.confirmed_at).where(
        second_factors.c.person == person
    )
    row = (await connection.execute(query)).first()
    return StoredFactor(*row) if row else None


async def begin(connection: AsyncConnection, person: str, secret: str, at: datetime) -> None:
    """Store a factor that is to be confirmed, in place of another that was."""
    await connection.execute(delete(second_factors).where(second_factors.c.person == person))
    await connection.execute(
        insert(second_factors).values(person=person, secret=secret, made_at=at, last_step=-1)
    )


async def take_step(connection: AsyncConnection, person: str, step: int) -> bool:
    """Take a code's time step; False if this one or a later one was taken before."""
    done = await connection.execute(
        update(second_factors)
        .where(second_factors.c.person == person, second_factors.c.last_step < step)
        .values(last_step=step)
    )
    return bool(done.rowcount)


async def confirm(connection: AsyncConnection, person: str, at: datetime) -> None:
    """Let the factor be asked for from now on."""
    await connection.execute(
        update(second_factors).where(second_factors.c.person == person).values(confirmed_at=at)
    )


async def remove(connection: AsyncConnection, person: str) -> bool:
    """Forget a person's factor and recovery codes; False if there was none."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.person == person))
    done = await connection.execute(delete(second_factors).where(second_factors.c.person == person))
    return bool(done.rowcount)


async def set_recovery_codes(
    connection: AsyncConnection, person: str, digests: Iterable[str]
) -> None:
    """Replace a person's recovery codes."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.person == person))
    rows = [{"person": person, "digest": one} for one in digests]
    await connection.execute(insert(recovery_codes), rows)


async def use_recovery_code(
    connection: AsyncConnection, person: str, digest: str, at: datetime
) -> bool:
    """Use a code up; False if it is none, or was used."""
    done = await connection.execute(
        update(recovery_codes)
        .where(
            recovery_codes.c.person == person,
            recovery_codes.c.digest == digest,
            recovery_codes.c.used_at.is_(None),
        )
        .values(used_at=at)
    )
    return bool(done.rowcount)


async def recovery_codes_left(connection: AsyncConnection, person: str) -> int:
    """Return how many codes a person has left."""
    query = (
        select(func.count())
        .select_from(recovery_codes)
        .where(recovery_codes.c.person == person, recovery_codes.c.used_at.is_(None))
    )
    return (await connection.execute(query)).scalar_one()


async def rules(connection: AsyncConnection) -> list[Posting]:
    """Return the roles whose holders need a second factor, with the court where they do."""
    query = select(second_factor_rules.c.role, second_factor_rules.c.court).order_by(
        second_factor_rules.c.role, second_factor_rules.c.court
    )
    return [Posting(Role(role), court) for role, court in await connection.execute(query)]


async def set_rules(connection: AsyncConnection, wanted: Iterable[Posting]) -> None:
    """Replace the rules."""
    await connection.execute(delete(second_factor_rules))
    rows = [{"id": new_id(), "role": one.role.value, "court": one.court} for one in wanted]
    if rows:
        await connection.execute(insert(second_factor_rules), rows)


async def is_missing(connection: AsyncConnection, person: str, postings: Iterable[Posting]) -> bool:
    """Tell whether a person of these roles needs a second factor and has none."""
    if not needs_factor(postings, await rules(connection)):
        return False
    found = await factor(connection, person)
    return found is None or found.confirmed_at is None


async def holders(connection: AsyncConnection) -> frozenset[str]:
    """Return the people who have a second factor."""
    query = select(second_factors.c.person).where(second_factors.c.confirmed_at.is_not(None))
    return frozenset((await connection.execute(query)).scalars())
