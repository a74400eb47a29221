"""The year's figures as a page, for the public and for the court."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from babel.dates import format_date

from server.errors import NotFound
from server.pages.times import locale
from server.request_keys import LANGUAGE
from server.security import SETTINGS
from server.statistics.figures import MEDIA, YearFigures, definitions
from server.statistics.routes import named_court
from server.statistics.service import STATISTICS
from server.translation import Language

FIRST_YEAR = 2010
MOST_YEARS = 6


def asked_year(request: web.Request) -> int:
    """Return the year of the address, the present one (in the court's zone) if it names none."""
    present = _present_year(request)
    year = int(request.match_info.get("year") or present)
    if not FIRST_YEAR <= year <= present:
        raise NotFound
    return year


async def figures_of(request: web.Request, base: str) -> dict[str, Any]:
    """Return what the figures' template needs; ``base`` is the address without the year."""
    year = asked_year(request)
    language: Language = request[LANGUAGE]
    figures = await request.app[STATISTICS].year(year)
    names = await request.app[STATISTICS].courts()
    present = _present_year(request)
    return {
        "year": year,
        "years": range(present, max(FIRST_YEAR, present - MOST_YEARS), -1),
        "base": base,
        "total": figures.total.as_json(),
        "unpublished": figures.unpublished,
        "months": _months(figures, language),
        "courts": [
            {"name": named_court(names[court], language), "figures": its.as_json()}
            for court, its in sorted(figures.courts.items())
        ],
        "media_names": MEDIA,
        "definitions": definitions(language),
    }


def _months(figures: YearFigures, language: Language) -> list[dict[str, Any]]:
    return [
        {
            "name": format_date(date(month // 100, month % 100, 1), "LLL", locale=locale(language)),
            "figures": its.as_json(),
        }
        for month, its in sorted(figures.months.items())
    ]


def _present_year(request: web.Request) -> int:
    return datetime.now(UTC).astimezone(ZoneInfo(request.app[SETTINGS].time_zone)).year
