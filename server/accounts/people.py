"""The people of the courts: inviting them, their roles, what they sign in with, leaving.

Nobody is ever deleted, because the journal names them. What changes here holds at once in every
server process: they are told over the bus, and forget whom they recognised.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts import factor_store, session_store, store
from server.accounts.invitations import invite
from server.accounts.model import (
    ApiToken,
    HeldPosting,
    Member,
    Person,
    Posting,
    SignInSession,
    must_administer,
    sign_in_name,
)
from server.accounts.roles import Permission, Role
from server.accounts.service import AccountService
from server.accounts.vouching import roles_told
from server.bus.contract import Bus
from server.database import Database
from server.errors import Conflict, Invalid, NotFound
from server.journal.store import Deed, note

TOPIC: Final = "people"
CourtIds = Callable[[], Awaitable[Mapping[str, Collection[str]]]]


class People:
    """Manages people, for administrators of all courts or of some; one per server process.

    ``courts`` tells the ids of all courts. Every method raises ``Forbidden`` for what ``by`` does
    not administer, ``NotFound`` for nobody.
    """

    def __init__(
        self, database: Database, bus: Bus, accounts: AccountService, courts: CourtIds
    ) -> None:
        self._database = database
        self._bus = bus
        self._accounts = accounts
        self._courts = courts

    async def all(self, by: Person) -> list[Member]:
        """Return the people with a role at a court that ``by`` administers, by sign-in name."""
        mine = by.courts(Permission.ADMINISTER)
        async with self._database.read() as connection:
            found = await store.members(connection, datetime.now(UTC))
        if mine is None:
            return found
        return [one for one in found if any(its.court in mine for its in one.postings)]

    async def presiding(self, by: Person) -> list[Member]:
        """Return who may preside at one of the courts at which ``by`` schedules, by their names."""
        by.must(Permission.SCHEDULE)
        async with self._database.read() as connection:
            found = await store.members(connection, datetime.now(UTC))
        mine = by.courts(Permission.SCHEDULE)
        courts = await self._courts() if mine is None else mine
        judges = (one for one in found if any(map(one.presides_at, courts)))
        return sorted(judges, key=lambda one: one.display_name)

    async def history(self, person: str, by: Person) -> list[HeldPosting]:
        """Return what a person has been at the courts that ``by`` administers, newest first."""
        mine = by.courts(Permission.ADMINISTER)
        async with self._database.read() as connection:
            await _one(connection, person, datetime.now(UTC))
            found = await store.history(connection, person)
        shown = [one for one in found if mine is None or one.posting.court in mine]
        if not shown and mine is not None:
            raise NotFound
        return shown

    async def add(
        self, name: str, display_name: str, postings: Iterable[Posting], by: Person
    ) -> tuple[Member, str]:
        """Add a person; return the secret of their invitation too, which is told this once.

        Nobody but who follows the invitation knows the password. ``Conflict``: the name is taken.
        """
        name, wanted = sign_in_name(name), _once(postings)
        must_administer(by, wanted)
        await self._must_exist(wanted)
        now = datetime.now(UTC)
        new = store.NewPerson(name, display_name, password=None, must_change_password=False)
        try:
            async with self._database.begin() as connection:
                person = await store.enter(connection, new, wanted, by.id, now)
                secret = await invite(connection, person, now)
                member = await _one(connection, person, now)
        except IntegrityError:
            raise Conflict("This name is taken.") from None
        return member, secret

    async def change(
        self,
        person: str,
        by: Person,
        *,
        display_name: str | None = None,
        postings: Iterable[Posting] | None = None,
    ) -> Member:
        """Change how a person is called, or the roles; ``Conflict``: the last administrator."""
        wanted = None if postings is None else _once(postings)
        if wanted is not None:
            await self._must_exist(wanted)
        async with self._changing(person) as (connection, before, now):
            if display_name is not None and display_name != before.display_name:
                _must_look_after(by, before)
                await store.rename(connection, person, display_name)
                await _note(connection, "rename", person, by, now)
            if wanted is not None and set(wanted) != set(before.postings):
                taken = [one for one in before.postings if one not in wanted]
                given = [one for one in wanted if one not in before.postings]
                must_administer(by, [*taken, *given])
                for posting in taken:
                    await store.end_posting(connection, person, posting, now)
                for posting in given:
                    await store.add_posting(connection, person, posting, now)
                details = {"given": roles_told(given), "taken": roles_told(taken)}
                await _note(connection, "roles", person, by, now, **details)
                await _must_keep_a_chief(connection, before, now)
            after = await _one(connection, person, now)
        await self.tell(person)
        return after

    async def invite_again(self, person: str, by: Person) -> tuple[Member, str]:
        """Take a person's password away and invite them anew; all their sessions end.

        Return the invitation's secret too, told this once. ``Conflict``: the person has left.
        """
        async with self._changing(person) as (connection, before, now):
            _must_look_after(by, before)
            if before.left_at is not None:
                raise Conflict("This person has left.")
            await store.set_password(connection, person, None, must_change=False)
            await session_store.close_sessions(connection, person)
            await _note(connection, "invite", person, by, now)
            secret = await invite(connection, person, now)
            after = await _one(connection, person, now)
        await self.tell(person)
        return after, secret

    async def remove_factor(self, person: str, by: Person) -> Member:
        """Take a person's second factor away, who has lost it; their sessions end."""
        async with self._changing(person) as (connection, before, now):
            _must_look_after(by, before)
            if await factor_store.remove(connection, person):
                await session_store.close_sessions(connection, person)
                await _note(connection, "factor_off", person, by, now)
            after = await _one(connection, person, now)
        await self.tell(person)
        return after

    async def sign_ins(self, person: str, by: Person) -> tuple[list[SignInSession], list[ApiToken]]:
        """Return a person's open sessions and API tokens."""
        await self._accounts.note_seen()
        async with self._database.read() as connection:
            now = datetime.now(UTC)
            _must_look_after(by, await _one(connection, person, now))
            sessions = await session_store.sessions_of(connection, person, now)
            return sessions, await session_store.tokens_of(connection, person, now)

    async def end_sessions(self, person: str, by: Person) -> None:
        """End all sessions of a person."""
        async with self._changing(person) as (connection, before, now):
            _must_look_after(by, before)
            ended = await session_store.close_sessions(connection, person)
            await _note(connection, "sessions_ended", person, by, now, sessions=ended)
        await self.tell(person)

    async def revoke_token(self, person: str, token: str, by: Person) -> None:
        """Revoke a person's API token; raises ``NotFound`` if there is none of this id."""
        async with self._changing(person) as (connection, before, now):
            _must_look_after(by, before)
            revoked = await session_store.revoke_one(connection, person, token, now)
            if revoked is None:
                raise NotFound
            await _note(connection, "token_revoked", person, by, now, label=revoked.label)
        await self.tell(person)

    async def leave(self, person: str, by: Person) -> Member:
        """Let a person sign in no more; sessions and tokens end. ``Conflict``: the last chief."""
        async with self._changing(person) as (connection, before, now):
            _must_look_after(by, before)
            if before.left_at is None:
                await store.set_left(connection, person, now)
                await session_store.close_sessions(connection, person)
                await session_store.revoke_all_tokens(connection, person, now)
                await store.end_invitations(connection, person, now)
                await _note(connection, "leave", person, by, now)
                await _must_keep_a_chief(connection, before, now)
            after = await _one(connection, person, now)
        await self.tell(person)
        return after

    async def bring_back(self, person: str, by: Person) -> Member:
        """Let a person who had left sign in again, with the password and roles of before."""
        async with self._changing(person) as (connection, before, now):
            _must_look_after(by, before)
            if before.left_at is not None:
                await store.set_left(connection, person, None)
                await _note(connection, "return", person, by, now)
            after = await _one(connection, person, now)
        await self.tell(person)
        return after

    @contextlib.asynccontextmanager
    async def _changing(
        self, person: str
    ) -> AsyncIterator[tuple[AsyncConnection, Member, datetime]]:
        """Open a transaction that is the only one to change people, and look the person up."""
        async with self._database.begin() as connection:
            now = datetime.now(UTC)
            yield connection, await _one(connection, person, now), now

    async def _must_exist(self, postings: Collection[Posting]) -> None:
        known = await self._courts()
        if any(one.court is not None and one.court not in known for one in postings):
            raise Invalid("There is no such court.", field="roles")
        if any(
            one.division is not None and one.division not in known.get(one.court or "", ())
            for one in postings
        ):
            raise Invalid("The court has no such division.", field="roles")

    async def tell(self, person: str) -> None:
        """Let every server process forget what it knows of a person."""
        self._accounts.forget()
        await self._bus.publish(TOPIC, {"person": person})  # else others notice within 2 s

    async def run(self, on_change: Callable[[str], None]) -> None:
        """Forget whom this process recognised whenever people change, until cancelled.

        ``on_change`` is told who; nobody in particular if messages were missed.
        """
        async with self._bus.subscribe(TOPIC) as news:
            async for message in news:
                self._accounts.forget()
                on_change(message.get("person", ""))


PEOPLE = web.AppKey("people", People)
COURT_IDS: web.AppKey[CourtIds] = web.AppKey("court_ids")  # set by ``server.courts``


def _once(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    return tuple(dict.fromkeys(postings))


def _must_look_after(by: Person, member: Member) -> None:
    # Somebody without a role belongs to no court: only who administers all of them decides.
    must_administer(by, member.postings or [Posting(Role.AUDITOR)])


async def look_after(connection: AsyncConnection, person: str, by: Person, at: datetime) -> Member:
    """Return a person whom ``by`` administers; raises ``NotFound``, ``Forbidden``."""
    member = await _one(connection, person, at)
    _must_look_after(by, member)
    return member


async def _one(connection: AsyncConnection, person: str, at: datetime) -> Member:
    found = await store.members(connection, at, person)
    if not found:
        raise NotFound
    return found[0]


async def _must_keep_a_chief(connection: AsyncConnection, before: Member, at: datetime) -> None:
    if not before.is_chief:
        return
    if not any(one.is_chief for one in await store.members(connection, at)):
        raise Conflict("This is the last administrator of all courts; there must be one.")


async def _note(
    connection: AsyncConnection,
    action: str,
    person: str,
    by: Person,
    at: datetime,
    **details: object,
) -> None:
    await note(connection, Deed(f"person.{action}", f"person:{person}", by.id, details), at)
