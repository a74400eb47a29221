"""Pilots of courts over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.approvals.pilot import LONGEST_REASON, last_day_of
from server.approvals.service import APPROVALS
from server.bodies import Body, answer_json, read_json
from server.courts.model import Court
from server.courts.service import COURTS
from server.openapi import PREFIX, Operation, describe

_PILOT = f"{PREFIX}/courts/{{court}}/pilot"
Reason = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


class PilotOrdered(Body):
    """Until when a court broadcasts without a policy (a day at the court), and why."""

    last_day: date
    reason: Reason


class PilotEnded(Body):
    """Why a pilot ends before its time."""

    reason: Reason


class PilotView(BaseModel):
    """What was ordered last for a court. ``runs``: broadcasts may start under it now."""

    id: str
    runs: bool
    ends_at: datetime
    reason: str
    ordered_by: str
    ordered_at: datetime


class CourtPilotView(BaseModel):
    """A court's pilot; null: it never had one. ``latest_day``: the last that one may have."""

    pilot: PilotView | None
    latest_day: date


async def _answer(request: web.Request, court: Court) -> web.Response:
    now = datetime.now(UTC)
    found = await request.app[APPROVALS].pilots.newest(court.id)
    shown = None
    if found is not None:
        shown = PilotView(
            id=found.id,
            runs=found.runs(now),
            ends_at=found.ends_at,
            reason=found.reason,
            ordered_by=found.ordered_by,
            ordered_at=found.ordered_at,
        )
    latest = last_day_of(found.began_at if found else now, court.time_zone)
    return answer_json(CourtPilotView(pilot=shown, latest_day=latest))


@describe(Operation("A court's pilot", answer=CourtPilotView, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def show_pilot(request: web.Request) -> web.Response:
    """Show until when a court without a policy may broadcast, who ordered it and why."""
    court = await request.app[COURTS].court(request.match_info["court"])
    person_of(request).must(Permission.WATCH_ROOM, court.id)
    return await _answer(request, court)


@describe(Operation("Order a pilot", body=PilotOrdered, answer=CourtPilotView, problems=(404, 409)))
@requires(Permission.ADMINISTER)
async def order_pilot(request: web.Request) -> web.Response:
    """Let a court broadcast without a policy until a day is over."""
    given = await read_json(request, PilotOrdered)
    court = await request.app[COURTS].court(request.match_info["court"])
    pilots = request.app[APPROVALS].pilots
    await pilots.order(court.id, given.last_day, given.reason, person_of(request))
    return await _answer(request, court)


@describe(Operation("End a pilot", body=PilotEnded, answer=CourtPilotView, problems=(404, 409)))
@requires(Permission.ADMINISTER)
async def end_pilot(request: web.Request) -> web.Response:
    """End a court's pilot before its time; what is on the air stays there."""
    given = await read_json(request, PilotEnded)
    court = await request.app[COURTS].court(request.match_info["court"])
    await request.app[APPROVALS].pilots.end(court.id, given.reason, person_of(request))
    return await _answer(request, court)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(_PILOT, show_pilot)
    app.router.add_post(_PILOT, order_pilot)
    app.router.add_post(f"{_PILOT}/end", end_pilot)
