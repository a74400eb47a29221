"""What a database's error means for who asked: it is away, or no row can hold what was sent.

By SQLSTATE (PostgreSQL's manual, appendix A), as asyncpg's own classes say less: its
``InterfaceError`` is a broken connection as well as a number that is too large.
"""

from __future__ import annotations

import sqlite3
from enum import Enum

from asyncpg import DataError, InterfaceError, InternalClientError, InvalidCachedStatementError

_AWAY = (
    "08",  # connection
    "25P03",  # was idle in a transaction for too long
    "25006",  # has become a read-only standby
    "40",  # was chosen to give way: a deadlock
    "53",  # no room, no memory, no connection left
    "55P03",  # did not get a lock in time
    "57",  # is going down, starting up, or cut a statement off
    "58",  # the machine's own error
)
_UNFIT = "22"  # data: too long, too large, a NUL
_LINES = (
    InterfaceError,
    InternalClientError,  # PostgreSQL's farewell came while it was asked nothing
    InvalidCachedStatementError,  # a newer server has changed the tables; the next try knows them
    OSError,
    TimeoutError,
    sqlite3.InterfaceError,
    sqlite3.OperationalError,
)


class Failure(Enum):
    """What a reader is told."""

    AWAY = "away"
    UNFIT = "unfit"


def failure_of(problem: BaseException) -> Failure | None:
    """Return what a driver's error means; None for one that only a store or a bug explains."""
    origin = problem.__cause__ or problem  # SQLAlchemy's adapter stands before asyncpg's
    state = str(getattr(origin, "sqlstate", None) or "")
    if state.startswith(_UNFIT) or isinstance(origin, DataError | OverflowError | UnicodeError):
        return Failure.UNFIT
    if state.startswith(_AWAY):
        return Failure.AWAY
    return Failure.AWAY if isinstance(origin, _LINES) else None
