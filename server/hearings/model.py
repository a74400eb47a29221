"""Hearings and the calendar's days [pure]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

When = Literal["past", "today", "future"]
Nature = Literal["civil", "criminal", "administrative", "other"]
ChangeKind = Literal["cancelled", "adjourned"]


@dataclass(frozen=True, slots=True)
class Hearing:
    """A hearing with what the calendar shows of its case and its place.

    ``cancelled_at``: it was called off then (cancelled, or adjourned to a time not known yet).
    ``judge`` is the person who presides, as far as it is known; ``nature`` that of the case;
    ``division`` the trial division whose hearing it is.
    """

    id: str
    title: str
    title_en: str
    case_number: str
    cause: str
    court: str
    court_name: str
    court_name_en: str
    time_zone: str
    courtroom: str
    courtroom_name: str
    courtroom_name_en: str
    scheduled_at: datetime
    cancelled_at: datetime | None
    nature: str = "other"
    judge: str | None = None
    division: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """That a hearing does not take place when it was to (``was_at``), and why.

    Adjourned to ``now_at``; None: cancelled, or adjourned to a time that nobody knows yet.
    """

    kind: ChangeKind
    reason: str
    was_at: datetime
    now_at: datetime | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class NewHearing:
    """A hearing to be put into the calendar."""

    case_number: str
    courtroom: str
    title: str
    title_en: str
    cause: str
    scheduled_at: datetime
    nature: Nature = "other"
    judge: str | None = None
    division: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Which hearings of the calendar: of these courts (None: of all), from ``since`` to ``until``.

    ``number`` is a case's, in whatever form; ``division`` a trial division's id; ``after`` is the
    last hearing of the page before.
    """

    courts: frozenset[str] | None
    since: datetime | None = None
    until: datetime | None = None
    number: str = ""
    division: str = ""
    after: tuple[datetime, str] | None = None


def day_of(date: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return when a day of a court's calendar begins and ends."""
    return day(datetime.combine(date, time(12), ZoneInfo(time_zone)), time_zone)


def day(at: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """Return when the court's day around ``at`` begins and ends (it may have 23 or 25 hours)."""
    zone = ZoneInfo(time_zone)
    today = at.astimezone(zone).date()
    begins = datetime.combine(today, time.min, zone)
    ends = datetime.combine(today + timedelta(days=1), time.min, zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)


def when(scheduled_at: datetime, at: datetime, time_zone: str) -> When:
    """Tell whether a hearing is today, before, or after, by the court's own calendar."""
    begins, ends = day(at, time_zone)
    if scheduled_at < begins:
        return "past"
    return "today" if scheduled_at < ends else "future"
