"""Time zones that an iCalendar file brings along (VTIMEZONE, RFC 5545 §3.6.5) [pure]."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.errors import Invalid

_OFFSET: Final = re.compile(r"([+-])(\d{2})(\d{2})(?:\d{2})?")
_BY_DAY: Final = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STAMP: Final = "%Y%m%dT%H%M%S"
MOST_OBSERVANCES: Final = 50  # of a zone


@dataclass(frozen=True, slots=True)
class Observance:
    """STANDARD or DAYLIGHT: from ``start`` on, each year again by ``rule`` where there is one."""

    start: datetime
    before: timedelta
    after: timedelta
    rule: Mapping[str, str]

    def newest(self, at: datetime) -> datetime | None:
        """Return the last onset up to a local time; None if it had not begun."""
        onsets = [self._of_year(year) for year in (at.year, at.year - 1) if year >= self.start.year]
        return max((one for one in (self.start, *onsets) if one and one <= at), default=None)

    def _of_year(self, year: int) -> datetime | None:
        if not self.rule or self._is_over(year):
            return None
        month = int(self.rule.get("BYMONTH", self.start.month))
        told = _BY_DAY.fullmatch(self.rule.get("BYDAY", ""))
        day = _nth(year, month, int(told[1]), told[2]) if told else self.start.day
        onset = datetime.combine(date(year, month, day), self.start.timetz())
        return onset if onset >= self.start else None

    def _is_over(self, year: int) -> bool:
        until = self.rule.get("UNTIL", "")
        return bool(until) and year > int(until[:4])


@lru_cache(maxsize=4096)
def _nth(year: int, month: int, which: int, name: str) -> int:
    """Return the day of the month of the ``which``-th weekday, from its end if negative."""
    days = [week[_DAYS.index(name)] for week in calendar.monthcalendar(year, month)]
    found = [day for day in days if day]
    return found[which - 1] if which > 0 else found[which]


def observance(values: Mapping[str, str]) -> Observance:
    """Return a STANDARD or DAYLIGHT component; raises ``Invalid`` for rules not known here."""
    rule = dict(part.split("=", 1) for part in values.get("RRULE", "").split(";") if "=" in part)
    try:
        found = Observance(
            datetime.strptime(values["DTSTART"][:15], _STAMP),  # noqa: DTZ007  (local by its nature)
            _offset(values["TZOFFSETFROM"]),
            _offset(values["TZOFFSETTO"]),
            _accepted(rule),
        )
        found.newest(found.start.replace(year=found.start.year + 1, day=1))
    except (KeyError, ValueError, IndexError, OverflowError):
        raise _unknown() from None
    return found


def _accepted(rule: dict[str, str]) -> dict[str, str]:
    """Return a rule that is of the yearly kind; raises ``ValueError``."""
    others = {"BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY"}
    if rule.get("FREQ", "YEARLY") != "YEARLY" or not others.isdisjoint(rule):
        raise ValueError(rule)
    return rule


def _offset(text: str) -> timedelta:
    told = _OFFSET.fullmatch(text)
    if told is None or int(told[2]) > 14 or int(told[3]) > 59:  # noqa: PLR2004
        raise ValueError(text)
    size = timedelta(hours=int(told[2]), minutes=int(told[3]))
    return -size if told[1] == "-" else size


def instant(local: datetime, observances: Iterable[Observance]) -> datetime:
    """Return the instant of a local time by a file's own zone.

    Raises ``Invalid`` for a time that these clocks leave out. Of one that they show twice it is
    the first (RFC 5545 §3.3.5).
    """
    try:
        onsets = [(one.newest(local), one) for one in observances]
    except (ValueError, IndexError):  # a rule that has no day in this year
        raise _unknown() from None
    begun = sorted(
        ((onset, one) for onset, one in onsets if onset is not None), key=lambda its: its[0]
    )
    if not begun:
        raise _unknown()
    onset, holds = begun[-1]
    moved = holds.after - holds.before
    if moved > timedelta() and local < onset + moved:
        raise Invalid("There is no such time: the clocks are put forward over it.")
    return (local - holds.after).replace(tzinfo=UTC)


def known(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, of a local time.

    Raises ``Invalid`` for one that the zone's clocks leave out, or show twice.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    if first.astimezone(zone).replace(tzinfo=None) != local:
        raise Invalid("There is no such time: the clocks are put forward over it.")
    raise Invalid(
        "The clocks show this time twice; write it with its offset, as in 2026-10-25T01:30+01:00."
    )


def zone(name: str, own: Mapping[str, list[Observance]]) -> ZoneInfo | list[Observance]:
    """Return a zone by its name: one that everybody knows, else one of the file's own."""
    try:
        return ZoneInfo(name.lstrip("/"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found = own.get(name)
        if not found:
            raise _unknown() from None
        return found


def _unknown() -> Invalid:
    return Invalid("The file does not say what its time zone is.")
