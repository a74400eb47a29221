"""Times and numbers as a reader of a page sees them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from server.translation import Language

_FORMS: dict[Language, str] = {"zh-CN": "y年M月d日 EEEE HH:mm", "en": "EEEE, d MMMM y, HH:mm"}
_SHORT: dict[Language, str] = {"zh-CN": "M月d日 EEE HH:mm", "en": "EEE d MMM, HH:mm"}


def locale(language: Language) -> str:
    """Return Babel's name of a language."""
    return language.replace("-", "_")


def day_and_time(at: datetime, zone: str, language: Language, *, short: bool = False) -> str:
    """Return date, weekday and time of day in the court's time zone."""
    form = (_SHORT if short else _FORMS)[language]
    return format_datetime(at, form, tzinfo=ZoneInfo(zone), locale=locale(language))


def day(at: datetime, zone: str, language: Language) -> str:
    """Return date and weekday in the court's time zone."""
    form = {"zh-CN": "y年M月d日 EEEE", "en": "EEEE, d MMMM y"}[language]
    return format_date(at.astimezone(ZoneInfo(zone)), form, locale=locale(language))


def clock(at: datetime | str, zone: str, *, seconds: bool = True) -> str:
    """Return the time of day in the court's time zone, 24 hours."""
    return _local(at, zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def stamp(at: datetime | str, zone: str) -> str:
    """Return date and time as in a court record."""
    return _local(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def milliseconds(at: datetime | str) -> int:
    """Return Unix milliseconds."""
    return round(_moment(at).timestamp() * 1000)


def duration(seconds: float, language: Language) -> str:
    """Return a duration in words: ``10 s``, ``1 min 30 s``, ``30 min``."""
    second, minute = {"zh-CN": ("秒", "分"), "en": ("s", "min")}[language]
    minutes, rest = divmod(max(0, round(seconds)), 60)
    parts = [f"{minutes} {minute}"] if minutes else []
    if rest or not minutes:
        parts.append(f"{rest} {second}")
    return " ".join(parts)


def number(value: float, language: Language) -> str:
    """Return a number with the language's separators."""
    return str(format_decimal(value, locale=locale(language)))


def _moment(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def _local(at: datetime | str, zone: str) -> datetime:
    return _moment(at).astimezone(ZoneInfo(zone))
