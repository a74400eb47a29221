"""Brings the database's tables to the present form when the service starts."""

from __future__ import annotations

from pathlib import Path

import structlog
from sqlalchemy import Connection, inspect, text

from server.database.engine import Database

_log = structlog.stdlib.get_logger(__name__)
FOLDER = Path(__file__).parent / "migrations"


def head() -> str:
    """Return the newest revision; a revision's id is the name of its file."""
    return max(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py"))


async def upgrade(database: Database) -> bool:
    """Upgrade to the newest revision; tell whether there was anything to do.

    Two servers that start together do it one after the other. Costs one query when nothing is
    to be done: Alembic itself is only imported when it is needed.
    """
    newest = head()
    async with database.read() as connection:
        if await connection.run_sync(_revision) == newest:
            return False
    async with database.begin_patiently() as connection:
        if await connection.run_sync(_revision) == newest:
            return False
        await connection.run_sync(_run)
    _log.info("database upgraded", revision=newest)
    return True


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _run(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  (costs a start that does not need it 100 ms)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
