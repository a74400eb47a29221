"""A line of SQL gives nobody a role, and what it changes is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.accounts import store
from server.accounts.model import Member, Person, Posting
from server.accounts.people import People
from server.accounts.roles import Permission, Role
from server.accounts.service import AccountService
from server.accounts.verify import verify_people
from server.bus import InProcessBus
from server.database import Database
from server.signing import Signer
from tests.services.databases import DatabaseOf

CHIEF = Person("chief", "chief", "Chief", (Posting(Role.ADMINISTRATOR),))
CLERK = Posting(Role.CLERK, "sh")
GRANT = (
    "INSERT INTO postings (id, person, court, role, since)"
    " VALUES ('false', :person, NULL, 'administrator', 0)"
)


class House:
    """People on a database that somebody writes into."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.accounts = AccountService(database, Signer(b"s" * 32))
        self.people = People(database, InProcessBus(), self.accounts, self._courts)

    async def _courts(self) -> dict[str, tuple[str, ...]]:
        return {"sh": ()}

    async def add(self, *postings: Posting) -> str:
        """Add a person; return the id."""
        member, _ = await self.people.add("judy", "Judy", postings, CHIEF)
        return member.id

    async def execute(self, statement: str, **values: str) -> None:
        """Write past the service."""
        async with self.database.begin() as connection:
            assert (await connection.execute(text(statement), values)).rowcount

    async def now(self, person: str) -> Person | None:
        """Return whom a server would recognise."""
        async with self.database.read() as connection:
            return await store.load(connection, person, datetime.now(UTC))

    async def listed(self, person: str) -> Member:
        """Return the person as administrators see them."""
        found = await self.people.all(CHIEF)
        return next(one for one in found if one.id == person)

    async def changed(self) -> tuple[str, ...]:
        """Return of whom ``scripts/journal`` would tell."""
        return (await verify_people(self.database)).changed


@pytest.fixture
async def house(tmp_path: Path, database_of: DatabaseOf) -> AsyncIterator[House]:
    database = Database(database_of(tmp_path))
    yield House(database)
    await database.close()


async def test_a_role_that_was_given_by_statement_is_none(house: House) -> None:
    judy = await house.add(CLERK)
    assert await house.changed() == ()
    await house.execute(GRANT, person=judy)
    found = await house.now(judy)
    assert found is not None
    assert found.postings == (CLERK,)
    assert not found.may(Permission.ADMINISTER)
    assert (await house.listed(judy)).postings == (CLERK,)
    assert await house.changed() == (judy,)


async def test_somebody_who_was_added_by_statement_may_do_nothing(house: House) -> None:
    await house.execute(
        "INSERT INTO people (id, name, display_name, must_change_password, created_at)"
        " VALUES ('eve', 'eve', 'Eve', false, 0)"
    )
    await house.execute(GRANT, person="eve")
    found = await house.now("eve")
    assert found is not None
    assert found.postings == ()
    assert await house.changed() == ("eve",)


async def test_what_was_taken_comes_back_by_the_service_only(house: House) -> None:
    judy = await house.add(CLERK, Posting(Role.WATCHER, "sh"))
    await house.people.change(judy, CHIEF, postings=[CLERK])
    with pytest.raises(DBAPIError, match="stays as it was held"):
        await house.execute("UPDATE postings SET until = NULL WHERE role = 'watcher'")
    await house.execute(GRANT.replace("NULL, 'administrator'", "'sh', 'watcher'"), person=judy)
    found = await house.now(judy)
    assert found is not None
    assert found.postings == (CLERK,)
    await house.people.change(judy, CHIEF, postings=[CLERK, Posting(Role.WATCHER, "sh")])
    found = await house.now(judy)
    assert found is not None
    assert found.may(Permission.WATCH_ROOM, "sh")


async def test_a_role_that_was_taken_by_statement_is_gone_and_told(house: House) -> None:
    judy = await house.add(CLERK)
    await house.execute("UPDATE postings SET until = 1")
    found = await house.now(judy)
    assert found is not None
    assert found.postings == ()
    assert await house.changed() == (judy,)


async def test_who_has_left_does_not_return_by_statement(house: House) -> None:
    judy = await house.add(CLERK)
    await house.people.leave(judy, CHIEF)
    await house.execute("UPDATE people SET disabled_at = NULL")
    assert await house.now(judy) is None
    assert (await house.listed(judy)).left_at is not None
    assert await house.changed() == (judy,)


async def test_an_honest_life_is_as_the_journal_has_it(house: House) -> None:
    await house.accounts.ensure_administrator()
    judy = await house.add(CLERK)
    await house.people.change(judy, CHIEF, postings=[])
    await house.people.change(judy, CHIEF, display_name="Judy Li", postings=[CLERK])
    await house.people.leave(judy, CHIEF)
    await house.people.bring_back(judy, CHIEF)
    verdict = await verify_people(house.database)
    assert (verdict.count, verdict.changed) == (2, ())
    found = await house.now(judy)
    assert found is not None
    assert found.postings == (CLERK,)
