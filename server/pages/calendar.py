"""The staff's calendar: a day's hearings, a list to be imported, a hearing with its people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import Field

from media import LAYOUTS
from server.accounts.access import person_of, requires
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.approvals.service import APPROVALS
from server.bodies import Body, read_query
from server.broadcasts.model import LONGEST_DELAY_S
from server.broadcasts.service import BROADCASTS
from server.courts.divisions import DIVISIONS
from server.courts.model import Court
from server.database.metadata import to_microseconds
from server.errors import Unavailable
from server.hearings.model import Hearing, Span, day_of
from server.hearings.participants.model import Part, Participant
from server.hearings.participants.service import PARTICIPANTS, sees_participants
from server.hearings.service import HEARINGS, PAGE
from server.notices.model import Notice
from server.notices.routes import read_place
from server.notices.service import NOTICES, Announcement
from server.pages.announcing import announced_line, announcement_log
from server.pages.console import desk_page, named
from server.pages.courts import courts_where
from server.pages.pilots import running_pilot
from server.pages.planning import plan_of
from server.pages.views import names
from server.request_keys import LANGUAGE
from server.security import SETTINGS


class Wanted(Body):
    """Which page of the calendar: a day of a court (of all), or the hearings of a case number.

    ``division``: only a trial division's.
    """

    day: Annotated[date, Field(ge=date(1949, 1, 1), le=date(2199, 12, 31))] | None = None
    court: Annotated[str, Field(max_length=32)] | None = None
    number: Annotated[str, Field(max_length=64)] = ""
    division: Annotated[str, Field(max_length=32)] = ""
    after: Annotated[str, Field(max_length=60)] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A hearing of the calendar. ``told`` of ``people`` participants know of the broadcast."""

    id: str
    at: datetime
    zone: str
    title: str
    court: str
    courtroom: str
    case_number: str
    cause: str
    broadcast: str | None
    notice: Notice | None
    people: int
    told: int
    cancelled_at: datetime | None
    application: str | None
    may_apply: bool


def _may_apply(by: Person, hearing: Hearing, ruled: Collection[str]) -> bool:
    """Tell whether somebody may apply for a hearing to come; ``ruled``: courts with a policy."""
    is_to_come = hearing.cancelled_at is None and hearing.scheduled_at > datetime.now(UTC)
    return is_to_come and hearing.court in ruled and by.may(Permission.APPLY, hearing.court)


@requires(Permission.CALENDAR)
async def show_calendar(request: web.Request) -> web.Response:
    """Show a day of the calendar, at most so many hearings at once."""
    wanted, mine = read_query(request, Wanted), await courts_where(request, Permission.CALENDAR)
    chosen = mine.get(wanted.court or "")
    zone = chosen.time_zone if chosen else request.app[SETTINGS].time_zone
    day = wanted.day or datetime.now(ZoneInfo(zone)).date()
    span = _span(wanted, mine, day, zone)
    found = await request.app[HEARINGS].page(span)
    divisions = await request.app[DIVISIONS].all(wanted.court or None)
    before, behind = (None, None)
    if not wanted.number:
        before, behind = await request.app[HEARINGS].neighbours(span)
    last = found[-1] if len(found) == PAGE else None
    language = request[LANGUAGE]
    return desk_page(
        request,
        "calendar.html",
        entry="calendar",
        here="calendar",
        zone=zone,
        rows=await _rows(request, found),
        courts={its: named(one.name, one.name_en, language) for its, one in mine.items()},
        court=chosen.id if chosen else "",
        divisions={
            one.id: named(one.name, one.name_en, language) for one in divisions if one.court in mine
        },
        division=wanted.division,
        number=wanted.number,
        date=day,
        before=_date(before, zone),
        behind=_date(behind, zone),
        next=f"{to_microseconds(last.scheduled_at)}.{last.id}" if last else None,
        may_import=bool(await courts_where(request, Permission.SCHEDULE)),
    )


def _span(wanted: Wanted, mine: dict[str, Court], day: date, zone: str) -> Span:
    courts = frozenset({wanted.court} & mine.keys() if wanted.court else mine)
    after = read_place(wanted.after)
    if wanted.number:
        return Span(courts, number=wanted.number, division=wanted.division, after=after)
    return Span(courts, *day_of(day, zone), division=wanted.division, after=after)


def _date(at: datetime | None, zone: str) -> date | None:
    return at.astimezone(ZoneInfo(zone)).date() if at else None


async def _rows(request: web.Request, found: list[Hearing]) -> list[Row]:
    app, language, ids = request.app, request[LANGUAGE], [one.id for one in found]
    broadcasts = await app[BROADCASTS].of_hearings(ids)
    notices = await app[NOTICES].holding(ids)
    people, by = await app[PARTICIPANTS].of_all(ids), person_of(request)
    applications = await app[APPROVALS].dossiers.of_hearings(ids)
    ruled = await request.app[APPROVALS].policies.ruling({one.court for one in found})
    rows = []
    for one in found:
        title, court, courtroom = names(one, language)
        its, broadcast = people.get(one.id, []), broadcasts.get(one.id)
        rows.append(
            Row(
                one.id,
                one.scheduled_at,
                one.time_zone,
                title,
                court,
                courtroom,
                one.case_number,
                one.cause,
                broadcast.id if broadcast else None,
                notices.get(one.id),
                len(its),
                sum(person.told is not None for person in its),
                one.cancelled_at,
                applications.get(one.id) if by.may(Permission.APPLICATIONS, one.court) else None,
                one.id not in applications and _may_apply(by, one, ruled),
            )
        )
    return rows


@requires(Permission.SCHEDULE)
async def show_import(request: web.Request) -> web.Response:
    """Show the form for a list of hearings."""
    language = request[LANGUAGE]
    mine = await courts_where(request, Permission.SCHEDULE)
    return desk_page(
        request,
        "calendar-import.html",
        entry="calendar",
        here="calendar",
        courts={its: named(one.name, one.name_en, language) for its, one in mine.items()},
    )


@requires(Permission.CALENDAR)
async def show_hearing(request: web.Request) -> web.Response:
    """Show a hearing with who takes part and its notice."""
    by, app = person_of(request), request.app
    hearing = await app[HEARINGS].hearing(request.match_info["hearing"])
    by.must(Permission.CALENDAR, hearing.court)
    sees_people = sees_participants(by, hearing.court)
    participants = await app[PARTICIPANTS].listed(hearing, by) if sees_people else []
    changes = await app[HEARINGS].changes(hearing.id)
    title, court, courtroom = names(hearing, request[LANGUAGE])
    may_publish = by.may(Permission.SCHEDULE, hearing.court)
    broadcast = (await app[BROADCASTS].of_hearings([hearing.id])).get(hearing.id)
    plan = await plan_of(request, hearing, broadcast)
    ruled = await app[APPROVALS].policies.ruling({hearing.court})
    return desk_page(
        request,
        "hearing.html",
        entry="calendar",
        here="calendar",
        zone=hearing.time_zone,
        hearing=hearing,
        title=title,
        court=court,
        courtroom=courtroom,
        division=await _division(request, hearing),
        divisions=await _divisions(request, hearing) if may_publish else {},
        judge=await app[ACCOUNTS].display_name(hearing.judge) if hearing.judge else "",
        broadcast=broadcast.id if broadcast else None,
        plan=plan,
        pilot=await running_pilot(request, hearing, broadcast),
        layouts=tuple(LAYOUTS),
        longest_delay_s=LONGEST_DELAY_S,
        participants=participants,
        announced=await announced_line(request, hearing),
        announcements=await announcement_log(request, hearing),
        sees_people=sees_people,
        writers=await _writers(request, participants),
        parts=[part.value for part in Part],
        application=(await app[APPROVALS].dossiers.of_hearings([hearing.id])).get(hearing.id),
        may_apply=_may_apply(by, hearing, ruled),
        announcement=await _announcement(request, hearing),
        now=datetime.now(UTC),
        changes=changes,
        changers={one.by: await app[ACCOUNTS].display_name(one.by) for one in changes},
        may_call_off=by.may(Permission.CALL_OFF, hearing.court),
        may_write=may_publish or by.may(Permission.REPORT, hearing.court),
        may_publish=may_publish,
    )


async def _announcement(request: web.Request, hearing: Hearing) -> Announcement | None:
    try:
        return await request.app[NOTICES].announcement(hearing)
    except Unavailable:  # the court's policy has lost its file
        return None


async def _division(request: web.Request, hearing: Hearing) -> str:
    found = await request.app[DIVISIONS].all(hearing.court) if hearing.division else []
    name = next((one for one in found if one.id == hearing.division), None)
    return named(name.name, name.name_en, request[LANGUAGE]) if name else ""


async def _divisions(request: web.Request, hearing: Hearing) -> dict[str, str]:
    """Return the names of the court's divisions that are open, and of the hearing's own."""
    found = await request.app[DIVISIONS].all(hearing.court)
    return {
        one.id: named(one.name, one.name_en, request[LANGUAGE])
        for one in found
        if one.closed_at is None or one.id == hearing.division
    }


async def _writers(request: web.Request, participants: list[Participant]) -> dict[str, str]:
    """Return the names of those who wrote the log, by id."""
    ids = {entry.written_by for one in participants for entry in one.log}
    return {one: await request.app[ACCOUNTS].display_name(one) for one in ids}


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/console/calendar", show_calendar)
    app.router.add_get("/console/calendar/import", show_import)
    app.router.add_get("/console/hearings/{hearing}", show_hearing)
