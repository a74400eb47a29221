"""Which day a statement is entered under, and which days are over, by a court's calendar [pure].

Days follow one another by the calendar, whatever the clock does: an hour that summer time takes or
gives, a clock that is set back or a court that moves to another time zone leaves out no day and
makes none twice.
"""

from __future__ import annotations

from datetime import date, timedelta

from server.audience.calendar import from_us, zone

# What was decided before midnight may be written a moment after it.
GRACE_US = 5 * 60 * 1_000_000
MOST_AT_ONCE = 400
# A day that is not signed so long after it was over waits for somebody.
LATE_US = 60 * 60 * 1_000_000
_DAY = timedelta(days=1)


class ClockDoubtful(Exception):
    """So many days would be over at once that the clock is more likely wrong than the service."""


def day_of(at_us: int, place: str) -> date:
    """Return the date at a time in a time zone."""
    return from_us(at_us).astimezone(zone(place)).date()


def entry_day(now_us: int, place: str, last_closed: date | None) -> date:
    """Return the day that a new statement is entered under: today, but never one that is signed."""
    today = day_of(now_us, place)
    return today if last_closed is None else max(today, last_closed + _DAY)


def days_to_close(now_us: int, place: str, last_closed: date | None, first: date) -> list[date]:
    """Return the days that are over and not signed yet, in order; ``first`` is the chain's first.

    Raises ``ClockDoubtful`` if they are more than ``MOST_AT_ONCE``.
    """
    begin = first if last_closed is None else last_closed + _DAY
    count = _over(now_us - GRACE_US, place, begin)
    if count > MOST_AT_ONCE:
        raise ClockDoubtful(f"{count} days since {begin}")
    return [begin + number * _DAY for number in range(count)]


def days_late(now_us: int, place: str, last_closed: date | None, first: date) -> int:
    """Return how many days should have been signed an hour ago and are not."""
    begin = first if last_closed is None else last_closed + _DAY
    return _over(now_us - LATE_US, place, begin)


def _over(at_us: int, place: str, begin: date) -> int:
    """Return the number of days since ``begin`` that are over."""
    return max((day_of(at_us, place) - begin).days, 0)
