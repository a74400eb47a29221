import asyncio

import pytest
from sqlalchemy import text

from server.database import Database
from server.errors import DatabaseUnavailable, WrongSettings


async def test_what_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.begin() as connection:
            await connection.execute(text("CREATE TABLE made (n INTEGER)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.begin() as connection:
        await connection.execute(text("CREATE TABLE made (n INTEGER)"))


async def test_writers_lose_no_update(database: Database) -> None:
    async with database.begin() as connection:
        await connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))

    async def add() -> None:
        async with database.begin() as connection:
            await connection.execute(text("UPDATE counter SET n = n + 1"))

    await asyncio.gather(*(add() for _ in range(20)))
    async with database.read() as connection:
        assert (await connection.execute(text("SELECT n FROM counter"))).scalar() == 20


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.begin() as connection:
        await connection.execute(text("CREATE TABLE made (n INTEGER)"))
    async with asyncio.timeout(2), database.begin() as writer:
        await writer.execute(text("INSERT INTO made VALUES (1)"))
        async with database.read() as reader:
            assert (await reader.execute(text("SELECT count(*) FROM made"))).scalar() == 0


async def test_a_database_that_is_away_has_a_name() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseUnavailable):
        async with database.read():
            pass
    assert not await database.is_ready()
    await database.close()


async def test_a_database_that_does_not_exist_is_away_too(postgres_url: str) -> None:
    database = Database(f"{postgres_url}_is_none")
    assert not await database.is_ready()
    with pytest.raises(DatabaseUnavailable):
        async with database.begin():
            pass
    await database.close()


def test_other_databases_are_refused() -> None:
    for address in ("mysql://x/y", "nonsense"):
        with pytest.raises(WrongSettings):
            Database(address)
