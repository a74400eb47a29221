import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.database import Database
from server.errors import DatabaseUnavailable
from server.journal.chain import first_break
from server.journal.store import Deed, entries, note

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


async def written(database: Database, deed: Deed) -> bool:
    """Note a deed in a transaction of its own."""
    async with database.begin() as connection:
        return await note(connection, deed, AT)


async def test_deeds_at_the_same_moment_make_one_chain(database: Database) -> None:
    await asyncio.gather(
        *(written(database, Deed("try", f"thing:{number}")) for number in range(10))
    )
    async with database.read() as connection:
        found = [one async for one in entries(connection)]
    assert [one.sequence for one in found] == list(range(1, 11))
    assert first_break(found) is None


async def test_the_same_source_is_noted_once(database: Database) -> None:
    assert await written(database, Deed("dump", "broadcast:1", source="order:1:1"))
    assert not await written(database, Deed("dump", "broadcast:1", source="order:1:1"))


@pytest.mark.parametrize("change", ["UPDATE journal SET person = 'x'", "DELETE FROM journal"])
async def test_nothing_can_be_changed(database: Database, change: str) -> None:
    await written(database, Deed("try", "thing:1"))
    with pytest.raises((DBAPIError, DatabaseUnavailable), match=r"append-only|answer"):
        async with database.begin() as connection:
            await connection.execute(text(change))
    async with database.read() as connection:
        assert first_break([one async for one in entries(connection)]) is None
