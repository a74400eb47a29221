"""Trial divisions over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.bodies import Body, answer_json, read_json
from server.courts.divisions import DIVISIONS, Divisions
from server.courts.model import Division
from server.courts.service import COURTS
from server.database import DATABASE
from server.openapi import PREFIX, Operation, describe


class NewDivision(Body):
    """A division to be added, as 民事审判第一庭."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    name_en: Annotated[str, Field(max_length=120)] = ""


class DivisionView(BaseModel):
    """A trial division of a court; ``closed_at``: no hearing is entered for it since then."""

    id: str
    court: str
    name: str
    name_en: str
    closed_at: datetime | None = None


class DivisionList(BaseModel):
    """The divisions of a court by name."""

    divisions: list[DivisionView]


def division_view(one: Division) -> DivisionView:
    """Return what staff sees of a division."""
    return DivisionView.model_validate(one, from_attributes=True)


@describe(Operation("A court's trial divisions", answer=DivisionList, problems=(404,)))
@requires(Permission.CALENDAR)
async def list_divisions(request: web.Request) -> web.Response:
    """List a court's divisions."""
    court = await request.app[COURTS].court(request.match_info["court"])
    person_of(request).must(Permission.CALENDAR, court.id)
    found = await request.app[DIVISIONS].all(court.id)
    return answer_json(DivisionList(divisions=[division_view(one) for one in found]))


@describe(
    Operation(
        "Add a trial division",
        body=NewDivision,
        answer=DivisionView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.ADMINISTER)
async def add_division(request: web.Request) -> web.Response:
    """Add a division to a court, or open again the one of this name that was closed."""
    new = await read_json(request, NewDivision)
    division = Division("", request.match_info["court"], new.name, new.name_en)
    made = await request.app[DIVISIONS].add(division, person_of(request))
    return answer_json(division_view(made), status=201)


@describe(Operation("Close a trial division", status=204, problems=(404,)))
@requires(Permission.ADMINISTER)
async def close_division(request: web.Request) -> web.Response:
    """Enter no hearing for a division any more; what is its own stays its own."""
    where = request.match_info
    await request.app[DIVISIONS].close(where["court"], where["division"], person_of(request))
    return web.Response(status=204)


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[DIVISIONS] = Divisions(app[DATABASE], app[COURTS])
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service; after the courts'."""
    app.cleanup_ctx.append(_service)
    app.router.add_get(f"{PREFIX}/courts/{{court}}/divisions", list_divisions)
    app.router.add_post(f"{PREFIX}/courts/{{court}}/divisions", add_division)
    app.router.add_delete(f"{PREFIX}/courts/{{court}}/divisions/{{division}}", close_division)
