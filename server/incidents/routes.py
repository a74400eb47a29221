"""Incident forms over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, Moment, answer_json, read_json
from server.broadcasts.service import BROADCASTS
from server.courts.service import COURTS
from server.database import DATABASE
from server.database.metadata import from_microseconds
from server.incidents.model import (
    LONGEST_NAME,
    LONGEST_SOURCE,
    LONGEST_TEXT,
    Account,
    Incident,
    Kind,
)
from server.incidents.service import INCIDENTS, IncidentService
from server.incidents.suggestions import Suggestion
from server.openapi import PREFIX, Operation, describe
from server.reader import language_of
from server.records.service import RECORDS

_OF = f"{PREFIX}/broadcasts/{{broadcast}}/incidents"
_ONE = f"{PREFIX}/incidents/{{incident}}"
_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class AccountBody(Body):
    """What is told of an incident; times are court time, ``until`` null: a moment, or not known."""

    kind: Kind
    since: Moment
    until: Moment | None = None
    what: _Text
    decided: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    measures: _Text = ""


class NewIncident(AccountBody):
    """A new form; ``source`` is that of the suggestion it answers, if it does."""

    source: Annotated[str, Field(max_length=LONGEST_SOURCE)] = ""


class SignatureBody(Body):
    """``written_at`` of the form that was read: another text is not signed unread."""

    written_at: Moment


class IncidentView(BaseModel):
    """A form; who wrote and signed it by name."""

    id: str
    broadcast: str
    source: str
    kind: Kind
    since: datetime
    until: datetime | None
    what: str
    decided: str
    measures: str
    written_by: str
    written_at: datetime
    signed_by: str | None
    signed_at: datetime | None


class SuggestionView(BaseModel):
    """What should be explained and has no form yet; ``decided`` is who gave the order."""

    source: str
    kind: Kind
    since: datetime
    until: datetime | None
    what: str
    decided: str


class IncidentList(BaseModel):
    """The forms of a broadcast by when it happened, and what has none yet."""

    incidents: list[IncidentView]
    suggestions: list[SuggestionView]


async def incident_view(request: web.Request, form: Incident) -> IncidentView:
    """Return what staff sees of a form."""
    name_of = request.app[ACCOUNTS].display_name
    account = form.account
    return IncidentView(
        id=form.id,
        broadcast=form.broadcast,
        source=form.source,
        kind=account.kind,
        since=account.since,
        until=account.until,
        what=account.what,
        decided=account.decided,
        measures=account.measures,
        written_by=await name_of(form.written_by),
        written_at=form.written_at,
        signed_by=await name_of(form.signed_by) if form.signed_by else None,
        signed_at=form.signed_at,
    )


async def suggestion_view(request: web.Request, one: Suggestion) -> SuggestionView:
    """Return what staff sees of a suggestion."""
    return SuggestionView(
        source=one.source,
        kind=one.kind,
        since=from_microseconds(one.from_us),
        until=from_microseconds(one.to_us) if one.to_us is not None else None,
        what=one.what,
        decided=await request.app[ACCOUNTS].display_name(one.by) if one.by else "",
    )


async def list_views(request: web.Request, broadcast: str) -> IncidentList:
    """Return what staff sees of a broadcast's incidents."""
    service, by = request.app[INCIDENTS], person_of(request)
    forms = await service.all(broadcast, by)
    suggested = await service.suggested(broadcast, by, language_of(request))
    return IncidentList(
        incidents=[await incident_view(request, one) for one in forms],
        suggestions=[await suggestion_view(request, one) for one in suggested],
    )


def _account(body: AccountBody) -> Account:
    return Account(body.kind, body.since, body.until, body.what, body.decided, body.measures)


@describe(Operation("The incident forms of a broadcast", answer=IncidentList, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def list_incidents(request: web.Request) -> web.Response:
    """List forms, and what should be explained."""
    return answer_json(await list_views(request, request.match_info["broadcast"]))


@describe(
    Operation(
        "Write an incident form",
        body=NewIncident,
        answer=IncidentView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.ORDER)
async def write_incident(request: web.Request) -> web.Response:
    """Write a form."""
    body = await read_json(request, NewIncident)
    made = await request.app[INCIDENTS].write(
        request.match_info["broadcast"], _account(body), body.source, person_of(request)
    )
    return answer_json(await incident_view(request, made), status=201)


@describe(Operation("An incident form", answer=IncidentView, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def show_incident(request: web.Request) -> web.Response:
    """Show a form."""
    form = await request.app[INCIDENTS].shown(request.match_info["incident"], person_of(request))
    return answer_json(await incident_view(request, form))


@describe(
    Operation(
        "Change a form that is not signed",
        body=AccountBody,
        answer=IncidentView,
        problems=(404, 409),
    )
)
@requires(Permission.ORDER)
async def change_incident(request: web.Request) -> web.Response:
    """Replace what a form says."""
    body = await read_json(request, AccountBody)
    changed = await request.app[INCIDENTS].change(
        request.match_info["incident"], _account(body), person_of(request)
    )
    return answer_json(await incident_view(request, changed))


@describe(Operation("Sign a form", body=SignatureBody, answer=IncidentView, problems=(404, 409)))
@requires(Permission.SIGN)
async def sign_incident(request: web.Request) -> web.Response:
    """Sign a form as it was read."""
    body = await read_json(request, SignatureBody)
    signed = await request.app[INCIDENTS].sign(
        request.match_info["incident"], body.written_at, person_of(request)
    )
    return answer_json(await incident_view(request, signed))


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[INCIDENTS] = IncidentService(app[DATABASE], app[BROADCASTS], app[COURTS], app[RECORDS])
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    app.router.add_get(_OF, list_incidents)
    app.router.add_post(_OF, write_incident)
    app.router.add_get(_ONE, show_incident)
    app.router.add_put(_ONE, change_incident)
    app.router.add_post(f"{_ONE}/signature", sign_incident)
