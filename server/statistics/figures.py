"""The year's figures: totals added up by court, medium and month [pure]."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from server.approvals.policy import Place
from server.audience.counting import MINUTE_US
from server.statistics.metrics import METRICS

MEDIA: Final = ("live_video", "replay_video", "report", "partner")
PUBLIC_MEDIA: Final = ("live_video", "replay_video", "report")


@dataclass(frozen=True, slots=True)
class Held:
    """A broadcast that started, as far as it is counted. ``month`` is of the court's calendar."""

    broadcast: str
    hearing: str
    court: str
    month: int
    has_video: bool
    has_text: bool
    courtroom: str = ""
    policy: str | None = None  # that it began under, as in Place

    @property
    def place(self) -> Place:
        """Where it was, and by which rules."""
        return Place(self.court, self.courtroom, self.policy)


@dataclass(frozen=True, slots=True)
class Total:
    """A row of the totals: one broadcast, medium and month."""

    broadcast: str
    court: str
    medium: str
    month: int
    visits: int
    watched_us: int
    peak: int
    courtroom: str = ""
    policy: str | None = None  # that it began under, as in Place

    @property
    def place(self) -> Place:
        """Where it was, and by which rules."""
        return Place(self.court, self.courtroom, self.policy)


@dataclass(slots=True)
class MediumFigures:
    """Visits, minutes and peak of one medium."""

    visits: int = 0
    watched_us: int = 0
    peak: int = 0

    def add(self, total: Total) -> None:
        """Add a row; of peaks the highest stays."""
        self.visits += total.visits
        self.watched_us += total.watched_us
        self.peak = max(self.peak, total.peak)

    def as_json(self) -> dict[str, int]:
        """Return the figures as published."""
        return {
            "visits": self.visits,
            "watched_minutes": self.watched_us // MINUTE_US,
            "peak": self.peak,
        }


@dataclass(slots=True)
class Figures:
    """Everything that is published about one period and one court (or all)."""

    hearings: set[str] = field(default_factory=set)
    video: set[str] = field(default_factory=set)
    text: set[str] = field(default_factory=set)
    media: dict[str, MediumFigures] = field(
        default_factory=lambda: {medium: MediumFigures() for medium in MEDIA}
    )

    def hold(self, held: Held) -> None:
        """Count a broadcast: its hearing once, and once in each medium."""
        self.hearings.add(held.hearing)
        if held.has_video:
            self.video.add(held.hearing)
        if held.has_text:
            self.text.add(held.hearing)

    def add(self, total: Total) -> None:
        """Add a row of the totals."""
        self.media.setdefault(total.medium, MediumFigures()).add(total)

    def join(self, others: Figures) -> None:
        """Add what was counted of other broadcasts."""
        for medium, its in others.media.items():
            mine = self.media.setdefault(medium, MediumFigures())
            mine.visits += its.visits
            mine.watched_us += its.watched_us
            mine.peak = max(mine.peak, its.peak)

    def as_json(self) -> dict[str, Any]:
        """Return the figures as published; visits and minutes are the public's."""
        public = [self.media[medium] for medium in PUBLIC_MEDIA]
        return {
            "hearings": len(self.hearings),
            "broadcasts_video": len(self.video),
            "broadcasts_text": len(self.text),
            "visits": sum(one.visits for one in public),
            "watched_minutes": sum(one.watched_us for one in public) // MINUTE_US,
            "peak": max(one.peak for one in public),
            "media": {medium: figures.as_json() for medium, figures in self.media.items()},
        }


@dataclass(frozen=True, slots=True)
class YearFigures:
    """A year: all courts together, each court, each month.

    ``unpublished``: broadcasts of which the public is told no figures of viewers.
    """

    year: int
    total: Figures
    courts: dict[str, Figures]
    months: dict[int, Figures]
    source: str
    unpublished: int = 0


def year_figures(
    year: int,
    held: Iterable[Held],
    totals: Iterable[Total],
    is_silent: Callable[[Place], bool] = lambda _where: False,
) -> YearFigures:
    """Add up the year; rows of other years are left out.

    ``is_silent`` tells whether figures of a hearing's viewers are kept from the public. Such
    broadcasts are counted as held, and in no sum of visits, minutes and peaks; how many they are is
    ``unpublished``.
    """
    ours = [row for row in held if row.month // 100 == year]
    rows = [row for row in totals if row.month // 100 == year and not is_silent(row.place)]
    total = Figures()
    courts: dict[str, Figures] = {}
    months = {year * 100 + month: Figures() for month in range(1, 13)}
    for its in ours:
        for figures in (total, courts.setdefault(its.court, Figures()), months[its.month]):
            figures.hold(its)
    for row in rows:
        for figures in (total, courts.setdefault(row.court, Figures()), months[row.month]):
            figures.add(row)
    unpublished = sum(is_silent(one.place) for one in ours)
    return YearFigures(year, total, courts, months, source_digest(ours, rows), unpublished)


def source_digest(held: Sequence[Held], totals: Sequence[Total]) -> str:
    """Return the digest of what the figures were made from: equal sources, equal digest."""
    source = [
        sorted([one.broadcast, one.hearing, one.court, one.month, one.has_video, one.has_text]
               for one in held),
        sorted([one.broadcast, one.medium, one.month, one.visits, one.watched_us, one.peak]
               for one in totals if one.visits or one.watched_us or one.peak),
    ]  # fmt: skip
    text = json.dumps(source, separators=(",", ":")).encode()
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def definitions(language: str) -> list[dict[str, Any]]:
    """Return the definitions as they are printed with the numbers."""
    is_chinese = language.startswith("zh")
    return [
        {
            "code": metric.code,
            "version": metric.version,
            "unit": metric.unit,
            "name": metric.zh if is_chinese else metric.en,
            "definition": metric.definition_zh if is_chinese else metric.definition_en,
        }
        for metric in METRICS.values()
    ]
