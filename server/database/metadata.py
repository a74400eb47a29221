"""The tables' common ground: metadata with named constraints, and the type of times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, MetaData
from sqlalchemy.types import TypeDecorator, TypeEngine

HIGHEST_INTEGER = 2**31 - 1
"""Of a column of numbers: PostgreSQL does not even look for a higher one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Named, because a migration can only change a constraint that has a name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def to_microseconds(at: datetime) -> int:
    """Return Unix microseconds of an aware time, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """Return the aware UTC time of Unix microseconds, exactly."""
    return _EPOCH + value * _MICROSECOND


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time, stored as Unix microseconds: the same in every database, sorts right."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = BigInteger
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Store; a naive time is a bug of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone")
        return to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read."""
        return None if value is None else from_microseconds(value)
