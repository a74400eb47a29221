"""Hearings are cancelled and adjourned over HTTP, by staff; the public reads the reason."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from aiohttp import web
from pydantic import Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.bodies import Body, Moment, answer_json, read_json
from server.broadcasts.calling_off import CALLING_OFF
from server.hearings.routes import HearingView, hearing_view
from server.openapi import PREFIX, Operation, describe

Reason = Annotated[str, Field(min_length=1, max_length=400)]


class Cancellation(Body):
    """Why a hearing is cancelled; the public reads it."""

    reason: Reason


class Adjournment(Body):
    """Why a hearing is adjourned, and until when; null: the new time is to be announced."""

    reason: Reason
    until: Moment | None = None


@describe(Operation("Cancel a hearing", body=Cancellation, answer=HearingView, problems=(404, 409)))
@requires(Permission.CALL_OFF)
async def cancel_hearing(request: web.Request) -> web.Response:
    """Cancel a hearing that is not on the air."""
    given = await read_json(request, Cancellation)
    found = await request.app[CALLING_OFF].cancel(
        request.match_info["hearing"], given.reason, person_of(request)
    )
    return answer_json(hearing_view(found))


@describe(Operation("Adjourn a hearing", body=Adjournment, answer=HearingView, problems=(404, 409)))
@requires(Permission.CALL_OFF)
async def adjourn_hearing(request: web.Request) -> web.Response:
    """Adjourn a hearing that is not on the air."""
    given = await read_json(request, Adjournment)
    until = given.until.astimezone(UTC) if given.until else None
    found = await request.app[CALLING_OFF].adjourn(
        request.match_info["hearing"], given.reason, until, person_of(request)
    )
    return answer_json(hearing_view(found))


def setup(app: web.Application) -> None:
    """Add the routes; the service is made with the broadcasts'."""
    one = f"{PREFIX}/hearings/{{hearing}}"
    app.router.add_post(f"{one}/cancellation", cancel_hearing)
    app.router.add_post(f"{one}/adjournment", adjourn_hearing)
