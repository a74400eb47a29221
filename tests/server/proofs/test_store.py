"""Statements and days in each kind of database: once entered they stay, in their order."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import Executable, delete, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.broadcasts.tables import broadcasts
from server.database import Database
from server.proofs import store
from server.proofs.model import ClosedDay, Entry, Kind
from server.proofs.tables import court_keys, daily_roots, proof_entries
from tests.server.approvals.test_store import fill

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)


def entry(place: int, kind: Kind = "sealed", day: str = "2026-11-26") -> Entry:
    statement = f"{day} {place}"
    digest = hashlib.sha256(statement.encode()).hexdigest()
    return Entry("c", day, place, kind, "b", digest, statement, AT)


async def broadcast(database: Database) -> None:
    """Make a broadcast that is over."""
    await fill(database)
    row = {
        "id": "b", "hearing": "h", "has_video": True, "has_report": False, "delay_ms": 0,
        "layout": "single", "cameras": [], "state": "ended", "replay": "public",
        "started_at": AT, "ended_at": AT, "created_at": AT, "created_by": "ann",
    }  # fmt: skip
    async with database.begin() as connection:
        await connection.execute(insert(broadcasts).values(row))


async def test_what_is_entered_is_found_and_stays(database: Database) -> None:
    await broadcast(database)
    entries = [entry(0), entry(1, "copy"), entry(0, "copy", "2026-11-28")]
    async with database.begin() as connection:
        assert await store.unentered(connection) == [("b", "c", "UTC")]
        assert await store.chained(connection) == []
        for one in entries:
            assert await store.next_place(connection, "c", one.day) == one.place
            await store.add_entry(connection, one)
        for day in ("2026-11-26", "2026-11-27"):
            await store.add_day(connection, "c", ClosedDay(day, f"{day} signed"))
        for _ in range(2):
            await store.add_key(connection, "f" * 32, "PEM", AT)
    async with database.read() as connection:
        assert await store.unentered(connection) == []
        assert await store.chained(connection) == [("c", "UTC", "2026-11-26")]
        assert await store.of_broadcast(connection, "b") == entries
        digests = [bytes.fromhex(one.digest) for one in entries[:2]]
        assert await store.digests(connection, "c", "2026-11-26") == digests
        assert await store.is_entered(connection, entries[1].digest)
        last = await store.last_day(connection, "c")
        assert last is not None
        assert last.day == "2026-11-27"
        assert await store.day(connection, "c", "2026-11-28") is None
        beyond = await store.days(connection, "c", newest_first=False, limit=9, beyond="2026-11-26")
        assert [one.day for one in beyond] == ["2026-11-27"]
        [key] = await store.keys(connection, "e" * 32)
        assert (key.pem, key.is_present) == ("PEM", False)
    with pytest.raises(IntegrityError):
        async with database.begin() as connection:
            await store.add_entry(connection, entries[0])
    await _nothing_changes(database)


async def _nothing_changes(database: Database) -> None:
    tables = (proof_entries, daily_roots, court_keys)
    changes: list[Executable] = [delete(table) for table in tables]
    changes += [
        update(table).values({column: "x"})
        for table, column in zip(tables, ("statement", "signed", "pem"), strict=True)
    ]
    if not database.is_sqlite:
        changes += [text(f"TRUNCATE {table.name}") for table in tables]
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.begin() as connection:
                await connection.execute(change)
