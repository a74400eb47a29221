"""Review and lifetime of replays over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.approvals.service import APPROVALS
from server.background import in_background
from server.bodies import Body, Moment, answer_json, read_json
from server.broadcasts.service import BROADCASTS
from server.database import DATABASE
from server.openapi import PREFIX, Operation, describe
from server.releases.model import LONGEST_REMARK, Choice, Decision
from server.releases.service import RELEASES, ReleaseService

_OF = f"{PREFIX}/broadcasts/{{broadcast}}/replay-decisions"


class DecisionBody(Body):
    """``release`` or ``refuse`` a held replay, or ``extend`` the time of a public one.

    ``until`` is needed for ``extend`` only; ``remark`` for all but ``release``.
    """

    decision: Choice
    remark: Annotated[str, Field(max_length=LONGEST_REMARK)] = ""
    until: Moment | None = None


class DecisionView(BaseModel):
    """A decision; who took it by name. ``until``: when the replay ends, null: it does not."""

    broadcast: str
    decision: Choice
    remark: str
    until: datetime | None
    at: datetime
    by: str


class DecisionList(BaseModel):
    """Decisions about a replay, newest first."""

    decisions: list[DecisionView]


class WaitingView(BaseModel):
    """A replay that waits for its review; ``due``: when it becomes public by itself."""

    broadcast: str
    title: str
    case_number: str
    ended_at: datetime | None
    due: datetime | None
    page: str


class WaitingList(BaseModel):
    """Replays that wait, the oldest first."""

    replays: list[WaitingView]


async def decision_view(request: web.Request, one: Decision) -> DecisionView:
    """Return what the court reads of a decision."""
    return DecisionView(
        broadcast=one.broadcast,
        decision=one.decision,
        remark=one.remark,
        until=one.until,
        at=one.at,
        by=await request.app[ACCOUNTS].display_name(one.by),
    )


@describe(Operation("Replays that wait for their review", answer=WaitingList))
@requires(Permission.REVIEW)
async def list_waiting(request: web.Request) -> web.Response:
    """List what is to be reviewed."""
    found = await request.app[RELEASES].waiting(person_of(request))
    views = [
        WaitingView(
            broadcast=one.id,
            title=one.hearing.title,
            case_number=one.hearing.case_number,
            ended_at=one.ended_at,
            due=one.replay_due,
            page=f"/console/broadcasts/{one.id}/review",
        )
        for one in found
    ]
    return answer_json(WaitingList(replays=views))


@describe(Operation("What was decided about a replay", answer=DecisionList, problems=(404,)))
@requires(Permission.REVIEW)
async def list_decisions(request: web.Request) -> web.Response:
    """List decisions."""
    found = await request.app[RELEASES].decisions(
        request.match_info["broadcast"], person_of(request)
    )
    return answer_json(DecisionList(decisions=[await decision_view(request, one) for one in found]))


@describe(
    Operation(
        "Release a replay, refuse it, or show it longer",
        body=DecisionBody,
        answer=DecisionView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.REVIEW)
async def decide(request: web.Request) -> web.Response:
    """Take a decision."""
    body = await read_json(request, DecisionBody)
    made = await request.app[RELEASES].decide(
        request.match_info["broadcast"], body.decision, body.remark, body.until, person_of(request)
    )
    return answer_json(await decision_view(request, made), status=201)


async def _service(app: web.Application) -> AsyncIterator[None]:
    service = ReleaseService(app[DATABASE], app[BROADCASTS], app[APPROVALS].policies)
    app[RELEASES] = service
    async with in_background({"replays": service.run}):
        yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    app.router.add_get(f"{PREFIX}/replays/waiting", list_waiting)
    app.router.add_get(_OF, list_decisions)
    app.router.add_post(_OF, decide)
