"""The migrations make exactly the tables that the code speaks of."""

import time
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

import server.accounts.tables
import server.approvals.tables
import server.audience.tables
import server.broadcasts.tables
import server.complaints.tables
import server.courts.tables
import server.hearings.participants.tables
import server.hearings.tables
import server.incidents.tables
import server.journal.tables
import server.mailing.tables
import server.notices.tables
import server.oidc.tables
import server.partners.tables
import server.proofs.tables
import server.records.tables
import server.releases.tables
import server.reports.tables
import server.withdrawn.tables  # noqa: F401
from server.database import Database, metadata
from server.database.migrate import upgrade


def differences(connection: Connection) -> list[Any]:
    """Return what the tables and the code do not agree on."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found: list[Any] = compare_metadata(context, metadata)
    return found


async def test_the_tables_are_those_of_the_code(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_an_upgrade_with_nothing_to_do_is_fast(database: Database) -> None:
    began = time.perf_counter()
    assert not await upgrade(database)
    assert time.perf_counter() - began < 0.3
