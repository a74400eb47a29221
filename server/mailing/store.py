"""Mailboxes, and what was written to them, in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.tables import people
from server.mailing.model import Letter, Mailbox, Occasion, mailbox
from server.mailing.tables import mailboxes, reminder_mails

_ITS, _SENT = mailboxes.c, reminder_mails.c


async def of_person(connection: AsyncConnection, person: str) -> Mailbox | None:
    """Return where a person reads."""
    query = select(_ITS.person, _ITS.address, _ITS.language, _ITS.confirmed_at)
    row = (await connection.execute(query.where(_ITS.person == person))).first()
    return mailbox(*row[:3], is_confirmed=row.confirmed_at is not None) if row else None


async def all_of(connection: AsyncConnection) -> list[Mailbox]:
    """Return where everybody reads who can sign in and has confirmed it."""
    query = (
        select(_ITS.person, _ITS.address, _ITS.language)
        .join(people, people.c.id == _ITS.person)
        .where(people.c.disabled_at.is_(None), _ITS.confirmed_at.is_not(None))
        .order_by(_ITS.person)
    )
    rows = await connection.execute(query)
    return [mailbox(*row, is_confirmed=True) for row in rows]


async def put(connection: AsyncConnection, new: Mailbox, secret: str, at: datetime) -> None:
    """Store where a person says they read, in place of another; ``secret`` is the link's digest."""
    await remove(connection, new.person)
    values = {"person": new.person, "address": new.address, "language": new.language}
    await connection.execute(insert(mailboxes).values(**values, secret=secret, given_at=at))


async def speak(connection: AsyncConnection, new: Mailbox) -> bool:
    """Change the language of a confirmed mailbox; False where its address is not confirmed."""
    of = (_ITS.person == new.person) & (_ITS.address == new.address)
    changed = update(mailboxes).where(of, _ITS.confirmed_at.is_not(None))
    result = await connection.execute(changed.values(language=new.language))
    return bool(result.rowcount)


async def confirm(
    connection: AsyncConnection, person: str, secret: str, since: datetime, at: datetime
) -> bool:
    """Take a link that was sent ``since`` then, once; False where it is none of this person's."""
    of = (_ITS.person == person) & (_ITS.secret == secret) & (_ITS.given_at >= since)
    values = {"confirmed_at": at, "secret": None}
    result = await connection.execute(update(mailboxes).where(of).values(values))
    return bool(result.rowcount)


async def remove(connection: AsyncConnection, person: str) -> bool:
    """Forget where a person reads; False if that was not known."""
    return bool((await connection.execute(delete(mailboxes).where(_ITS.person == person))).rowcount)


async def claim(
    connection: AsyncConnection, person: str, one: Occasion, at: datetime, stale: datetime
) -> bool:
    """Take it on to remind somebody; False where that was done, or another server does it.

    A claim of before ``stale`` that came to nothing is taken over. Within a transaction, which is
    the only one to write (``Database.begin``).
    """
    its = _one(person, one)
    row = (await connection.execute(select(_SENT.claimed_at, _SENT.settled_at).where(its))).first()
    if row is None:
        values = {"application": one.application, "kind": one.kind, "since": one.since}
        new = insert(reminder_mails).values(person=person, **values, claimed_at=at)
        await connection.execute(new)
        return True
    if row.settled_at is not None or row.claimed_at > stale:
        return False
    await connection.execute(update(reminder_mails).where(its).values(claimed_at=at))
    return True


async def settle(connection: AsyncConnection, letter: Letter, at: datetime) -> None:
    """Note that a letter need not be sent again."""
    for one in letter.occasions:
        its = _one(letter.to.person, one)
        await connection.execute(update(reminder_mails).where(its).values(settled_at=at))


def _one(person: str, one: Occasion) -> ColumnElement[bool]:
    return and_(
        _SENT.person == person,
        _SENT.application == one.application,
        _SENT.kind == one.kind,
        _SENT.since == one.since,
    )
