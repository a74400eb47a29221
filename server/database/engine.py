"""Transactions on SQLite (WAL) or PostgreSQL.

Library errors that mean "the database is away" leave here as ``DatabaseUnavailable``; integrity
errors stay what they are, as only a store knows what they mean. What no row can hold (a NUL, a
number beyond its column) leaves as ``Invalid``: PostgreSQL refuses it even in a question.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy import Connection, NullPool, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.database.failures import Failure, failure_of
from server.errors import DatabaseUnavailable, Invalid, ServiceError, WrongSettings

_log = structlog.stdlib.get_logger(__name__)
_CONNECT_S = 5
_WRITER_S = 10
"""How long a writer waits for those of this process, and then for those of others."""
_STATEMENT_S = 30
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_OPTIONS = frozenset({"host", "port", "prepared_statement_cache_size", "ssl"})
_READS = "tingbo_reads"
_WRITER = 0x74696E67  # any number that only this service uses
# A server that is frozen or cut off while it is the writer keeps the others from writing no longer
# than this. Statements are small: to compile one costs more than it takes.
_SESSION = {
    "application_name": "tingbo",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
    "lock_timeout": f"{_WRITER_S}s",
    "tcp_keepalives_count": "3",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
}


def driver_url(address: str) -> URL:
    """Return the address with the driver that is used; raises ``WrongSettings``."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise WrongSettings("TINGBO_DATABASE_URL is not a database address") from None
    name = url.get_backend_name()
    if name not in _DRIVERS:
        raise WrongSettings("TINGBO_DATABASE_URL must be a sqlite or postgresql address")
    url = url.set(drivername=_DRIVERS[name])
    return url if name == "sqlite" else _with_options_of_asyncpg(url)


def _with_options_of_asyncpg(url: URL) -> URL:
    """Translate what PostgreSQL's own programs take behind the name of the database."""
    options = {("ssl" if name == "sslmode" else name): its for name, its in url.query.items()}
    if unknown := sorted(options.keys() - _OPTIONS):
        raise WrongSettings(f"TINGBO_DATABASE_URL has unknown options: {', '.join(unknown)}")
    return url.set(query=options)


class Database:
    """The service's database.

    ``begin()`` is a transaction that may write, and the only one of the whole installation that
    does: what it reads stays true until it ends (docs/decisions/0096). Writers of this process
    wait in line here, fairly, so that one connection waits and not all of them. ``read()`` never
    waits for writers, and sees one moment. Both raise ``DatabaseUnavailable`` when the database is
    away.
    """

    def __init__(self, address: str) -> None:
        self._url = driver_url(address)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        if self.is_sqlite and self._url.database:
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = _sqlite(self._url) if self.is_sqlite else _postgresql(self._url)
        self._writer = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that may write; it is committed unless the body raises."""
        async with self._in_line(), _transaction(self.engine, {_READS: False}) as connection:
            if not self.is_sqlite:  # SQLite has one writer anyway
                await _be_the_writer(connection)
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads, with one view of the data."""
        options: dict[str, Any] = {_READS: True}
        if not self.is_sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        async with _transaction(self.engine, options) as connection:
            yield connection

    @asynccontextmanager
    async def begin_patiently(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction as ``begin()`` does, which waits and works as long as it takes.

        For migrations: one that a bound cuts off would be cut off at every start.
        """
        if self.is_sqlite:
            async with self.begin() as connection:
                yield connection
            return
        engine = _postgresql(self._url, patient=True)
        try:
            async with _transaction(engine, {}) as connection:
                await _be_the_writer(connection)
                yield connection
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def _in_line(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_WRITER_S):
                await self._writer.acquire()
        except TimeoutError as problem:
            raise _away(problem) from problem
        try:
            yield
        finally:
            self._writer.release()

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


@asynccontextmanager
async def _transaction(
    engine: AsyncEngine, options: dict[str, Any]
) -> AsyncIterator[AsyncConnection]:
    try:
        connection = await engine.connect()
    except (OSError, TimeoutError, PoolTimeout, DBAPIError) as problem:
        raise _away(problem) from problem  # also: there is no such database
    try:
        connection = await connection.execution_options(**options)
        async with connection.begin():
            yield connection
    finally:
        await connection.close()


async def _be_the_writer(connection: AsyncConnection) -> None:
    # Read committed: every statement behind this one sees what writers before have committed.
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER})


def _away(problem: BaseException) -> DatabaseUnavailable:
    # The statement is not logged: its values may be about people.
    origin = getattr(problem, "orig", None) or problem
    _log.error("database unavailable", error=type(origin).__name__, reason=str(origin)[:200])
    return DatabaseUnavailable("The database does not answer; try again in a moment.")


def _told(context: ExceptionContext) -> ServiceError | None:
    """Return what is raised instead of a driver's error that has a name here."""
    if context.is_pre_ping:
        return None  # the pool makes a new connection, and nobody is told of the old one
    problem = context.original_exception
    failure = failure_of(problem)
    if failure is Failure.UNFIT:  # the value is not logged either
        _log.error("a value that no row can hold", error=type(problem).__name__)
        return Invalid("This value cannot be taken.")
    return _away(problem) if failure is Failure.AWAY else None


def _postgresql(url: URL, *, patient: bool = False) -> AsyncEngine:
    its: dict[str, Any] = {"timeout": _CONNECT_S, "command_timeout": _STATEMENT_S}
    its["server_settings"] = _SESSION
    pool: dict[str, Any] = {
        "pool_size": 10, "max_overflow": 10, "pool_timeout": _CONNECT_S, "pool_pre_ping": True
    }  # fmt: skip
    if patient:
        its["command_timeout"], its["server_settings"] = None, {**_SESSION, "lock_timeout": "0"}
        pool = {"poolclass": NullPool}
    engine = create_async_engine(url, connect_args=its, hide_parameters=True, **pool)
    event.listen(engine.sync_engine, "handle_error", _told)
    return engine


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": _WRITER_S}, hide_parameters=True)
    event.listen(engine.sync_engine, "handle_error", _told)

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: DBAPIConnection, record: object) -> None:  # noqa: ARG001
        # The driver must not begin transactions by itself: on_begin says how.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={_WRITER_S * 1000}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes the lock at once: upgrading later fails without waiting (SQLITE_BUSY).
        reads = connection.get_execution_options().get(_READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
