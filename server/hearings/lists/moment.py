"""When a hearing of a list is: days and times as courts write them, in the court's zone [pure]."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from server.errors import Invalid
from server.hearings.lists.sheet import Cell
from server.hearings.lists.zones import known
from server.wording import marked

_EXCEL_DAY_0: Final = date(1899, 12, 30)  # of days from March 1900 on
_EXCEL_DAYS: Final = (61, 2_958_465)  # 1900-03-01 to 9999-12-31
_MOMENT: Final = re.compile(
    r"(?:(?P<year>\d{4})\s?(?:-|/|\.|年)\s?(?P<month>\d{1,2})\s?(?:-|/|\.|月)\s?(?P<day>\d{1,2})\s?日?)?"
    r"(?:\s?(?:星期|周)[一二三四五六日天])?"
    r"(?:[\sT]?(?P<half>上午|下午|中午|AM|PM)?\s?"
    r"(?P<hour>\d{1,2})\s?(?::|时|点)\s?(?P<minute>\d{1,2})?(?::(?P<second>\d{2})|分)?"
    r"(?:\s?(?P<half_after>AM|PM))?"
    r"(?P<offset>Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_LONGEST: Final = 40
_WORDS = marked("A day and a time, as in 2026-11-23 09:30.")
_AFTER_NOON = frozenset({"下午", "pm"})
_NOON = 12


def moment(day: Cell | None, at: Cell, zone: ZoneInfo, day_offset: int = 0) -> datetime:
    """Return the instant, in UTC; ``day`` may be missing where ``at`` says it too.

    Numbers are Excel's days from 1900 with ``day_offset`` added, their fraction the time. A time
    without an offset is the court's; one that its clocks leave out, or show twice, is refused.
    Raises ``Invalid`` with a sentence for the reader.
    """
    if isinstance(at, datetime):
        return at.astimezone(UTC) if at.tzinfo else known(at, zone)
    own_day, its_time, offset = _read(at, day_offset)
    if day is not None and day != "":
        other_day, other_time, _ = _read(day, day_offset)
        if own_day is not None and other_day is not None and own_day != other_day:
            raise Invalid("Two different days are given.")
        own_day, its_time = own_day or other_day, its_time or other_time
    if own_day is None or its_time is None:
        raise Invalid(_WORDS)
    local = datetime.combine(own_day, its_time)
    if offset is not None:
        return (local - offset).replace(tzinfo=UTC)
    return known(local, zone)


_Read = tuple[date | None, time | None, timedelta | None]


def _read(cell: Cell, day_offset: int) -> _Read:
    if isinstance(cell, datetime):  # only iCalendar has them, and no day beside
        raise Invalid(_WORDS)
    return _serial(cell, day_offset) if isinstance(cell, float) else _text(cell)


def _serial(value: float, day_offset: int) -> _Read:
    if not math.isfinite(value) or value < 0:
        raise Invalid(_WORDS)
    days = math.floor(value)
    seconds = round((value - days) * 86400)
    if seconds == 86400:  # noqa: PLR2004  (a day: half a second before midnight is rounded)
        days, seconds = days + 1, 0
    at = (datetime.combine(_EXCEL_DAY_0, time()) + timedelta(seconds=seconds)).timetz()
    if days == 0:
        return None, at, None
    days += day_offset
    if not _EXCEL_DAYS[0] <= days <= _EXCEL_DAYS[1]:
        raise Invalid(_WORDS)
    # Without a fraction it is a day alone: no hearing begins at midnight.
    return _EXCEL_DAY_0 + timedelta(days=days), at if seconds else None, None


def _text(text: str) -> _Read:
    line = " ".join(unicodedata.normalize("NFKC", text).split())
    found = _MOMENT.fullmatch(line) if 0 < len(line) <= _LONGEST else None
    if found is None:
        raise Invalid(_WORDS)
    try:
        return _day(found), _time(found), _offset(found["offset"])
    except ValueError:
        raise Invalid(_WORDS) from None


def _day(found: re.Match[str]) -> date | None:
    if found["year"] is None:
        return None
    return date(int(found["year"]), int(found["month"]), int(found["day"]))


def _time(found: re.Match[str]) -> time | None:
    if found["hour"] is None:
        return None
    hour = int(found["hour"])
    half = (found["half"] or found["half_after"] or "").lower()
    if half and hour > _NOON and half not in _AFTER_NOON:
        raise ValueError(half)
    if half in _AFTER_NOON and hour < _NOON:
        hour += _NOON
    elif half == "am" and hour == _NOON:
        hour = 0
    return time(hour, int(found["minute"] or 0), int(found["second"] or 0))


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if text in "Zz":
        return timedelta()
    sign = -1 if text[0] == "-" else 1
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:  # noqa: PLR2004
        raise ValueError(text)
    return sign * timedelta(hours=hours, minutes=minutes)
