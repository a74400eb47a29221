"""Databases with all tables: on SQLite, or on a real PostgreSQL with ``--database=postgresql``."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from server.database import Database
from server.database.migrate import upgrade
from tests.services.postgresql import PostgresServer

TEMPLATE = "fresh"
NUMBERS = count(1)

DatabaseOf = Callable[[Path], str]
"""The address of a data directory's database, which is made when it is first asked for."""


def _migrate(address: str) -> None:
    async def make() -> None:
        database = Database(address)
        await upgrade(database)
        await database.close()

    with ThreadPoolExecutor(1) as thread:  # a test's loop may be running in this one
        thread.submit(asyncio.run, make()).result()


@pytest.fixture(scope="session")
def fresh_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, made once: to copy is faster than to migrate."""
    path = tmp_path_factory.mktemp("fresh") / "tingbo.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def fresh_postgres(postgres_server: PostgresServer) -> PostgresServer:
    """A PostgreSQL whose database ``fresh`` has all tables, made once."""
    assert postgres_server.run("createdb", TEMPLATE)
    _migrate(postgres_server.url(TEMPLATE))
    return postgres_server


@pytest.fixture
def new_postgres_url(fresh_postgres: PostgresServer) -> Iterator[Callable[[], str]]:
    """Make PostgreSQL databases with all tables; they are thrown away after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(f"copy_{next(NUMBERS)}")
        assert fresh_postgres.run("createdb", "-T", TEMPLATE, made[-1])
        return fresh_postgres.url(made[-1])

    yield make
    for name in made:
        fresh_postgres.run("dropdb", "--force", name)


@pytest.fixture
def postgres_url(new_postgres_url: Callable[[], str]) -> str:
    """Address of a PostgreSQL database with all tables."""
    return new_postgres_url()


@pytest.fixture
def new_sqlite_url(fresh_sqlite: Path) -> DatabaseOf:
    """Give a directory an SQLite database with all tables, unless it has one."""

    def make(folder: Path) -> str:
        path = folder / "tingbo.sqlite"
        if not path.exists():
            shutil.copyfile(fresh_sqlite, path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def database_of(request: pytest.FixtureRequest) -> DatabaseOf:
    """Give each data directory a database of the kind that this run is about."""
    if request.config.getoption("--database") == "sqlite":
        copied: DatabaseOf = request.getfixturevalue("new_sqlite_url")
        return copied
    make: Callable[[], str] = request.getfixturevalue("new_postgres_url")
    made: dict[Path, str] = {}
    return lambda folder: made.get(folder) or made.setdefault(folder, make())
