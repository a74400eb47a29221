"""The staff's pages about approvals: what waits, the form with its checklist, signing, printing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.approvals.attachments import may_attach
from server.approvals.dossier import Dossier
from server.approvals.model import MEDIA, OPEN, WRITABLE, State
from server.approvals.phrases import because, phrase
from server.approvals.policy import CourtPolicy
from server.approvals.routes import view_of
from server.approvals.service import APPROVALS
from server.approvals.views import ApplicationView, PolicyView, policy_view, question_view
from server.broadcasts.readiness_routes import readiness_view
from server.broadcasts.service import BROADCASTS
from server.courts.service import COURTS
from server.errors import Unavailable
from server.hearings.model import Hearing
from server.hearings.service import HEARINGS
from server.pages.console import desk_page, named, reminders_of
from server.pages.views import broadcast_view
from server.request_keys import LANGUAGE

_CLOSED = frozenset({State.AGREED, State.REFUSED, State.VOID})


@dataclass(frozen=True, slots=True)
class CourtView:
    """A court with its policy; ``is_mine``: the reader chooses it. ``is_lost``: no such file.

    ``rooms``: in how many courtrooms it holds so far; None: in all.
    """

    id: str
    name: str
    policy: PolicyView | None
    chosen_delay_s: float | None
    rooms: int | None
    is_lost: bool
    is_mine: bool


def _page(
    request: web.Request, template: str, zone: str | None = None, **values: object
) -> web.Response:
    language = request[LANGUAGE]
    return desk_page(
        request,
        template,
        entry="approvals",
        here="approvals",
        zone=zone,
        phrase=partial(phrase, language),
        because=partial(because, language),
        now=datetime.now(UTC),
        **values,
    )


@requires(Permission.APPLICATIONS)
async def show_applications(request: web.Request) -> web.Response:
    """Show what waits for the reader, what waits for others, and the hearings without any."""
    by, dossiers = person_of(request), request.app[APPROVALS].dossiers
    waiting = await dossiers.waiting(by)
    mine = {one.application.id for one in waiting if one.may_be_signed_by(by)}
    others = [one for one in waiting if one.application.id not in mine]
    drafts = await dossiers.listed(WRITABLE, by)
    closed = await dossiers.listed(_CLOSED, by)

    async def views(found: list[Dossier]) -> list[ApplicationView]:
        return [await view_of(request, one) for one in found]

    return _page(
        request,
        "applications.html",
        mine=await views([one for one in waiting if one.application.id in mine]),
        others=await views(others),
        drafts=await views([await dossiers.shown(one.id, by) for one in drafts]),
        closed=await views([await dossiers.shown(one.id, by) for one in closed[:50]]),
        hearings=await _without(request),
        reminders=await reminders_of(request),
        timely=await dossiers.in_time(by, datetime.now(UTC)),
        courts=await _courts(request),
        policies=list(request.app[APPROVALS].policies.library.policies.values()),
        refused=request.app[APPROVALS].policies.library.refused,
    )


async def _without(request: web.Request) -> list[Hearing]:
    """Return the hearings to come for which the reader may apply and nobody has."""
    by, approvals = person_of(request), request.app[APPROVALS]
    calendar = request.app[HEARINGS].calendar
    coming = [*await calendar("today"), *await calendar("future")]
    may = {one.court for one in coming if by.may(Permission.APPLY, one.court)}
    ruled = await approvals.policies.ruling(may)
    mine = [one for one in coming if one.cancelled_at is None and one.court in ruled]
    found = {one.id: await approvals.dossiers.of_hearing(one.id) for one in mine}
    return [one for one in mine if (its := found[one.id]) is None or its.state not in OPEN]


async def _courts(request: web.Request) -> list[CourtView]:
    by, language = person_of(request), request[LANGUAGE]
    views = []
    for court in await request.app[COURTS].courts():
        if not by.may(Permission.APPLICATIONS, court.id):
            continue
        chosen, is_lost = await _policy(request, court.id)
        views.append(
            CourtView(
                court.id,
                named(court.name, court.name_en, language),
                policy_view(chosen.rules, language, chosen) if chosen else None,
                chosen.delay_ms / 1000 if chosen and chosen.delay_ms is not None else None,
                len(chosen.courtrooms) if chosen and chosen.courtrooms is not None else None,
                is_lost,
                by.may(Permission.ADMINISTER, court.id),
            )
        )
    return views


async def _policy(request: web.Request, court: str) -> tuple[CourtPolicy | None, bool]:
    try:
        return await request.app[APPROVALS].policies.of(court), False
    except Unavailable:
        return None, True


@requires(Permission.APPLY)
async def show_new_application(request: web.Request) -> web.Response:
    """Show an empty form with the court's checklist."""
    hearing = await request.app[HEARINGS].hearing(request.match_info["hearing"])
    person_of(request).must(Permission.APPLY, hearing.court)
    policies = request.app[APPROVALS].policies
    policy = (await policies.needed(hearing.court)).rules
    asked = policies.library.checklist_of(policy).rules.asked(policy.demands)
    language = request[LANGUAGE]
    return _page(
        request,
        "application-new.html",
        zone=hearing.time_zone,
        hearing=hearing,
        media=[medium for medium in MEDIA if medium in policy.media],
        policy=policy_view(policy, language, None),
        questions=[question_view(one, language) for one in asked],
    )


@requires(Permission.APPLICATIONS)
async def show_application(request: web.Request) -> web.Response:
    """Show an application, with what the reader may do with it."""
    dossier = await _dossier(request)
    by, its = person_of(request), dossier.application
    is_own = its.applicant == by.id
    may_write = is_own and its.state in WRITABLE
    may_explain = its.state in WRITABLE and dossier.hearing.judge == by.id
    return await _shown(
        request,
        "application.html",
        dossier,
        may_write=may_write,
        may_explain=may_explain and by.may(Permission.SIGN, its.court),
        may_sign=dossier.may_be_signed_by(by),
        may_withdraw=is_own and its.state in OPEN,
        may_attach=may_attach(dossier, by),
    )


async def _dossier(request: web.Request) -> Dossier:
    found = request.match_info["application"]
    return await request.app[APPROVALS].dossiers.shown(found, person_of(request))


async def _shown(
    request: web.Request, template: str, dossier: Dossier, **values: object
) -> web.Response:
    language, policy = request[LANGUAGE], dossier.policy
    judge = dossier.hearing.judge
    people = request.app[ACCOUNTS].display_name
    return _page(
        request,
        template,
        zone=dossier.hearing.time_zone,
        hearing=dossier.hearing,
        court=named(dossier.hearing.court_name, dossier.hearing.court_name_en, language),
        courtroom=named(
            dossier.hearing.courtroom_name, dossier.hearing.courtroom_name_en, language
        ),
        judge=await people(judge) if judge else "",
        application=await view_of(request, dossier),
        media=[medium for medium in MEDIA if medium in policy.rules.media],
        policy=policy_view(policy.rules, language, policy),
        chain={one.role: one.title.in_language(language) for one in policy.rules.step},
        questions=[question_view(one, language) for one in dossier.questions],
        **values,
    )


@requires(Permission.WATCH_ROOM)
async def show_readiness(request: web.Request) -> web.Response:
    """Show what stands between a broadcast and the air, and let it be confirmed."""
    about = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    by = person_of(request)
    by.must(Permission.WATCH_ROOM, about.court_id)
    broadcast = broadcast_view(about, request[LANGUAGE])
    confirms = by.may(Permission.ORDER, about.court_id) or by.may(Permission.SIGN, about.court_id)
    return _page(
        request,
        "readiness.html",
        zone=broadcast.zone,
        broadcast=broadcast,
        readiness=await readiness_view(request, about, request[LANGUAGE]),
        may_confirm=confirms,
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/console/applications", show_applications)
    app.router.add_get("/console/hearings/{hearing}/application", show_new_application)
    app.router.add_get("/console/applications/{application}", show_application)
    app.router.add_get("/console/broadcasts/{broadcast}/readiness", show_readiness)
