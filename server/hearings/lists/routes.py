"""Importing a list of hearings over HTTP: first what it would change, then the change itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Final

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.bodies import Body, answer_json, read_query
from server.courts.divisions import DIVISIONS
from server.courts.service import COURTS
from server.database import DATABASE
from server.errors import FieldProblem, Invalid, TooLarge
from server.hearings.lists.plan import Step
from server.hearings.lists.reading import MOST_BYTES
from server.hearings.lists.service import LISTS, Lists, Looked
from server.hearings.service import HEARINGS
from server.openapi import PREFIX, Operation, describe
from server.reader import language_of
from server.translation import Language, gettext

MOST_TOLD: Final = 500  # wrong cells; who has more has sent another kind of file


class Confirmed(Body):
    """``plan`` is the digest of a look, which is done then; without it nothing is changed."""

    plan: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class WrongView(BaseModel):
    """What is wrong with a cell. ``heading`` is the column's in the file, ``field`` our name."""

    row: int
    field: str
    heading: str
    message: str


class ChangeView(BaseModel):
    """A field that is changed; a judge and a division by their names."""

    field: str
    before: str
    after: str


class StepView(BaseModel):
    """What becomes of a row: ``add``, ``change`` or ``same``. ``parties`` are entered."""

    row: int
    act: str
    case_number: str
    title: str
    courtroom: str
    scheduled_at: datetime
    changes: list[ChangeView]
    parties: int


class ListView(BaseModel):
    """What a list changes. With ``wrong`` cells it can change nothing.

    ``plan`` confirms it; ``done`` tells that it has been done. ``ignored`` are columns that mean
    nothing here.
    """

    plan: str
    done: bool
    add: int
    change: int
    same: int
    wrong_count: int
    wrong: list[WrongView]
    ignored: list[str]
    rows: list[StepView]


def list_view(looked: Looked, language: Language, *, done: bool) -> ListView:
    """Return what the reader sees of a look."""
    acts = Counter(one.act for one in looked.steps)
    return ListView(
        plan=looked.digest,
        done=done,
        add=acts["add"],
        change=acts["change"],
        same=acts["same"],
        wrong_count=len(looked.wrong),
        wrong=[
            WrongView(
                row=one.row,
                field=one.field,
                heading=looked.sheet.headings.get(one.field, ""),
                message=gettext(language, one.text, **one.values),
            )
            for one in looked.wrong[:MOST_TOLD]
        ],
        ignored=list(looked.sheet.ignored),
        rows=[_step_view(one, looked) for one in looked.steps],
    )


def _step_view(step: Step, looked: Looked) -> StepView:
    its = step.entry
    return StepView(
        row=its.row,
        act=step.act,
        case_number=its.case_number,
        title=step.new_hearing().title,
        courtroom=looked.names[its.courtroom],
        scheduled_at=its.scheduled_at,
        changes=[
            ChangeView(
                field=one.field,
                before=looked.names.get(one.before, one.before),
                after=looked.names.get(one.after, one.after),
            )
            for one in step.changes
        ],
        parties=len(step.parties),
    )


@describe(
    Operation(
        "Look at a list of hearings (CSV, XLSX or iCalendar), or take it over",
        query=Confirmed,
        answer=ListView,
        body_media="application/octet-stream",
        problems=(404, 409, 413, 422, 503),
    )
)
@requires(Permission.SCHEDULE)
async def import_list(request: web.Request) -> web.Response:
    """Tell what a list would change; with the digest of what was told, change it."""
    court, by, language = request.match_info["court"], person_of(request), language_of(request)
    by.must(Permission.SCHEDULE, court)  # before a stranger's file is looked at
    confirmed = read_query(request, Confirmed).plan
    looked = await request.app[LISTS].look(court, await _file(request), by)
    if confirmed is None:
        return answer_json(list_view(looked, language, done=False))
    if looked.wrong:
        raise Invalid(
            "The list has wrong cells; nothing of it was taken over.",
            problems=[
                FieldProblem(f"{one.row}.{one.field}", "invalid", one.text, dict(one.values))
                for one in looked.wrong[:MOST_TOLD]
            ],
        )
    await request.app[LISTS].take_over(court, looked, confirmed, by)
    return answer_json(list_view(looked, language, done=True))


async def _file(request: web.Request) -> bytes:
    """Return the file that is the body, and never hold more than a list may have."""
    data = bytearray()
    async for piece in request.content.iter_chunked(65536):
        data += piece
        if len(data) > MOST_BYTES:
            raise TooLarge("A list has at most 2 MiB.")
    if not data:
        raise Invalid("The file is empty.", field="file")
    return bytes(data)


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[LISTS] = Lists(app[DATABASE], app[COURTS], app[DIVISIONS], app[HEARINGS])
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    app.router.add_post(f"{PREFIX}/courts/{{court}}/hearing-list", import_list)
