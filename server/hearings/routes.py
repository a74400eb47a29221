"""The calendar over HTTP, for staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.bodies import Body, Moment, answer_json, read_json, read_query
from server.courts.divisions import DIVISIONS
from server.courts.service import COURTS
from server.database import DATABASE
from server.errors import Invalid
from server.hearings.announcements import routes as announcements
from server.hearings.case_number import LONGEST
from server.hearings.lists import routes as lists
from server.hearings.model import Hearing, Nature, NewHearing, When
from server.hearings.participants import routes as participants
from server.hearings.service import HEARINGS, HearingService
from server.openapi import PREFIX, Operation, describe
from server.security import SETTINGS

Title = Annotated[str, Field(min_length=1, max_length=200)]


class HearingEntry(Body):
    """A hearing to be put into the calendar. Without ``nature`` it is what the number says.

    ``judge`` is the id of the person who presides. With ``state_secret`` nothing is entered at all.
    """

    case_number: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    courtroom: Annotated[str, Field(min_length=1, max_length=32)]
    title: Title
    title_en: Annotated[str, Field(max_length=200)] = ""
    cause: Annotated[str, Field(max_length=120)] = ""
    scheduled_at: Moment
    nature: Nature = "other"
    judge: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    division: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    state_secret: bool = False


class HearingChange(Body):
    """What shall change of a hearing. An approval of what it was is void then (rule B-04)."""

    courtroom: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    judge: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    division: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    scheduled_at: Moment | None = None
    nature: Nature | None = None
    cause: Annotated[str, Field(max_length=120)] | None = None
    title: Title | None = None
    title_en: Annotated[str, Field(max_length=200)] | None = None


class HearingView(BaseModel):
    """A hearing in the calendar; ``cancelled_at``: it was called off then."""

    id: str
    title: str
    title_en: str
    case_number: str
    cause: str
    court: str
    court_name: str
    courtroom: str
    courtroom_name: str
    scheduled_at: datetime
    nature: str
    judge: str | None
    division: str | None
    cancelled_at: datetime | None


class Calendar(BaseModel):
    """Hearings in order of their time."""

    hearings: list[HearingView]


class Asked(Body):
    """Which hearings."""

    when: When = "today"
    court: Annotated[str, Field(max_length=32)] | None = None


def hearing_view(hearing: Hearing) -> HearingView:
    """Return what staff sees of a hearing."""
    names = HearingView.model_fields
    return HearingView(**{name: getattr(hearing, name) for name in names})


@describe(Operation("The calendar", query=Asked, answer=Calendar, problems=(404, 422)))
@requires(Permission.CALENDAR)
async def list_hearings(request: web.Request) -> web.Response:
    """List the hearings of the courts at which the person works."""
    asked, reader = read_query(request, Asked), person_of(request)
    found = await request.app[HEARINGS].calendar(asked.when, asked.court)
    shown = [one for one in found if reader.may(Permission.CALENDAR, one.court)]
    return answer_json(Calendar(hearings=[hearing_view(one) for one in shown]))


@describe(
    Operation("Add a hearing", body=HearingEntry, answer=HearingView, status=201, problems=(404,))
)
@requires(Permission.SCHEDULE)
async def add_hearing(request: web.Request) -> web.Response:
    """Put a hearing into the calendar."""
    entry = await read_json(request, HearingEntry)
    if entry.state_secret:  # rule B-42: nothing of it is stored, not even that it was tried
        raise Invalid("What touches a state secret is not entered here.", field="state_secret")
    values = entry.model_dump(exclude={"state_secret"})
    values["scheduled_at"] = entry.scheduled_at.astimezone(UTC)
    hearing = await request.app[HEARINGS].add(NewHearing(**values), person_of(request))
    return answer_json(hearing_view(hearing), status=201)


@describe(
    Operation("Change a hearing", body=HearingChange, answer=HearingView, problems=(404, 409))
)
@requires(Permission.SCHEDULE)
async def change_hearing(request: web.Request) -> web.Response:
    """Change a hearing in the calendar."""
    given = await read_json(request, HearingChange)
    changes = given.model_dump(exclude_unset=True, exclude_none=True)
    if given.scheduled_at is not None:
        changes["scheduled_at"] = given.scheduled_at.astimezone(UTC)
    hearing = await request.app[HEARINGS].change(
        request.match_info["hearing"], changes, person_of(request)
    )
    return answer_json(hearing_view(hearing))


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[HEARINGS] = HearingService(
        app[DATABASE], app[COURTS], app[DIVISIONS], app[SETTINGS].time_zone
    )
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    lists.setup(app)
    participants.setup(app)
    announcements.setup(app)
    app.router.add_get(f"{PREFIX}/hearings", list_hearings)
    app.router.add_post(f"{PREFIX}/hearings", add_hearing)
    app.router.add_patch(f"{PREFIX}/hearings/{{hearing}}", change_hearing)
