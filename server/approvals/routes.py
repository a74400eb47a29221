"""Applications for broadcasts over HTTP: written, signed, refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.approvals import attachment_routes, pilot_routes, policy_routes, reminder_routes
from server.approvals.dossier import Dossier
from server.approvals.escalation import Escalations
from server.approvals.library import Library
from server.approvals.model import (
    LONGEST_NOTE,
    LONGEST_TEXT,
    OPEN,
    Answer,
    Application,
    Decision,
    Form,
    Kind,
    Medium,
    State,
)
from server.approvals.pilots import PilotService
from server.approvals.policies import PolicyService
from server.approvals.service import APPROVALS, ApprovalService
from server.approvals.views import ApplicationList, ApplicationView, application_view
from server.background import in_background
from server.blobs import BLOBS
from server.bodies import Body, answer_json, read_json, read_query
from server.courts.service import COURTS
from server.database import DATABASE
from server.hearings.service import HEARINGS
from server.openapi import PREFIX, Operation, describe
from server.places import Places
from server.reader import language_of
from server.security import SETTINGS

_ONE = f"{PREFIX}/applications/{{application}}"
Code = Annotated[str, Field(min_length=1, max_length=8)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class AnswerGiven(Body):
    """An answer to a line of the checklist."""

    answer: Annotated[str, Field(min_length=1, max_length=24)]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class FormGiven(Body):
    """What is applied for: a broadcast in these media, or that there be none."""

    kind: Kind = "broadcast"
    media: tuple[Medium, ...] = Field(min_length=1, max_length=3)
    reason: Text = ""
    answers: dict[Code, AnswerGiven] = Field(max_length=100)


class FormChanged(FormGiven):
    """The whole form again; ``version`` is that of the application as it was read."""

    version: int


class ReasonsGiven(Body):
    """The presiding judge's reasons by code."""

    version: int
    reasons: dict[Code, Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]] = Field(
        min_length=1, max_length=100
    )


class Seen(Body):
    """The version of the application as it was read."""

    version: int


class SignatureGiven(Body):
    """A step's decision; ``digest`` is that of the application as it was read."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    decision: Decision
    opinion: Text = ""


class Asked(Body):
    """Which applications: in a state, or all that are open."""

    state: Literal["draft", "submitted", "returned", "agreed", "refused", "void"] | None = None


class WaitingAsked(Body):
    """``mine``: only what waits for the reader's own signature. ``late``: only what is overdue."""

    mine: bool = False
    late: bool = False


def _form(given: FormGiven) -> Form:
    answers = {code: Answer(one.answer, one.note) for code, one in given.answers.items()}
    return Form(given.kind, given.media, given.reason, answers)


async def view_of(request: web.Request, dossier: Dossier) -> ApplicationView:
    """Return what the reader sees of an application."""
    name_of = request.app[ACCOUNTS].display_name
    return await application_view(dossier, name_of, datetime.now(UTC), language_of(request))


async def _answer(
    request: web.Request, found: Application | str, status: int = 200
) -> web.Response:
    identifier = found if isinstance(found, str) else found.id
    dossier = await request.app[APPROVALS].dossiers.shown(identifier, person_of(request))
    return answer_json(await view_of(request, dossier), status=status)


@describe(
    Operation(
        "Apply for a broadcast",
        body=FormGiven,
        answer=ApplicationView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.APPLY)
async def begin_application(request: web.Request) -> web.Response:
    """Begin an application; what touches a state secret is turned away and leaves nothing."""
    form = _form(await read_json(request, FormGiven))
    made = await request.app[APPROVALS].writing.draft(
        request.match_info["hearing"], form, person_of(request)
    )
    return await _answer(request, made, status=201)


@describe(Operation("Applications", query=Asked, answer=ApplicationList))
@requires(Permission.APPLICATIONS)
async def list_applications(request: web.Request) -> web.Response:
    """List applications, newest first."""
    asked, by = read_query(request, Asked), person_of(request)
    dossiers = request.app[APPROVALS].dossiers
    found = await dossiers.listed({State(asked.state)} if asked.state else OPEN, by)
    shown = [await view_of(request, await dossiers.shown(one.id, by)) for one in found]
    return answer_json(ApplicationList(applications=shown))


@describe(Operation("What waits for a signature", query=WaitingAsked, answer=ApplicationList))
@requires(Permission.APPLICATIONS)
async def list_waiting(request: web.Request) -> web.Response:
    """List what waits, what is due first before the others."""
    asked, by, now = read_query(request, WaitingAsked), person_of(request), datetime.now(UTC)
    found = await request.app[APPROVALS].dossiers.waiting(by)
    if asked.mine:
        found = [one for one in found if one.may_be_signed_by(by)]
    if asked.late:
        found = [one for one in found if one.turn and one.turn.is_late(now)]
    return answer_json(ApplicationList(applications=[await view_of(request, one) for one in found]))


@describe(Operation("An application", answer=ApplicationView, problems=(404,)))
@requires(Permission.APPLICATIONS)
async def show_application(request: web.Request) -> web.Response:
    """Show an application."""
    return await _answer(request, request.match_info["application"])


@describe(
    Operation(
        "Change an application", body=FormChanged, answer=ApplicationView, problems=(404, 409)
    )
)
@requires(Permission.APPLY)
async def change_application(request: web.Request) -> web.Response:
    """Replace what an application says."""
    given = await read_json(request, FormChanged)
    changed = await request.app[APPROVALS].writing.change(
        request.match_info["application"], given.version, _form(given), person_of(request)
    )
    return await _answer(request, changed)


@describe(
    Operation(
        "Write the presiding judge's reasons",
        body=ReasonsGiven,
        answer=ApplicationView,
        problems=(404, 409),
    )
)
@requires(Permission.SIGN)
async def give_reasons(request: web.Request) -> web.Response:
    """Write why lines of the checklist do not stand against the broadcast."""
    given = await read_json(request, ReasonsGiven)
    changed = await request.app[APPROVALS].writing.explain(
        request.match_info["application"], given.version, given.reasons, person_of(request)
    )
    return await _answer(request, changed)


@describe(
    Operation("Submit an application", body=Seen, answer=ApplicationView, problems=(404, 409))
)
@requires(Permission.APPLY)
async def submit_application(request: web.Request) -> web.Response:
    """Lay an application before the chain."""
    given = await read_json(request, Seen)
    submitted = await request.app[APPROVALS].writing.submit(
        request.match_info["application"], given.version, person_of(request)
    )
    return await _answer(request, submitted)


@describe(
    Operation("Sign a step", body=SignatureGiven, answer=ApplicationView, problems=(404, 409))
)
@requires(Permission.APPROVE)
async def sign_application(request: web.Request) -> web.Response:
    """Agree, return or refuse, as it was read."""
    given = await read_json(request, SignatureGiven)
    signed = await request.app[APPROVALS].signatures.sign(
        request.match_info["application"],
        given.digest,
        given.decision,
        given.opinion,
        person_of(request),
    )
    return await _answer(request, signed)


@describe(Operation("Take an application back", answer=ApplicationView, problems=(404, 409)))
@requires(Permission.APPLY)
async def withdraw_application(request: web.Request) -> web.Response:
    """Take an application back; an agreed one is void then."""
    withdrawn = await request.app[APPROVALS].writing.withdraw(
        request.match_info["application"], person_of(request)
    )
    return await _answer(request, withdrawn)


async def _services(app: web.Application) -> AsyncIterator[None]:
    library = await asyncio.to_thread(Library.read, Places(app[SETTINGS].data).rules)
    policies = PolicyService(app[DATABASE], app[COURTS], library)
    pilots = PilotService(app[DATABASE], app[COURTS], policies)
    app[APPROVALS] = ApprovalService(app[DATABASE], app[HEARINGS], policies, pilots, app[BLOBS])
    async with in_background({"escalations": Escalations(app[DATABASE]).run}):
        yield


def setup(app: web.Application) -> None:
    """Add the routes and the services."""
    app.cleanup_ctx.append(_services)
    attachment_routes.setup(app)
    policy_routes.setup(app)
    pilot_routes.setup(app)
    reminder_routes.setup(app)
    router = app.router
    router.add_post(f"{PREFIX}/hearings/{{hearing}}/applications", begin_application)
    router.add_get(f"{PREFIX}/applications", list_applications)
    router.add_get(f"{PREFIX}/applications/waiting", list_waiting)
    router.add_get(_ONE, show_application)
    router.add_put(_ONE, change_application)
    router.add_put(f"{_ONE}/reasons", give_reasons)
    router.add_post(f"{_ONE}/submit", submit_application)
    router.add_post(f"{_ONE}/signature", sign_application)
    router.add_post(f"{_ONE}/withdraw", withdraw_application)
