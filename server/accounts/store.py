"""People, sessions and tokens in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Member, Person, Posting
from server.accounts.roles import Permission, Role
from server.accounts.tables import api_tokens, people, postings, sessions
from server.identity import new_id


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    person: str
    name: str
    password: str | None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be added; ``password`` is already a hash."""

    name: str
    display_name: str
    password: str | None
    must_change_password: bool


async def add_person(connection: AsyncConnection, new: NewPerson, at: datetime) -> str:
    """Add a person; raises ``IntegrityError`` if the name is taken."""
    identifier = new_id()
    await connection.execute(
        insert(people).values(
            id=identifier,
            name=new.name,
            display_name=new.display_name,
            password=new.password,
            must_change_password=new.must_change_password,
            created_at=at,
        )
    )
    return identifier


async def add_posting(
    connection: AsyncConnection, person: str, posting: Posting, at: datetime
) -> None:
    """Give a person a role."""
    await connection.execute(
        insert(postings).values(
            id=new_id(), person=person, court=posting.court, role=posting.role.value, since=at
        )
    )


async def count_people(connection: AsyncConnection) -> int:
    """Return how many people there are."""
    return (await connection.execute(select(func.count()).select_from(people))).scalar_one()


async def credentials(connection: AsyncConnection, name: str) -> Credentials | None:
    """Return what a name signs in with."""
    query = select(people.c.id, people.c.name, people.c.password).where(
        people.c.name == name, people.c.disabled_at.is_(None)
    )
    row = (await connection.execute(query)).first()
    return Credentials(*row) if row else None


async def credentials_of(connection: AsyncConnection, person: str) -> Credentials | None:
    """Return what a person signs in with."""
    query = select(people.c.id, people.c.name, people.c.password).where(people.c.id == person)
    row = (await connection.execute(query)).first()
    return Credentials(*row) if row else None


async def set_password(
    connection: AsyncConnection, person: str, password: str, *, must_change: bool
) -> None:
    """Replace the password's hash."""
    await connection.execute(
        update(people)
        .where(people.c.id == person)
        .values(password=password, must_change_password=must_change)
    )


async def load(connection: AsyncConnection, person: str, at: datetime) -> Person | None:
    """Return a person with the roles of now."""
    row = (
        (
            await connection.execute(
                select(people).where(people.c.id == person, people.c.disabled_at.is_(None))
            )
        )
        .mappings()
        .first()
    )
    return await _person(connection, row, at) if row else None


async def name_of(connection: AsyncConnection, person: str) -> str | None:
    """Return how a person is called, also one who has left."""
    query = select(people.c.display_name).where(people.c.id == person)
    return (await connection.execute(query)).scalar_one_or_none()


async def members(
    connection: AsyncConnection, at: datetime, person: str | None = None
) -> list[Member]:
    """Return everybody by name, also who has left, with the roles of now; or one person."""
    query = select(people).order_by(people.c.name)
    held = (
        select(postings.c.person, postings.c.role, postings.c.court)
        .where(_held(at))
        .order_by(postings.c.role, postings.c.court)
    )
    if person is not None:
        query, held = query.where(people.c.id == person), held.where(postings.c.person == person)
    roles: defaultdict[str, list[Posting]] = defaultdict(list)
    for owner, role, court in await connection.execute(held):
        roles[owner].append(Posting(Role(role), court))
    return [
        Member(
            id=row["id"],
            name=row["name"],
            display_name=row["display_name"],
            postings=tuple(roles[row["id"]]),
            must_change_password=row["must_change_password"],
            created_at=row["created_at"],
            left_at=row["disabled_at"],
        )
        for row in (await connection.execute(query)).mappings()
    ]


async def rename(connection: AsyncConnection, person: str, display_name: str) -> None:
    """Change how a person is called."""
    await connection.execute(
        update(people).where(people.c.id == person).values(display_name=display_name)
    )


async def set_left(connection: AsyncConnection, person: str, at: datetime | None) -> None:
    """Note since when a person may not sign in; None: may again."""
    await connection.execute(update(people).where(people.c.id == person).values(disabled_at=at))


async def end_posting(
    connection: AsyncConnection, person: str, posting: Posting, at: datetime
) -> None:
    """Take a role from a person; that it was held stays."""
    where = (
        postings.c.court.is_(None) if posting.court is None else (postings.c.court == posting.court)
    )
    await connection.execute(
        update(postings)
        .where(postings.c.person == person, postings.c.role == posting.role.value, where, _held(at))
        .values(until=at)
    )


def _held(at: datetime) -> ColumnElement[bool]:
    return and_(postings.c.since <= at, or_(postings.c.until.is_(None), postings.c.until > at))


async def _person(connection: AsyncConnection, row: RowMapping, at: datetime) -> Person:
    query = select(postings.c.role, postings.c.court).where(
        postings.c.person == row["id"], _held(at)
    )
    held = (await connection.execute(query)).all()
    return Person(
        id=row["id"],
        name=row["name"],
        display_name=row["display_name"],
        postings=tuple(Posting(Role(role), court) for role, court in held),
        must_change_password=row["must_change_password"],
    )


async def open_session(
    connection: AsyncConnection, person: str, digest: str, at: datetime, until: datetime
) -> None:
    """Store a session and forget those that are over."""
    await connection.execute(delete(sessions).where(sessions.c.expires_at <= at))
    await connection.execute(
        insert(sessions).values(
            id=new_id(), digest=digest, person=person, created_at=at, expires_at=until
        )
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


async def close_session(connection: AsyncConnection, digest: str) -> None:
    """End a session."""
    await connection.execute(delete(sessions).where(sessions.c.digest == digest))


async def close_sessions(connection: AsyncConnection, person: str, but: str = "") -> None:
    """End all sessions of a person but one."""
    await connection.execute(
        delete(sessions).where(and_(sessions.c.person == person, sessions.c.digest != but))
    )


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be stored."""

    person: str
    label: str
    digest: str
    scopes: Iterable[Permission] | None = None
    expires_at: datetime | None = None


async def add_token(connection: AsyncConnection, token: NewToken, at: datetime) -> str:
    """Store a token; return its id."""
    identifier = new_id()
    scopes = None if token.scopes is None else sorted(one.value for one in token.scopes)
    await connection.execute(
        insert(api_tokens).values(
            id=identifier,
            digest=token.digest,
            person=token.person,
            label=token.label,
            scopes=scopes,
            created_at=at,
            expires_at=token.expires_at,
        )
    )
    return identifier


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


async def revoke_all_tokens(connection: AsyncConnection, person: str, at: datetime) -> None:
    """Revoke all tokens of a person."""
    await connection.execute(
        update(api_tokens)
        .where(api_tokens.c.person == person, api_tokens.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )


async def token(
    connection: AsyncConnection, digest: str, at: datetime
) -> tuple[str, datetime | None, frozenset[Permission] | None] | None:
    """Return whose token it is, until when, and what it is narrowed to."""
    query = select(api_tokens.c.person, api_tokens.c.expires_at, api_tokens.c.scopes).where(
        api_tokens.c.digest == digest,
        api_tokens.c.revoked_at.is_(None),
        or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > at),
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    scopes = None if row[2] is None else frozenset(Permission(one) for one in row[2])
    return row[0], row[1], scopes
