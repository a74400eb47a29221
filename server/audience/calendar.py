"""Which month of the court's own calendar a moment belongs to [pure].

A month is the number ``year * 100 + month``; the court's time zone decides, not the server's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_BREAK = timedelta(hours=4)
DEFAULT_ZONE = "Asia/Shanghai"


def to_us(at: datetime) -> int:
    """Return an aware time as Unix microseconds, exactly."""
    return (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """Return Unix microseconds as an aware UTC time, exactly."""
    return EPOCH + us * MICROSECOND


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return a time zone; one that nobody knows counts as the default."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(DEFAULT_ZONE)


def local_month(name: str) -> Callable[[int], int]:
    """Return the function from Unix microseconds to the month in a time zone."""
    place = zone(name)

    def month_of(us: int) -> int:
        local = from_us(us).astimezone(place)
        return local.year * 100 + local.month

    return month_of


def hashing_day(at: datetime, name: str = DEFAULT_ZONE) -> str:
    """Return the day for which a viewer's hash holds; it changes at four, when courts sleep."""
    return (at.astimezone(zone(name)) - DAY_BREAK).date().isoformat()
