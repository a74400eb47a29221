"""The question for recorded broadcasts, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from server.broadcasts import store
from server.broadcasts.tables import broadcasts
from server.database import Database
from tests.server.counted import add_broadcast, add_courts


@pytest.mark.parametrize(
    ("number", "found"), [("终Icc-1", 1), ("ICC", 1), ("终", 2), ("%", 0), ("_", 0)]
)
async def test_a_case_is_found_by_a_part_of_its_number_however_it_is_written(
    database: Database, number: str, found: int
) -> None:
    await add_courts(database)
    for broadcast in ("icc-1", "b2"):
        await add_broadcast(database, broadcast, state="ended")
    async with database.begin() as connection:
        await connection.execute(update(broadcasts).values(ended_at=datetime.now(UTC)))
        assert len(await store.recorded(connection, None, number, None, 5)) == found
