"""The year's figures as they are published, and the staff's table by hearing."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from server.approvals.policies import PolicyService
from server.database import Database
from server.statistics.figures import Figures, YearFigures, year_figures
from server.statistics.store import CourtName, Listed, court_names, listed, totals_of

# A page that many open must not add up the year for each of them.
PUBLISHED_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class HearingFigures:
    """A broadcast of the year with its own figures, of that year."""

    about: Listed
    figures: Figures


class Statistics:
    """Adds up totals; one per server process."""

    def __init__(self, database: Database, policies: PolicyService) -> None:
        self._database = database
        self._policies = policies
        self._years: dict[int, tuple[float, YearFigures]] = {}

    async def year(self, year: int) -> YearFigures:
        """Return the figures of a year as they are published, at most a second old."""
        now = time.monotonic()
        at, figures = self._years.get(year, (float("-inf"), None))
        if figures is not None and now - at < PUBLISHED_SECONDS:
            return figures
        publicity = await self._policies.publicity()
        async with self._database.read() as connection:
            held = [one.held for one in await listed(connection, year)]
            rows = await totals_of(connection, year)
        figures = year_figures(year, held, rows, publicity.is_silent)
        self._years = {its: known for its, known in self._years.items() if now - known[0] < 60}  # noqa: PLR2004
        self._years[year] = (now, figures)
        return figures

    async def courts(self) -> dict[str, CourtName]:
        """Return the courts by id."""
        async with self._database.read() as connection:
            return await court_names(connection)

    async def hearings(self, year: int) -> list[HearingFigures]:
        """Return the broadcasts that started in the year, each with its figures of the year."""
        async with self._database.read() as connection:
            broadcasts = await listed(connection, year)
            rows = await totals_of(connection, year)
        by_broadcast: dict[str, Figures] = {}
        for row in rows:
            by_broadcast.setdefault(row.broadcast, Figures()).add(row)
        return [
            HearingFigures(about, by_broadcast.get(about.held.broadcast, Figures()))
            for about in broadcasts
        ]


def by_division(found: Iterable[HearingFigures]) -> dict[tuple[str, str], Figures]:
    """Add up broadcasts by the names of their court and trial division, in that order."""
    sums: dict[tuple[str, str], Figures] = {}
    for one in found:
        its = sums.setdefault((one.about.court.name, one.about.division), Figures())
        its.hold(one.about.held)
        its.join(one.figures)
    return dict(sorted(sums.items()))


STATISTICS: web.AppKey[Statistics] = web.AppKey("statistics", Statistics)
