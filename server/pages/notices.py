"""The public's pages of notices: hearings to come, with what the law names and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from media import ASK_AGAIN_S
from server.accounts.access import public
from server.bodies import read_query
from server.hearings.model import Change
from server.notices.icalendar import Event, calendar
from server.notices.icalendar import Status as IcalStatus
from server.notices.model import Notice, Status
from server.notices.routes import Wanted, next_place, read_place
from server.notices.service import MOST_IN_CALENDAR, NOTICES
from server.pages.console import named
from server.pages.rendering import page
from server.pages.words import word
from server.request_keys import LANGUAGE
from server.security import base_url
from server.translation import Language, gettext

# An adjourned hearing is another event at its new time, when the notice of that is out.
_STATUSES: Final[dict[Status, IcalStatus]] = {
    "as_announced": "CONFIRMED",
    "moved": "TENTATIVE",
    "cancelled": "CANCELLED",
    "adjourned": "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice as a reader of a language sees it."""

    id: str
    court: str
    zone: str
    cause: str
    parties: tuple[tuple[str, str], ...]
    scheduled_at: datetime
    place: str
    published_at: datetime
    moved: bool
    change: Change | None


def _seen(notice: Notice, language: Language) -> NoticePage:
    text = notice.text
    return NoticePage(
        id=notice.id,
        court=named(notice.court_name, notice.court_name_en, language),
        zone=notice.time_zone,
        cause=text.cause,
        parties=text.parties,
        scheduled_at=text.scheduled_at,
        place=named(text.place, text.place_en, language),
        published_at=notice.published_at,
        moved=notice.moved,
        change=notice.change,
    )


@public
async def show_notices(request: web.Request) -> web.Response:
    """Show the notices of today's and later hearings, a page at a time."""
    wanted = read_query(request, Wanted)
    found = await request.app[NOTICES].coming(wanted.court, read_place(wanted.after))
    return page(
        request,
        "notices.html",
        entry="portal",
        here="notices",
        notices=[_seen(one, request[LANGUAGE]) for one in found],
        court=wanted.court,
        next=next_place(found),
    )


@public
async def show_notice(request: web.Request) -> web.Response:
    """Show a notice; of one that was withdrawn only that, when and why."""
    notice = await request.app[NOTICES].notice(request.match_info["notice"])
    newest = await request.app[NOTICES].newest(notice.hearing) if notice.ending else None
    return page(
        request,
        "notice.html",
        entry="portal",
        here="notices",
        zone=notice.time_zone,
        notice=_seen(notice, request[LANGUAGE]),
        ending=notice.ending,
        newest=newest.id if newest else None,
    )


@public
async def follow_notices(request: web.Request) -> web.Response:
    """Answer with the notices as a calendar to be subscribed to; what is called off stays in it."""
    wanted = read_query(request, Wanted)
    found = await request.app[NOTICES].coming(wanted.court, most=MOST_IN_CALENDAR)
    language, base = request[LANGUAGE], base_url(request)
    text = calendar(
        gettext(language, "Public notices"), [_event(one, base, language) for one in found]
    )
    headers = {"Cache-Control": f"public, max-age={ASK_AGAIN_S}", "Vary": "Accept-Language, Cookie"}
    return web.Response(text=text, content_type="text/calendar", charset="utf-8", headers=headers)


def _event(notice: Notice, base: str, language: Language) -> Event:
    seen = _seen(notice, language)
    return Event(
        uid=f"hearing-{notice.hearing}",
        sequence=notice.version * 2 + notice.moved,
        changed_at=notice.change.at if notice.change else notice.published_at,
        at=seen.scheduled_at,
        summary=seen.cause,
        location=f"{seen.court} {seen.place}",
        description="\n".join(f"{word(language, role)} {name}" for role, name in seen.parties),
        address=f"{base}/notices/{notice.id}",
        status=_STATUSES[notice.status],
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/notices.ics", follow_notices)
    app.router.add_get("/notices", show_notices)
    app.router.add_get("/notices/{notice}", show_notice)
