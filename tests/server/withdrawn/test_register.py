"""Each server process knows what is withdrawn, bell or not, and as long as the database is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from server.accounts.tables import people
from server.bus import InProcessBus
from server.database import Database
from server.journal.store import Deed, note
from server.withdrawn import Register, store
from server.withdrawn.model import Kind, Reason, Withdrawal
from tests.server.counted import add_broadcast, open_database
from tests.services.databases import DatabaseOf

AT = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


async def court(url: str) -> Database:
    database = await open_database(url)
    await add_broadcast(database, "b1")
    values = {"id": "jin", "name": "jin", "display_name": "", "must_change_password": False}
    async with database.begin() as connection:
        await connection.execute(insert(people).values(**values, password=None, created_at=AT))
    return database


async def test_another_servers_withdrawal_is_seen_at_the_next_look(
    database_of: DatabaseOf, tmp_path: Path
) -> None:
    database = await court(database_of(tmp_path))
    register = Register(database, InProcessBus())
    told: list[frozenset[str]] = []
    register.on_change(told.append)
    await register.look()
    assert register.of("b1").whole is None
    async with database.begin() as connection:
        new = Withdrawal("w", "b1", Kind.BROADCAST, Reason.ORDER, AT, "jin")
        await store.add(connection, new)
    await register.look()
    assert register.of("b1").whole == new
    await register.look()
    async with database.begin() as connection:
        assert await store.restore(connection, new, "jin", "", AT)
        assert not await store.restore(connection, new, "jin", "", AT)
    await register.look()
    assert register.of("b1").whole == new  # lifted past the service: the journal knows of nothing
    async with database.begin() as connection:
        await note(connection, Deed("withdrawal.restore", "broadcast:b1", "jin"), AT)
        await store.add(connection, replace(new, id="other", kind=Kind.POST, target="p"))
    await register.look()
    assert register.of("b1").whole is None
    assert [one for one in told if one] == [frozenset({"b1"})] * 2
    await database.close()
