"""What errors mean: those of real databases are in ``test_engine``, here those that are rare."""

import sqlite3

import pytest
from asyncpg import exceptions

from server.database.failures import Failure, failure_of


@pytest.mark.parametrize(
    ("problem", "failure"),
    [
        (exceptions.CannotConnectNowError("starting up"), Failure.AWAY),
        (exceptions.TooManyConnectionsError("100"), Failure.AWAY),
        (exceptions.DiskFullError("no room"), Failure.AWAY),
        (exceptions.DeadlockDetectedError("two"), Failure.AWAY),
        (exceptions.ReadOnlySQLTransactionError("a standby"), Failure.AWAY),
        (exceptions.IdleInTransactionSessionTimeoutError("frozen"), Failure.AWAY),
        (exceptions.InternalClientError("cannot switch to state 11"), Failure.AWAY),
        (exceptions.InvalidCachedStatementError("the plan"), Failure.AWAY),
        (ConnectionResetError(), Failure.AWAY),
        (TimeoutError(), Failure.AWAY),
        (sqlite3.OperationalError("database is locked"), Failure.AWAY),
        (exceptions.StringDataRightTruncationError("long"), Failure.UNFIT),
        (exceptions.CharacterNotInRepertoireError("NUL"), Failure.UNFIT),
        (exceptions.DataError("value out of int32 range"), Failure.UNFIT),
        (OverflowError("too large for SQLite"), Failure.UNFIT),
        (exceptions.UniqueViolationError("twice"), None),
        (exceptions.RaiseError("journal is append-only"), None),
        (exceptions.UndefinedColumnError("ours"), None),
        (ZeroDivisionError(), None),
    ],
)
def test_an_error_means(problem: Exception, failure: Failure | None) -> None:
    assert failure_of(problem) is failure
    adapted = RuntimeError()
    adapted.__cause__ = problem  # as SQLAlchemy's adapter raises it
    assert failure_of(adapted) is failure
