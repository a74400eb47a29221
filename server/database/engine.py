"""Transactions on SQLite (WAL) or PostgreSQL.

Library errors that mean "the database is away" leave here as ``DatabaseUnavailable``; integrity
errors stay what they are, as only a store knows what they mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import structlog
from aiohttp import web
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.errors import DatabaseUnavailable, WrongSettings

_log = structlog.stdlib.get_logger(__name__)
_BUSY_MS = 5000
_CONNECT_S = 5
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_READS = "tingbo_reads"


def driver_url(address: str) -> URL:
    """Return the address with the driver that is used; raises ``WrongSettings``."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise WrongSettings("TINGBO_DATABASE_URL is not a database address") from None
    name = url.get_backend_name()
    if name not in _DRIVERS:
        raise WrongSettings("TINGBO_DATABASE_URL must be a sqlite or postgresql address")
    return url.set(drivername=_DRIVERS[name])


class Database:
    """The service's database.

    ``begin()`` is a transaction that may write: SQLite has one writer at a time, so writers of
    this process wait in line here (fairly) and not in SQLite's retry loop. ``read()`` never waits
    for writers. Both raise ``DatabaseUnavailable`` when the database is away.
    """

    def __init__(self, address: str) -> None:
        url = driver_url(address)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)
        self._writer = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that may write; it is committed unless the body raises."""
        async with self._writer or nullcontext(), self._connect(reads=False) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads, with one view of the data."""
        async with self._connect(reads=True) as connection:
            yield connection

    @asynccontextmanager
    async def _connect(self, *, reads: bool) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await self.engine.connect()
        except (OSError, TimeoutError, DBAPIError) as problem:  # also: there is no such database
            raise _away(problem) from problem
        try:
            connection = await connection.execution_options(**{_READS: reads})
            async with connection.begin():
                yield connection
        except (OperationalError, InterfaceError) as problem:
            raise _away(problem) from problem
        finally:
            await connection.close()

    async def is_ready(self) -> bool:
        """Tell whether the database answers."""
        try:
            async with asyncio.timeout(2), self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except (DatabaseUnavailable, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


DATABASE = web.AppKey("database", Database)


def _away(problem: Exception) -> DatabaseUnavailable:
    # The statement is not logged: its values may be about people.
    origin = getattr(problem, "orig", None) or problem
    _log.error("database unavailable", error=type(origin).__name__, reason=str(origin)[:200])
    return DatabaseUnavailable("The database does not answer; try again in a moment.")


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_timeout=_CONNECT_S,
        pool_pre_ping=True,
        connect_args={"timeout": _CONNECT_S, "command_timeout": 30},
        hide_parameters=True,
    )


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url, connect_args={"timeout": _BUSY_MS / 1000}, hide_parameters=True
    )

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: DBAPIConnection, record: object) -> None:  # noqa: ARG001
        # The driver must not begin transactions by itself: on_begin says how.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes the lock at once: upgrading later fails without waiting (SQLITE_BUSY).
        reads = connection.get_execution_options().get(_READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
