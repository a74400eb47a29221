"""A court that tries broadcasts before it has chosen a policy: for some weeks, no longer [pure].

Without a policy nobody is asked before a broadcast, so that somebody must have ordered it, by name,
with a reason and an end (rule B-01: nothing goes on the air that nobody has allowed).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from server.errors import Conflict, Invalid
from server.hearings.model import day_of

MOST_DAYS: Final = 92
LONGEST_REASON: Final = 400


@dataclass(frozen=True, slots=True)
class Pilot:
    """A pilot as it was ordered. The newest of a court counts; to end one is to order its end now.

    ``began_at`` is when the court's first one was ordered: all of them together have 92 days.
    """

    id: str
    court: str
    ends_at: datetime
    reason: str
    ordered_by: str
    ordered_at: datetime
    began_at: datetime

    def runs(self, now: datetime) -> bool:
        """Tell whether broadcasts may start under it now."""
        return now < self.ends_at


def last_day_of(began_at: datetime, zone: str) -> date:
    """Return the last day that a court's pilots may have; ``zone`` is an IANA name."""
    return began_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=MOST_DAYS - 1)


def end_of(last_day: date, zone: str) -> datetime:
    """Return when that day is over at the court."""
    return day_of(last_day, zone)[1]


def must_be_bounded(last_day: date, began_at: datetime, now: datetime, zone: str) -> None:
    """Raise ``Invalid`` for a last day that is over, or too far away."""
    latest = last_day_of(began_at, zone)
    today = now.astimezone(ZoneInfo(zone)).date()
    if latest < today:
        raise Conflict(
            "The pilots of this court have had their %(days)s days: choose a policy.",
            days=MOST_DAYS,
        )
    if not today <= last_day <= latest:
        raise Invalid(
            "The last day of this pilot is from %(first)s to %(latest)s.",
            field="last_day",
            first=today.isoformat(),
            latest=latest.isoformat(),
        )
