"""People, their roles and invitations in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts import factor_store
from server.accounts.model import HeldPosting, Member, Person, Posting
from server.accounts.roles import Role
from server.accounts.tables import invitations, people, postings
from server.accounts.vouching import ACTS, Known, known, roles_told
from server.database.metadata import from_microseconds
from server.errors import Forbidden
from server.identity import new_id
from server.journal.noted import Noted
from server.journal.store import Deed, note, noted_of
from server.journal.tables import journal


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
            id=new_id(),
            person=person,
            court=posting.court,
            division=posting.division,
            role=posting.role.value,
            since=at,
        )
    )


async def enter(
    connection: AsyncConnection, new: NewPerson, held: Collection[Posting], by: str, at: datetime
) -> str:
    """Add a person with roles and the journal's entry; raises ``IntegrityError`` as before.

    ``by`` is empty for the service itself.
    """
    person = await add_person(connection, new, at)
    for posting in held:
        await add_posting(connection, person, posting, at)
    details = {"name": new.name, "roles": roles_told(held)}
    await note(connection, Deed("person.add", f"person:{person}", by, details), at)
    return person


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
    connection: AsyncConnection, person: str, password: str | None, *, must_change: bool
) -> None:
    """Replace the password's hash; None: nothing signs in until an invitation is used."""
    await connection.execute(
        update(people)
        .where(people.c.id == person)
        .values(password=password, must_change_password=must_change)
    )


async def load(connection: AsyncConnection, person: str, at: datetime) -> Person | None:
    """Return a person with the roles of now, as far as the journal vouches for them."""
    query = select(people).where(people.c.id == person, people.c.disabled_at.is_(None))
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    vouched = known(await noted_of(connection, f"person:{person}"))
    return await _person(connection, row, vouched, at) if vouched.left_at is None else None


async def still(connection: AsyncConnection, by: Person, at: datetime) -> Person:
    """Return who was recognised a moment ago with the roles of now; raises ``Forbidden``.

    For what is signed, within the transaction that writes it, as one writes at a time: a role that
    has ended signs nothing. What a token narrowed stays narrow.
    """
    now = await load(connection, by.id, at)
    if now is None:
        raise Forbidden("You have left, or your roles have changed.")
    if not by.token:
        return replace(by, postings=now.postings)
    return replace(by, postings=tuple(one for one in by.postings if _is_within(one, now.postings)))


def _is_within(one: Posting, held: Collection[Posting]) -> bool:
    return any(
        its.role is one.role
        and its.court in (None, one.court)
        and its.division in (None, one.division)
        for its in held
    )


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
        select(postings.c.person, postings.c.role, postings.c.court, postings.c.division)
        .where(_held(at))
        .order_by(postings.c.role, postings.c.court, postings.c.division)
    )
    if person is not None:
        query, held = query.where(people.c.id == person), held.where(postings.c.person == person)
    invited = {one.person: one.expires_at for one in await connection.execute(_invited(at, person))}
    with_factor = await factor_store.holders(connection)
    vouched = await _vouched(connection, person)
    roles: defaultdict[str, list[Posting]] = defaultdict(list)
    for owner, *key in await connection.execute(held):
        if tuple(key) in vouched[owner].held:
            roles[owner].append(_posting(*key))
    return [
        Member(
            id=row["id"],
            name=row["name"],
            display_name=row["display_name"],
            postings=tuple(roles[row["id"]]),
            must_change_password=row["must_change_password"],
            created_at=row["created_at"],
            left_at=row["disabled_at"] or vouched[row["id"]].left_at,
            invited_until=invited.get(row["id"]),
            has_factor=row["id"] in with_factor,
        )
        for row in (await connection.execute(query)).mappings()
    ]


async def _vouched(connection: AsyncConnection, person: str | None) -> defaultdict[str, Known]:
    """Return what the journal knows of everybody, or of one person."""
    if person is not None:
        found = known(await noted_of(connection, f"person:{person}"))
        return defaultdict(Known, {person: found})
    its = journal.c
    query = (
        select(people.c.id, its.action, its.at_us, its.details)
        .join(journal, its.object == literal("person:") + people.c.id)
        .where(its.action.in_(ACTS))
        .order_by(its.sequence)
    )
    noted: defaultdict[str, list[Noted]] = defaultdict(list)
    for owner, action, at_us, details in await connection.execute(query):
        noted[owner].append(Noted(action, from_microseconds(at_us), details))
    return defaultdict(Known, {owner: known(its) for owner, its in noted.items()})


async def rename(connection: AsyncConnection, person: str, display_name: str) -> None:
    """Change how a person is called."""
    await connection.execute(
        update(people).where(people.c.id == person).values(display_name=display_name)
    )


async def set_left(connection: AsyncConnection, person: str, at: datetime | None) -> None:
    """Note since when a person may not sign in; None: may again."""
    await connection.execute(update(people).where(people.c.id == person).values(disabled_at=at))


async def history(connection: AsyncConnection, person: str) -> list[HeldPosting]:
    """Return every posting that a person has or had, the newest first."""
    its = postings.c
    query = (
        select(its.role, its.court, its.division, its.since, its.until)
        .where(its.person == person)
        .order_by(its.since.desc(), its.role, its.court)
    )
    return [
        HeldPosting(Posting(Role(role), court, division), since, until)
        for role, court, division, since, until in await connection.execute(query)
    ]


async def end_posting(
    connection: AsyncConnection, person: str, posting: Posting, at: datetime
) -> None:
    """Take a role from a person; that it was held stays."""
    its = postings.c
    where = (
        its.person == person,
        its.role == posting.role.value,
        its.court.is_not_distinct_from(posting.court),
        its.division.is_not_distinct_from(posting.division),
    )
    await connection.execute(update(postings).where(*where, _held(at)).values(until=at))


def _held(at: datetime) -> ColumnElement[bool]:
    return and_(postings.c.since <= at, or_(postings.c.until.is_(None), postings.c.until > at))


async def _person(
    connection: AsyncConnection, row: RowMapping, vouched: Known, at: datetime
) -> Person:
    query = select(postings.c.role, postings.c.court, postings.c.division).where(
        postings.c.person == row["id"], _held(at)
    )
    held = [tuple(its) for its in await connection.execute(query)]
    return Person(
        id=row["id"],
        name=row["name"],
        display_name=row["display_name"],
        postings=(roles := tuple(_posting(*its) for its in held if its in vouched.held)),
        must_change_password=row["must_change_password"],
        must_set_up_factor=await factor_store.is_missing(connection, row["id"], roles),
    )


def _posting(role: str, court: str | None, division: str | None) -> Posting:
    return Posting(Role(role), court, division)


def _invited(at: datetime, person: str | None) -> Select[tuple[str, datetime]]:
    query = select(invitations.c.person, invitations.c.expires_at).where(
        invitations.c.ended_at.is_(None), invitations.c.expires_at > at
    )
    return query if person is None else query.where(invitations.c.person == person)


async def invite(
    connection: AsyncConnection, person: str, digest: str, at: datetime, until: datetime
) -> None:
    """Store an invitation; it is the only one of the person."""
    await end_invitations(connection, person, at)
    await connection.execute(
        insert(invitations).values(
            id=new_id(), digest=digest, person=person, created_at=at, expires_at=until
        )
    )


async def end_invitations(connection: AsyncConnection, person: str, at: datetime) -> None:
    """Let no invitation of a person open anything any more."""
    await connection.execute(
        update(invitations)
        .where(invitations.c.person == person, invitations.c.ended_at.is_(None))
        .values(ended_at=at)
    )


async def invited(connection: AsyncConnection, digest: str, at: datetime) -> Credentials | None:
    """Return whose invitation it is, if it can be used now and the person has not left."""
    query = (
        select(people.c.id, people.c.name, people.c.password)
        .join(invitations, invitations.c.person == people.c.id)
        .where(
            invitations.c.digest == digest,
            invitations.c.ended_at.is_(None),
            invitations.c.expires_at > at,
            people.c.disabled_at.is_(None),
        )
    )
    row = (await connection.execute(query)).first()
    return Credentials(*row) if row else None
