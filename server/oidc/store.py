"""Who is whom at the provider, in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, false, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.errors import Conflict
from server.oidc.model import Logout
from server.oidc.tables import provider_accounts, provider_logouts

_ITS, _OVER = provider_accounts.c, provider_logouts.c


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A person's account at a provider; ``subject`` None: expected until then, not seen yet."""

    person: str
    issuer: str
    subject: str | None
    expected_until: datetime | None
    made_at: datetime
    used_at: datetime | None


_COLUMNS = (
    _ITS.person, _ITS.issuer, _ITS.subject, _ITS.expected_until, _ITS.made_at, _ITS.used_at,
)  # fmt: skip


async def of_person(
    connection: AsyncConnection, person: str, issuer: str
) -> ProviderAccount | None:
    """Return a person's account there."""
    query = select(*_COLUMNS).where(_ITS.person == person, _ITS.issuer == issuer)
    row = (await connection.execute(query)).first()
    return ProviderAccount(*row) if row else None


async def all_of(connection: AsyncConnection, issuer: str) -> dict[str, ProviderAccount]:
    """Return everybody's account there, by person."""
    rows = await connection.execute(select(*_COLUMNS).where(_ITS.issuer == issuer))
    return {row[0]: ProviderAccount(*row) for row in rows}


async def of_subject(connection: AsyncConnection, issuer: str, subject: str) -> str | None:
    """Return whose account there this is."""
    query = select(_ITS.person).where(_ITS.issuer == issuer, _ITS.subject == subject)
    return (await connection.execute(query)).scalar_one_or_none()


async def put(connection: AsyncConnection, account: ProviderAccount) -> None:
    """Store a person's account, in place of another; ``Conflict``: it is another person's."""
    try:
        await connection.execute(
            delete(provider_accounts).where(
                _ITS.person == account.person, _ITS.issuer == account.issuer
            )
        )
        await connection.execute(
            insert(provider_accounts).values(
                person=account.person,
                issuer=account.issuer,
                subject=account.subject,
                expected_until=account.expected_until,
                made_at=account.made_at,
                used_at=account.used_at,
            )
        )
    except IntegrityError:
        raise Conflict("This account is connected with another person here.") from None


async def remove(connection: AsyncConnection, person: str, issuer: str) -> bool:
    """Forget a person's account there; False if there was none."""
    done = await connection.execute(
        delete(provider_accounts).where(_ITS.person == person, _ITS.issuer == issuer)
    )
    return bool(done.rowcount)


async def note_use(connection: AsyncConnection, person: str, issuer: str, at: datetime) -> None:
    """Note when somebody signed in with the provider last."""
    await connection.execute(
        update(provider_accounts)
        .where(_ITS.person == person, _ITS.issuer == issuer)
        .values(used_at=at)
    )


async def take_logout(
    connection: AsyncConnection, issuer: str, told: Logout, at: datetime, old: datetime
) -> bool:
    """Note a logout, and forget those of before ``old``; False if it was told before.

    Within a transaction, which is the only one to write (``Database.begin``).
    """
    await connection.execute(delete(provider_logouts).where(_OVER.at < old))
    its = (_OVER.issuer == issuer) & (_OVER.token == told.token)
    if (await connection.execute(select(_OVER.token).where(its))).first() is not None:
        return False
    values = {"token": told.token, "subject": told.subject, "session": told.session}
    await connection.execute(insert(provider_logouts).values(issuer=issuer, **values, at=at))
    return True


async def is_over(
    connection: AsyncConnection, issuer: str, subject: str, session: str, since: datetime
) -> bool:
    """Tell whether a session at the provider was ended since then, or all of the subject's."""
    of_session = (_OVER.session == session) if session else false()
    of_all = (_OVER.session == "") & (_OVER.subject == subject)
    query = select(_OVER.token).where(
        _OVER.issuer == issuer, _OVER.at >= since, of_session | of_all
    )
    return (await connection.execute(query)).first() is not None
