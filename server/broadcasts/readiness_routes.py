"""What stands between a broadcast and the air, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.approvals.clearance import Given
from server.approvals.model import LONGEST_NOTE
from server.bodies import Body, answer_json, read_json
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.broadcasts.state import State
from server.errors import Unavailable
from server.openapi import PREFIX, Operation, describe
from server.reader import language_of
from server.translation import Language, gettext

_ONE = f"{PREFIX}/broadcasts/{{broadcast}}"


class ConditionGiven(Body):
    """A condition that is met, or a soft rule that somebody goes past with a reason."""

    code: Annotated[str, Field(min_length=1, max_length=16)]
    override: bool = False
    reason: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class HindranceView(BaseModel):
    """Something that stands against the start. ``code`` can be confirmed, if it is not empty."""

    rule: str
    code: str
    text: str
    soft: bool


class ReadinessView(BaseModel):
    """Whether a broadcast may start. ``has_policy`` false: none holds in this courtroom.

    Then it may start while a pilot runs, which was ordered ``pilot_until`` then; null with a
    policy, and where none was ever ordered.
    """

    has_policy: bool
    pilot_until: datetime | None
    ready: bool
    hindrances: list[HindranceView]


async def readiness_view(
    request: web.Request, about: Broadcast, language: Language
) -> ReadinessView:
    """Return what stands against the start, in the reader's words."""
    found = await request.app[BROADCASTS].readiness.outlook(about)
    shown = [
        HindranceView(
            rule=one.rule,
            code=one.code,
            text=gettext(language, one.text, **dict(one.values)),
            soft=one.is_soft,
        )
        for one in found.hindrances
    ]
    return ReadinessView(
        has_policy=found.policy is not None,
        pilot_until=found.pilot.ends_at if found.pilot else None,
        ready=not shown,
        hindrances=shown,
    )


async def readiness_before_start(request: web.Request, about: Broadcast) -> ReadinessView | None:
    """Return the same for a page; None when it has begun, or nobody can say now."""
    if about.state is not State.PLANNED:
        return None
    try:
        return await readiness_view(request, about, language_of(request))
    except Unavailable:
        return None


async def _answer(request: web.Request, about: Broadcast) -> web.Response:
    return answer_json(await readiness_view(request, about, language_of(request)))


@describe(Operation("Whether a broadcast may start", answer=ReadinessView, problems=(404, 503)))
@requires(Permission.WATCH_ROOM)
async def show_readiness(request: web.Request) -> web.Response:
    """Say what stands against the start."""
    about = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    person_of(request).must(Permission.WATCH_ROOM, about.court_id)
    return await _answer(request, about)


@describe(
    Operation(
        "Confirm a condition of the start",
        body=ConditionGiven,
        answer=ReadinessView,
        problems=(404, 409),
    )
)
@requires(Permission.WATCH_ROOM)
async def confirm_condition(request: web.Request) -> web.Response:
    """Confirm a condition, or go past a soft one by name and reason."""
    body = await read_json(request, ConditionGiven)
    service = request.app[BROADCASTS]
    about = await service.about(request.match_info["broadcast"])
    by = person_of(request)
    by.must(Permission.WATCH_ROOM, about.court_id)
    given = Given(body.code, body.override, body.reason)
    await service.readiness.confirm(about, given, by)
    return await _answer(request, about)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(f"{_ONE}/readiness", show_readiness)
    app.router.add_post(f"{_ONE}/conditions", confirm_condition)
