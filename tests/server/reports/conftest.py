from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from server.accounts.tables import people
from server.database import Database
from server.reports.store import ReportStore
from tests.server.counted import add_broadcast, open_database, sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with a broadcast and a clerk: SQLite, then PostgreSQL."""
    is_sqlite = request.param == "sqlite"
    url = sqlite_url(tmp_path) if is_sqlite else request.getfixturevalue("postgres_url")
    database = await open_database(url)
    await add_broadcast(database, "b1", has_report=True)
    await add_broadcast(database, "b2", court="berlin", has_report=True)
    async with database.begin() as connection:
        await connection.execute(
            insert(people).values(
                id="clerk",
                name="clerk",
                display_name="书记员",
                password=None,
                must_change_password=False,
                created_at=datetime.now(UTC),
            )
        )
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> ReportStore:
    """The store of reports."""
    return ReportStore(database)
