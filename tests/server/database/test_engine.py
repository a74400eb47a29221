import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.database import Database, engine
from server.errors import DatabaseUnavailable, Invalid, WrongSettings


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
    async with asyncio.timeout(60), database.begin() as writer:
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


def test_the_options_of_postgresqls_own_programs_are_understood() -> None:
    url = engine.driver_url("postgresql://tingbo@db.court/tingbo?sslmode=verify-full")
    assert (url.drivername, dict(url.query)) == ("postgresql+asyncpg", {"ssl": "verify-full"})


def test_other_databases_are_refused() -> None:
    for address in ("mysql://x/y", "nonsense", "postgresql://x/y?sslnode=require"):
        with pytest.raises(WrongSettings):
            Database(address)


@pytest.mark.parametrize("value", ["a\0b", 2**70, "\ud800"])
async def test_what_no_row_can_hold_is_not_the_databases_fault(
    database: Database, value: object
) -> None:
    async with database.begin() as connection:
        await connection.execute(text("CREATE TABLE made (n INTEGER, t TEXT)"))
    column = "n" if isinstance(value, int) else "t"
    if database.is_sqlite and value == "a\0b":
        return  # SQLite holds it; server.bodies lets none come here
    for statement in ("INSERT INTO made ({0}) VALUES (:v)", "SELECT 1 FROM made WHERE {0} = :v"):
        with pytest.raises(Invalid):
            async with database.begin() as connection:
                await connection.execute(text(statement.format(column)), {"v": value})


@pytest.fixture
async def servers(postgres_url: str) -> AsyncIterator[list[Database]]:
    """Two servers' views of one PostgreSQL."""
    servers = [Database(postgres_url), Database(postgres_url)]
    async with servers[0].begin() as connection:
        await connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))
    yield servers
    for server in servers:
        await server.close()


async def test_who_looks_before_writing_on_two_servers_sees_what_the_other_wrote(
    servers: list[Database],
) -> None:
    async def add(server: Database) -> None:
        async with server.begin() as connection:
            known = (await connection.execute(text("SELECT n FROM counter"))).scalar_one()
            await connection.execute(text("UPDATE counter SET n = :n"), {"n": known + 1})

    await asyncio.gather(*(add(server) for server in servers * 10))
    async with servers[0].read() as connection:
        assert (await connection.execute(text("SELECT n FROM counter"))).scalar() == 20


async def test_a_reader_sees_one_moment(servers: list[Database]) -> None:
    reader, writer = servers
    async with reader.read() as connection:
        await connection.execute(text("SELECT 1 FROM counter"))
        async with writer.begin() as its:
            await its.execute(text("UPDATE counter SET n = 7"))
        assert (await connection.execute(text("SELECT n FROM counter"))).scalar() == 0


async def test_writers_that_wait_leave_connections_to_readers(servers: list[Database]) -> None:
    server, other = servers

    async def write() -> None:
        async with server.begin() as connection:
            await connection.execute(text("UPDATE counter SET n = n + 1"))

    async with other.begin():
        writers = [asyncio.ensure_future(write()) for _ in range(40)]
        await asyncio.wait(writers, timeout=0.1)
        async with asyncio.timeout(4), server.read() as connection:
            await connection.execute(text("SELECT n FROM counter"))
    await asyncio.gather(*writers)


@pytest.mark.parametrize("opened", ["begin", "read"])
@pytest.mark.parametrize("is_asked", [False, True])
async def test_a_connection_that_is_ended_is_away_and_then_back(
    servers: list[Database], opened: str, is_asked: bool
) -> None:
    server, other = servers

    async def end(connection: AsyncConnection, pid: int) -> None:
        found = 0
        while is_asked and not found:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE pid = :p AND query ~ 'sleep'"
            found = (await connection.execute(text(asked), {"p": pid})).scalar_one()
        await connection.execute(text("SELECT pg_terminate_backend(:p, 5000)"), {"p": pid})

    async def lose() -> None:
        async with getattr(server, opened)() as connection, other.engine.connect() as its:
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            ending = asyncio.ensure_future(end(its, pid))
            if not is_asked:
                await ending
            await asyncio.gather(ending, connection.execute(text("SELECT pg_sleep(20)")))

    with pytest.raises(DatabaseUnavailable):
        await lose()
    async with getattr(server, opened)() as connection:
        assert (await connection.execute(text("SELECT n FROM counter"))).scalar() == 0


async def test_what_lasts_too_long_is_cut_off_but_no_migration(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_STATEMENT_S", 0.2)
    monkeypatch.setattr(engine, "_SESSION", {**engine._SESSION, "lock_timeout": "0.2s"})
    server, other = Database(postgres_url), Database(postgres_url)
    with pytest.raises(DatabaseUnavailable):
        async with server.read() as connection:
            await connection.execute(text("SELECT pg_sleep(20)"))
    async with other.begin():
        with pytest.raises(DatabaseUnavailable):
            async with server.begin():
                pass

    async def migrate() -> None:
        async with server.begin_patiently() as connection:
            await connection.execute(text("SELECT pg_sleep(0.3)"))

    async with other.begin() as connection:
        task = asyncio.ensure_future(migrate())
        await connection.execute(text("SELECT 1"))
        await asyncio.wait({task}, timeout=0.3)
        assert not task.done()
    await task
    await server.close()
    await other.close()
