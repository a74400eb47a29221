from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.database import Database
from tests.server.counted import add_broadcast, open_database, sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def counted_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database: SQLite, then PostgreSQL."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return sqlite_url(tmp_path)


@pytest.fixture
async def counted(counted_url: str) -> AsyncIterator[Database]:
    """A database with two broadcasts."""
    database = await open_database(counted_url)
    await add_broadcast(database, "b1")
    await add_broadcast(database, "b2", court="berlin")
    yield database
    await database.close()
