"""Sessions and API tokens in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import ApiToken, SignInSession
from server.accounts.roles import Permission
from server.accounts.tables import api_tokens, sessions
from server.identity import new_id

MOST_SESSIONS = 50
_PERMISSIONS = frozenset(one.value for one in Permission)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to be stored; ``device`` in words.

    ``provider_session``: digest of the session at the provider that vouched, "" where it named
    none; None: opened by password.
    """

    person: str
    digest: str
    device: str
    until: datetime
    provider_session: str | None = None


async def open_session(connection: AsyncConnection, new: NewSession, at: datetime) -> None:
    """Store a session and forget those that are over; a person keeps the newest 50."""
    await connection.execute(delete(sessions).where(sessions.c.expires_at <= at))
    await connection.execute(
        insert(sessions).values(
            id=new_id(),
            digest=new.digest,
            person=new.person,
            created_at=at,
            expires_at=new.until,
            device=new.device,
            seen_at=at,
            provider_session=new.provider_session,
        )
    )
    newest = (
        select(sessions.c.id)
        .where(sessions.c.person == new.person)
        .order_by(sessions.c.created_at.desc())
        .limit(MOST_SESSIONS)
    )
    await connection.execute(
        delete(sessions).where(sessions.c.person == new.person, sessions.c.id.not_in(newest))
    )


async def session(
    connection: AsyncConnection, digest: str, at: datetime
) -> tuple[str, datetime] | None:
    """Return whose session it is and until when."""
    query = select(sessions.c.person, sessions.c.expires_at).where(
        sessions.c.digest == digest, sessions.c.expires_at > at
    )
    row = (await connection.execute(query)).first()
    return (row[0], row[1]) if row else None


async def sessions_of(
    connection: AsyncConnection, person: str, at: datetime, mine: str = ""
) -> list[SignInSession]:
    """Return a person's open sessions, newest first; ``mine``: the digest of the reader's."""
    query = (
        select(sessions)
        .where(sessions.c.person == person, sessions.c.expires_at > at)
        .order_by(sessions.c.created_at.desc())
    )
    return [
        SignInSession(
            id=row["id"],
            device=row["device"],
            created_at=row["created_at"],
            seen_at=row["seen_at"],
            expires_at=row["expires_at"],
            is_this=row["digest"] == mine,
        )
        for row in (await connection.execute(query)).mappings()
    ]


async def close_session(connection: AsyncConnection, digest: str) -> None:
    """End the session of a cookie."""
    await connection.execute(delete(sessions).where(sessions.c.digest == digest))


async def close_one(connection: AsyncConnection, person: str, session: str) -> bool:
    """End one of a person's sessions; False if there is none of this id."""
    done = await connection.execute(
        delete(sessions).where(sessions.c.person == person, sessions.c.id == session)
    )
    return bool(done.rowcount)


async def close_sessions(connection: AsyncConnection, person: str, but: str = "") -> int:
    """End all sessions of a person but the one of this digest; return how many those were."""
    done = await connection.execute(
        delete(sessions).where(and_(sessions.c.person == person, sessions.c.digest != but))
    )
    return done.rowcount


async def close_vouched(
    connection: AsyncConnection, person: str | None, session: str
) -> dict[str, int]:
    """End sessions for which a provider vouched; return how many of each person those were.

    Of ``person`` (None: of whoever it is) those of this digest at the provider, and those that it
    did not name; with no digest all of the person.
    """
    its = sessions.c.provider_session
    query = select(sessions.c.id, sessions.c.person).where(its.is_not(None))
    if session:
        query = query.where(its == session if person is None else its.in_(("", session)))
    if person is not None:
        query = query.where(sessions.c.person == person)
    found = await connection.execute(query)
    ended: dict[str, int] = {}
    for row in found.all():
        await connection.execute(delete(sessions).where(sessions.c.id == row.id))
        ended[row.person] = ended.get(row.person, 0) + 1
    return ended


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be stored."""

    person: str
    label: str
    digest: str
    scopes: Iterable[Permission] | None = None
    expires_at: datetime | None = None
    court: str | None = None


async def add_token(connection: AsyncConnection, token: NewToken, at: datetime) -> ApiToken:
    """Store a token."""
    identifier = new_id()
    scopes = None if token.scopes is None else sorted(one.value for one in token.scopes)
    values = {
        "id": identifier,
        "person": token.person,
        "label": token.label,
        "scopes": scopes,
        "created_at": at,
        "expires_at": token.expires_at,
        "court": token.court,
    }
    await connection.execute(insert(api_tokens).values(digest=token.digest, **values))
    query = select(api_tokens).where(api_tokens.c.id == identifier)
    return _token((await connection.execute(query)).one())


async def revoke_tokens(connection: AsyncConnection, person: str, label: str, at: datetime) -> None:
    """Revoke a person's tokens of this label."""
    await connection.execute(
        update(api_tokens)
        .where(
            api_tokens.c.person == person,
            api_tokens.c.label == label,
            api_tokens.c.revoked_at.is_(None),
        )
        .values(revoked_at=at)
    )


async def revoke_one(
    connection: AsyncConnection, person: str, token: str, at: datetime
) -> ApiToken | None:
    """Revoke one of a person's tokens; return it, None if there is none of this id."""
    query = _open_tokens(at).where(api_tokens.c.person == person, api_tokens.c.id == token)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    await connection.execute(
        update(api_tokens).where(api_tokens.c.id == token).values(revoked_at=at)
    )
    return _token(row)


async def revoke_all_tokens(connection: AsyncConnection, person: str, at: datetime) -> None:
    """Revoke all tokens of a person."""
    await connection.execute(
        update(api_tokens)
        .where(api_tokens.c.person == person, api_tokens.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )


async def token(connection: AsyncConnection, digest: str, at: datetime) -> ApiToken | None:
    """Return the token that is in use with this digest."""
    query = _open_tokens(at).where(api_tokens.c.digest == digest)
    row = (await connection.execute(query)).first()
    return _token(row) if row else None


async def tokens_of(connection: AsyncConnection, person: str, at: datetime) -> list[ApiToken]:
    """Return a person's tokens that are in use, by label."""
    query = _open_tokens(at).where(api_tokens.c.person == person).order_by(api_tokens.c.label)
    return [_token(row) for row in await connection.execute(query)]


def _open_tokens(at: datetime) -> Select[Any]:
    return select(api_tokens).where(
        api_tokens.c.revoked_at.is_(None),
        or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > at),
    )


def _token(row: Row[Any]) -> ApiToken:
    scopes = row.scopes
    return ApiToken(
        id=row.id,
        person=row.person,
        label=row.label,
        # A permission that a later version has given up opens nothing.
        scopes=None
        if scopes is None
        else frozenset(Permission(one) for one in scopes if one in _PERMISSIONS),
        court=row.court,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


async def note_seen(connection: AsyncConnection, seen: Mapping[str, datetime]) -> None:
    """Note when sessions and tokens were last used, by their digests."""
    rows = [{"of": digest, "seen": at} for digest, at in seen.items()]
    for table, column in ((sessions, sessions.c.seen_at), (api_tokens, api_tokens.c.used_at)):
        await connection.execute(
            update(table)
            .where(table.c.digest == bindparam("of"))
            .values({column: bindparam("seen", type_=column.type)}),
            rows,
        )
