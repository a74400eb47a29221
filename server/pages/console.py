"""The staff's pages: sign-in, overview, control desk, report desk, partners, statistics."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from aiohttp import web

from server.accounts.access import (
    ACCOUNT_PAGE,
    PASSWORD_PAGE,
    person_of,
    public,
    requires,
    signed_in,
)
from server.accounts.model import SHORTEST_PASSWORD, Member, Person, Posting
from server.accounts.people import PEOPLE
from server.accounts.roles import Permission, Role
from server.accounts.service import ACCOUNTS
from server.approvals.reminders import Reminder
from server.approvals.service import APPROVALS
from server.broadcasts.readiness_routes import readiness_before_start
from server.broadcasts.service import BROADCASTS
from server.courts.divisions import DIVISIONS
from server.courts.service import COURTS
from server.embeds.service import EMBEDS
from server.hearings.service import HEARINGS
from server.pages import times
from server.pages.announcing import announced_line
from server.pages.courts import courts_where, room_order
from server.pages.figures import figures_of
from server.pages.grounds import grounds_of
from server.pages.provider import connected_view, provider_view
from server.pages.rendering import page
from server.pages.views import BroadcastView, broadcast_view
from server.pages.words import word
from server.partners.model import TERMS_VERSION
from server.partners.routes import managed
from server.partners.service import PARTNERS
from server.proofs.service import PROOFS
from server.reports.model import Phase, Speaker
from server.request_keys import LANGUAGE, PERSON
from server.security import SETTINGS
from server.statistics.service import STATISTICS, by_division
from server.translation import Language, gettext
from server.webhooks.service import WEBHOOKS
from server.wording import marked

_MENU: Final = MappingProxyType(
    {
        "watch": Permission.WATCH_ROOM,
        "calendar": Permission.CALENDAR,
        "report": Permission.REPORT,
        "approvals": Permission.APPLICATIONS,
        "records": Permission.WATCH_ROOM,
        "reviews": Permission.REVIEW,
        "complaints": Permission.WITHDRAW,
        "courtrooms": Permission.EQUIP,
        "partners": Permission.PARTNERS,
        "statistics": Permission.STATISTICS,
        "people": Permission.ADMINISTER,
        "journal": Permission.AUDIT,
    }
)
_S = Speaker
ROLE_GROUPS: Final = (
    (
        marked("The court"),
        (_S.PRESIDING_JUDGE, _S.JUDGE, _S.ASSESSOR, _S.CLERK, _S.BAILIFF),
    ),
    (
        marked("Civil and administrative cases"),
        (
            _S.PLAINTIFF,
            _S.PLAINTIFF_AGENT,
            _S.DEFENDANT,
            _S.DEFENDANT_AGENT,
            _S.APPELLANT,
            _S.APPELLEE,
            _S.THIRD_PARTY,
            _S.AGENT,
        ),
    ),
    (
        marked("Criminal cases"),
        (_S.PROSECUTOR, _S.ACCUSED, _S.DEFENCE_COUNSEL, _S.VICTIM),
    ),
    (
        marked("Others"),
        (_S.WITNESS, _S.EXPERT_EXAMINER, _S.INTERPRETER, _S.HOST),
    ),
)


@dataclass(frozen=True, slots=True)
class RoomView:
    """A courtroom with its hearings of today."""

    id: str
    name: str
    court: str
    broadcasts: list[BroadcastView]


@dataclass(frozen=True, slots=True)
class HeldView:
    """A role in the reader's words; ``value``, ``court``, ``division``: what a form sends back."""

    value: str
    court: str
    division: str
    words: str


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person on the page of people. ``is_mine``: the reader may change everything of them."""

    member: Member
    roles: list[HeldView]
    is_mine: bool
    is_reader: bool


def desk_page(
    request: web.Request,
    template: str,
    *,
    entry: str,
    here: str = "",
    zone: str | None = None,
    **values: object,
) -> web.Response:
    """Answer with a page of the console; its menu shows what the person may open."""
    person = request.get(PERSON)
    may = {name: person is not None and person.may(its) for name, its in _MENU.items()}
    name = f"console/{template}"
    return page(request, name, entry=entry, here=here, zone=zone, may=may, **values)


@public
async def show_sign_in(request: web.Request) -> web.Response:
    """Show the sign-in form."""
    provider = await provider_view(request)
    return desk_page(request, "sign-in.html", entry="console", provider=provider)


@signed_in
async def show_password(request: web.Request) -> web.Response:
    """Show the form for a new password."""
    return desk_page(request, "password.html", entry="console", shortest=SHORTEST_PASSWORD)


@signed_in
async def show_overview(request: web.Request) -> web.Response:
    """Show the courtrooms with today's hearings and whatever is on the air."""
    person = person_of(request)
    if person.must_change_password:
        raise web.HTTPSeeOther(PASSWORD_PAGE)
    if person.must_set_up_factor:
        raise web.HTTPSeeOther(ACCOUNT_PAGE)
    zone = request.app[SETTINGS].time_zone
    language = request[LANGUAGE]
    return desk_page(
        request,
        "overview.html",
        entry="console",
        here="overview",
        rooms=await _rooms(request),
        unsigned=await _unsigned(request),
        reminders=await reminders_of(request),
        today=times.day(datetime.now(UTC), zone, language),
    )


async def _unsigned(request: web.Request) -> list[tuple[str, int]]:
    """Return the person's courts whose daily roots are late, and by how many days."""
    late = await request.app[PROOFS].late(datetime.now(UTC))
    if not late:
        return []
    mine, language = await courts_where(request, Permission.WATCH_ROOM), request[LANGUAGE]
    return [
        (named(court.name, court.name_en, language), late[its])
        for its, court in mine.items()
        if its in late
    ]


async def reminders_of(request: web.Request) -> list[Reminder]:
    """Return what waits for the reader's signature, or has gone up to them."""
    person = person_of(request)
    if not person.may(Permission.APPLICATIONS):
        return []
    return await request.app[APPROVALS].dossiers.reminders(person, datetime.now(UTC))


async def _rooms(request: web.Request) -> list[RoomView]:
    app, language = request.app, request[LANGUAGE]
    hearings = [hearing.id for hearing in await app[HEARINGS].calendar("today")]
    today = (await app[BROADCASTS].of_hearings(hearings)).values()
    by_id = {one.id: one for one in (*today, *await app[BROADCASTS].listed("live"))}
    by_room: defaultdict[str, list[BroadcastView]] = defaultdict(list)
    for one in sorted(by_id.values(), key=lambda its: its.hearing.scheduled_at):
        by_room[one.hearing.courtroom].append(broadcast_view(one, language))
    courts = {court.id: court for court in await app[COURTS].courts()}
    mine = person_of(request).courts(Permission.WATCH_ROOM)
    return [
        RoomView(
            room.id,
            named(room.name, room.name_en, language),
            named(courts[room.court].name, courts[room.court].name_en, language),
            by_room[room.id],
        )
        for room in sorted(await app[COURTS].courtrooms(), key=room_order)
        if mine is None or room.court in mine
    ]


def named(name: str, name_en: str, language: str) -> str:
    """Return the name in the reader's language; where there is no English one, the Chinese."""
    return name_en or name if language == "en" else name


@requires(Permission.WATCH_ROOM)
async def show_technician(request: web.Request) -> web.Response:
    """Show the control desk; the courtroom's cameras are received from now on."""
    its = await request.app[BROADCASTS].prepare(request.match_info["broadcast"], person_of(request))
    broadcast = broadcast_view(its, request[LANGUAGE])
    return desk_page(
        request,
        "technician.html",
        entry="console",
        zone=broadcast.zone,
        broadcast=broadcast,
        hls=f"/hls/{broadcast.id}/master.m3u8",
        thumbnail=f"/thumbnails/{broadcast.id}.jpg",
        may_equip=person_of(request).may(Permission.EQUIP, its.court_id),
        grounds=await grounds_of(request, its),
        readiness=await readiness_before_start(request, its),
        announced=await announced_line(request, its.hearing),
    )


@requires(Permission.EQUIP)
async def show_masks(request: web.Request) -> web.Response:
    """Show the mask templates of a broadcast's courtroom, on its cameras' newest pictures."""
    its = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    person_of(request).must(Permission.EQUIP, its.court_id)
    broadcast = broadcast_view(its, request[LANGUAGE])
    return desk_page(
        request,
        "masks.html",
        entry="console",
        zone=broadcast.zone,
        broadcast=broadcast,
        courtroom=its.hearing.courtroom,
    )


@requires(Permission.WATCH_ROOM)
async def show_watch(request: web.Request) -> web.Response:
    """Show what the public sees, with the button for who watches it."""
    its = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    person_of(request).must(Permission.WATCH_ROOM, its.court_id)
    broadcast = broadcast_view(its, request[LANGUAGE])
    return desk_page(
        request,
        "watch.html",
        entry="console",
        zone=broadcast.zone,
        broadcast=broadcast,
        hls=f"/hls/{broadcast.id}/master.m3u8",
    )


@requires(Permission.REPORT)
async def show_report_desk(request: web.Request) -> web.Response:
    """Show the clerk's desk."""
    its = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    person_of(request).must(Permission.REPORT, its.court_id)
    language = request[LANGUAGE]
    broadcast = broadcast_view(its, language)
    return desk_page(
        request,
        "report.html",
        entry="report",
        zone=broadcast.zone,
        broadcast=broadcast,
        role_groups=[(gettext(language, name), roles) for name, roles in ROLE_GROUPS],
        phases=[phase.value for phase in Phase],
        announced=await announced_line(request, its.hearing),
    )


@requires(Permission.PARTNERS)
async def show_partners(request: web.Request) -> web.Response:
    """Show media partners and their keys."""
    reader, language = person_of(request), request[LANGUAGE]
    mine = await courts_where(request, Permission.PARTNERS)
    partners = managed(reader, await request.app[PARTNERS].all())
    return desk_page(
        request,
        "partners.html",
        entry="partners",
        here="partners",
        partners=partners,
        sites=await request.app[EMBEDS].of_partners([its.id for its, _ in partners]),
        failing_webhooks=await request.app[WEBHOOKS].failing(),
        terms_version=TERMS_VERSION,
        courts={its: named(one.name, one.name_en, language) for its, one in mine.items()},
        gives_every_court=reader.courts(Permission.ADMINISTER) is None,
    )


@requires(Permission.ADMINISTER)
async def show_people(request: web.Request) -> web.Response:
    """Show the people of the courts that the reader administers."""
    reader, language = person_of(request), request[LANGUAGE]
    courts = {
        court.id: named(court.name, court.name_en, language)
        for court in await request.app[COURTS].courts()
    }
    mine = reader.courts(Permission.ADMINISTER)
    return desk_page(
        request,
        "people.html",
        entry="people",
        here="people",
        members=[
            _member_view(one, reader, courts, language)
            for one in await request.app[PEOPLE].all(reader)
        ],
        roles=[role.value for role in Role],
        courts={its: name for its, name in courts.items() if mine is None or its in mine},
        divisions={
            one.id: f"{courts[one.court]} · {named(one.name, one.name_en, language)}"
            for one in await request.app[DIVISIONS].all()
            if mine is None or one.court in mine
        },
        gives_every_court=mine is None,
        connected=await connected_view(request),
        factor_rules=[
            _held_view(one, courts, language) for one in await request.app[ACCOUNTS].factors.rules()
        ],
    )


def _member_view(
    member: Member, reader: Person, courts: dict[str, str], language: Language
) -> MemberView:
    mine = reader.courts(Permission.ADMINISTER)
    return MemberView(
        member,
        [_held_view(one, courts, language) for one in member.postings],
        mine is None or all(one.court in mine for one in member.postings),
        member.id == reader.id,
    )


def _held_view(posting: Posting, courts: dict[str, str], language: Language) -> HeldView:
    everywhere = gettext(language, "Every court")
    where = everywhere if posting.court is None else courts.get(posting.court, posting.court)
    words = gettext(language, "%(role)s, %(court)s", role=word(language, posting.role), court=where)
    return HeldView(posting.role.value, posting.court or "", posting.division or "", words)


@requires(Permission.STATISTICS)
async def show_figures(request: web.Request) -> web.Response:
    """Show the figures with the links to their detail."""
    values = await figures_of(request, "/console/statistics")
    courts = person_of(request).courts(Permission.STATISTICS)
    found = await request.app[STATISTICS].hearings(values["year"])
    mine = [one for one in found if courts is None or one.about.court.id in courts]
    values["divisions"] = {name: its.as_json() for name, its in by_division(mine).items()}
    return desk_page(request, "statistics.html", entry="statistics", here="figures", **values)


def setup(app: web.Application) -> None:
    """Add the routes."""
    add = app.router.add_get
    add("/console/sign-in", show_sign_in)
    add("/console/password", show_password)
    add("/console", show_overview)
    add("/console/broadcasts/{broadcast}", show_technician)
    add("/console/broadcasts/{broadcast}/watch", show_watch)
    add("/console/broadcasts/{broadcast}/masks", show_masks)
    add("/console/broadcasts/{broadcast}/report", show_report_desk)
    add("/console/partners", show_partners)
    add("/console/people", show_people)
    add("/console/statistics", show_figures)
    add(r"/console/statistics/{year:2\d{3}}", show_figures)
