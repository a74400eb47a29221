"""The year's figures over HTTP: JSON for everybody, detail and CSV for staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from aiohttp import web
from pydantic import BaseModel

from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.approvals.service import APPROVALS
from server.bodies import answer_json
from server.database import DATABASE
from server.openapi import PREFIX, Operation, describe
from server.reader import language_of, say
from server.statistics.export import Cell, csv_text
from server.statistics.figures import MEDIA, Figures, definitions
from server.statistics.service import STATISTICS, HearingFigures, Statistics, by_division
from server.statistics.store import CourtName
from server.wording import marked

_YEAR = r"{year:[12]\d{3}}"
_COLUMNS = (
    marked("Started"),
    marked("Court"),
    marked("Case number"),
    marked("Title"),
    marked("Video"),
    marked("Image-text report"),
)
_DIVISION = marked("Trial division")  # last: the columns before it stay where they were
_MEDIA_NAMES = {
    "live_video": marked("Live video"),
    "replay_video": marked("Replay"),
    "report": marked("Image-text report"),
    "partner": marked("Media partners"),
}
_NUMBERS = (marked("visits"), marked("minutes"), marked("peak"))
_OF_VISITS = ("visits", "watched_minutes", "peak")
_COURT_COLUMNS = (
    marked("Court"),
    marked("Hearings broadcast"),
    marked("Video"),
    marked("Image-text report"),
    *_NUMBERS,
)


class MediumFiguresView(BaseModel):
    """One medium: visits, minutes watched, peak."""

    visits: int
    watched_minutes: int
    peak: int


class FiguresView(BaseModel):
    """Figures of a period. ``visits``, ``watched_minutes`` and ``peak`` are the public's media."""

    hearings: int
    broadcasts_video: int
    broadcasts_text: int
    visits: int
    watched_minutes: int
    peak: int
    media: dict[str, MediumFiguresView]


class CourtFiguresView(FiguresView):
    """Figures of one court."""

    id: str
    name: str


class MonthFiguresView(FiguresView):
    """Figures of one month, as ``2026-11``."""

    month: str


class DefinitionView(BaseModel):
    """What a number means; numbers of different versions must not be compared."""

    code: str
    version: int
    unit: str
    name: str
    definition: str


class YearView(BaseModel):
    """A year as it is published; ``source`` is the digest of what it was made from.

    ``unpublished`` broadcasts are counted as held, and in no figure of viewers: their courts' rules
    keep these from the public.
    """

    year: int
    made_at: datetime
    source: str
    unpublished: int
    total: FiguresView
    courts: list[CourtFiguresView]
    months: list[MonthFiguresView]
    definitions: list[DefinitionView]


class HearingView(BaseModel):
    """A broadcast of the year with its figures."""

    broadcast: str
    court: str
    case_number: str
    title: str
    division: str
    started_at: datetime
    ended_at: datetime | None
    figures: FiguresView


class DivisionFiguresView(FiguresView):
    """Figures of one trial division of a court; of hearings without one ``division`` is empty."""

    court: str
    division: str


class DivisionsView(BaseModel):
    """A year's figures by trial division."""

    year: int
    divisions: list[DivisionFiguresView]


class HearingsView(BaseModel):
    """The broadcasts of a year, by their start."""

    year: int
    hearings: list[HearingView]


def named_court(court: CourtName, language: str) -> str:
    """Return a court's name; where there is no English, the Chinese."""
    return court.name_en if language == "en" and court.name_en else court.name


def _year(request: web.Request) -> int:
    return int(request.match_info["year"])


@describe(Operation("The year's figures, as published", answer=YearView))
@public
async def show_year(request: web.Request) -> web.Response:
    """Show a year."""
    statistics, language = request.app[STATISTICS], language_of(request)
    figures = await statistics.year(_year(request))
    names = await statistics.courts()
    view = YearView(
        year=figures.year,
        made_at=datetime.now(UTC),
        source=figures.source,
        unpublished=figures.unpublished,
        total=FiguresView.model_validate(figures.total.as_json()),
        courts=[
            CourtFiguresView.model_validate(
                {"id": court, "name": named_court(names[court], language), **its.as_json()}
            )
            for court, its in sorted(figures.courts.items())
        ],
        months=[
            MonthFiguresView.model_validate(
                {"month": f"{month // 100}-{month % 100:02d}", **its.as_json()}
            )
            for month, its in sorted(figures.months.items())
        ],
        definitions=[DefinitionView.model_validate(one) for one in definitions(language)],
    )
    return answer_json(view)


def _figures(one: HearingFigures) -> Figures:
    one.figures.hold(one.about.held)
    return one.figures


async def _visible(request: web.Request) -> list[HearingFigures]:
    """Return the broadcasts of the courts whose detail the person may read."""
    courts = person_of(request).courts(Permission.STATISTICS)
    every = await request.app[STATISTICS].hearings(_year(request))
    return [one for one in every if courts is None or one.about.court.id in courts]


@describe(Operation("The year's broadcasts with their figures", answer=HearingsView))
@requires(Permission.STATISTICS)
async def show_hearings(request: web.Request) -> web.Response:
    """Show the table by hearing."""
    view = HearingsView(
        year=_year(request),
        hearings=[
            HearingView(
                broadcast=one.about.held.broadcast,
                court=one.about.court.name,
                case_number=one.about.case_number,
                title=one.about.title,
                division=one.about.division,
                started_at=one.about.started_at,
                ended_at=one.about.ended_at,
                figures=FiguresView.model_validate(_figures(one).as_json()),
            )
            for one in await _visible(request)
        ],
    )
    return answer_json(view)


@describe(Operation("The year's figures by trial division", answer=DivisionsView))
@requires(Permission.STATISTICS)
async def show_divisions(request: web.Request) -> web.Response:
    """Show the figures of each division."""
    view = DivisionsView(
        year=_year(request),
        divisions=[
            DivisionFiguresView.model_validate(
                {"court": court, "division": division, **its.as_json()}
            )
            for (court, division), its in by_division(await _visible(request)).items()
        ],
    )
    return answer_json(view)


@describe(Operation("The year's broadcasts as CSV", media="text/csv"))
@requires(Permission.STATISTICS)
async def export_hearings(request: web.Request) -> web.Response:
    """Give the table by hearing as CSV."""
    columns = [say(request, column) for column in _COLUMNS]
    header = [*columns, *_media_columns(request), say(request, _DIVISION)]
    text = csv_text(header, [_row(one) for one in await _visible(request)])
    return _as_file(text, f"tingbo-{_year(request)}.csv")


@describe(Operation("The year's figures of each court, as CSV", media="text/csv"))
@public
async def export_courts(request: web.Request) -> web.Response:
    """Give the published figures of each court as CSV; visits and minutes are the public's."""
    year = _year(request)
    figures = await request.app[STATISTICS].year(year)
    names = await request.app[STATISTICS].courts()
    header = [say(request, column) for column in _COURT_COLUMNS] + _media_columns(request)
    rows = [
        [named_court(names[court], language_of(request)), *_court_row(its)]
        for court, its in sorted(figures.courts.items())
    ]
    return _as_file(csv_text(header, rows), f"tingbo-{year}-courts.csv")


def _court_row(figures: Figures) -> list[Cell]:
    its = figures.as_json()
    numbers = ("hearings", "broadcasts_video", "broadcasts_text")
    return [its[name] for name in (*numbers, *_OF_VISITS)] + _media_cells(figures)


def _media_columns(request: web.Request) -> list[str]:
    return [
        f"{say(request, _MEDIA_NAMES[medium])}: {say(request, number)}"
        for medium in MEDIA
        for number in _NUMBERS
    ]


def _media_cells(figures: Figures) -> list[Cell]:
    return [figures.media[medium].as_json()[name] for medium in MEDIA for name in _OF_VISITS]


def _as_file(text: str, name: str) -> web.Response:
    return web.Response(
        text=text,
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _row(one: HearingFigures) -> list[Cell]:
    about = one.about
    return [
        about.started_at.isoformat(timespec="seconds"),
        about.court.name,
        about.case_number,
        about.title,
        int(about.held.has_video),
        int(about.held.has_text),
        *_media_cells(one.figures),
        about.division,
    ]


async def _counted(app: web.Application) -> AsyncIterator[None]:
    app[STATISTICS] = Statistics(app[DATABASE], app[APPROVALS].policies)
    yield


def setup(app: web.Application) -> None:
    """Publish the year's figures; needs the database."""
    app.cleanup_ctx.append(_counted)
    year = f"{PREFIX}/statistics/{_YEAR}"
    app.router.add_get(year, show_year)
    app.router.add_get(f"{year}.csv", export_hearings)
    app.router.add_get(f"{year}/divisions", show_divisions)
    app.router.add_get(f"{year}/hearings", show_hearings)
    app.router.add_get(f"{year}/courts.csv", export_courts)
