"""Complaints over HTTP: from anybody, throttled; and the court's triage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Literal

from aiohttp import web
from limits import RateLimitItemPerSecond
from pydantic import BaseModel, Field

from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, Moment, answer_json, read_json, read_query
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.complaints.model import LONGEST_CONTACT, LONGEST_TEXT, Complaint, Outcome
from server.complaints.service import COMPLAINTS, ComplaintService
from server.database import DATABASE
from server.openapi import PREFIX, Operation, describe
from server.security import client_address
from server.throttle import Throttle

# Who has been hurt writes once or twice; many may sit behind one router.
PER_ADDRESS = RateLimitItemPerSecond(10, 3600)
THROTTLE: web.AppKey[Throttle] = web.AppKey("complaint_throttle", Throttle)


class ComplaintBody(Body):
    """A complaint: what is wrong, at which court time, and where the answer may go."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    contact: Annotated[str, Field(max_length=LONGEST_CONTACT)] = ""
    moment: Moment | None = None


class Receipt(BaseModel):
    """What whoever complains is told; ``due_at``: when the court will have answered."""

    id: str
    received_at: datetime
    due_at: datetime


class ComplaintsQuery(Body):
    """Which complaints."""

    state: Literal["open", "closed"] = "open"


class ComplaintView(BaseModel):
    """A complaint as the court reads it; ``late``: it was not answered in time."""

    id: str
    broadcast: str
    title: str
    text: str
    contact: str
    moment: datetime | None
    received_at: datetime
    due_at: datetime
    late: bool
    outcome: Outcome | None
    remark: str
    closed_at: datetime | None
    closed_by: str | None


class ComplaintList(BaseModel):
    """Open complaints, the first due first, or closed ones, the last closed first."""

    complaints: list[ComplaintView]


class ClosingBody(Body):
    """What came of a complaint; the remark is for the file."""

    outcome: Outcome
    remark: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""


async def complaint_view(request: web.Request, one: Complaint, about: Broadcast) -> ComplaintView:
    """Return what the court reads of a complaint."""
    name_of = request.app[ACCOUNTS].display_name
    return ComplaintView(
        id=one.id,
        broadcast=one.broadcast,
        title=about.hearing.title,
        text=one.text,
        contact=one.contact,
        moment=one.moment,
        received_at=one.received_at,
        due_at=one.due_at,
        late=one.is_late(datetime.now(UTC)),
        outcome=one.outcome,
        remark=one.remark,
        closed_at=one.closed_at,
        closed_by=await name_of(one.closed_by) if one.closed_by else None,
    )


async def list_views(request: web.Request, *, is_open: bool) -> list[ComplaintView]:
    """Return what the court reads of all complaints."""
    found = await request.app[COMPLAINTS].listed(person_of(request), is_open=is_open)
    return [await complaint_view(request, one, about) for one, about in found]


@describe(
    Operation(
        "Complain of a breach of privacy",
        body=ComplaintBody,
        answer=Receipt,
        status=201,
        problems=(404, 429),
    )
)
@public
async def complain(request: web.Request) -> web.Response:
    """Take a complaint."""
    await request.app[THROTTLE].take(PER_ADDRESS, client_address(request))
    body = await read_json(request, ComplaintBody)
    taken = await request.app[COMPLAINTS].receive(
        request.match_info["broadcast"], body.text, body.contact, body.moment
    )
    receipt = Receipt(id=taken.id, received_at=taken.received_at, due_at=taken.due_at)
    return answer_json(receipt, status=201)


@describe(Operation("Complaints", query=ComplaintsQuery, answer=ComplaintList))
@requires(Permission.WITHDRAW)
async def list_complaints(request: web.Request) -> web.Response:
    """List complaints at the reader's courts."""
    query = read_query(request, ComplaintsQuery)
    views = await list_views(request, is_open=query.state == "open")
    return answer_json(ComplaintList(complaints=views))


@describe(
    Operation("Close a complaint", body=ClosingBody, answer=ComplaintView, problems=(404, 409))
)
@requires(Permission.WITHDRAW)
async def close_complaint(request: web.Request) -> web.Response:
    """Close a complaint."""
    body = await read_json(request, ClosingBody)
    closed = await request.app[COMPLAINTS].close(
        request.match_info["complaint"], body.outcome, body.remark, person_of(request)
    )
    about = await request.app[BROADCASTS].about(closed.broadcast)
    return answer_json(await complaint_view(request, closed, about))


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[COMPLAINTS] = ComplaintService(app[DATABASE], app[BROADCASTS])
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app[THROTTLE] = Throttle()
    app.cleanup_ctx.append(_service)
    app.router.add_post(f"{PREFIX}/broadcasts/{{broadcast}}/complaints", complain)
    app.router.add_get(f"{PREFIX}/complaints", list_complaints)
    app.router.add_post(f"{PREFIX}/complaints/{{complaint}}/close", close_complaint)
