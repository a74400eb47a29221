"""The public's pages about evidence: of a broadcast, a court's daily roots, the court's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aiohttp import web

from media import DailyRoot, link_of, parse_sheet, read_daily
from server.accounts.access import public
from server.broadcasts.service import BROADCASTS
from server.courts.service import COURTS
from server.openapi import PREFIX
from server.pages.console import named
from server.pages.records import sheet_view
from server.pages.rendering import page
from server.pages.views import broadcast_view, without
from server.proofs.model import ClosedDay
from server.proofs.routes import approvals_of
from server.proofs.service import PROOFS
from server.reader import say
from server.records.phrases import public_gap_words
from server.request_keys import LANGUAGE
from server.withdrawn import mask_of

MOST_DAYS = 100


@dataclass(frozen=True, slots=True)
class DayView:
    """A signed day for a reader; ``link`` is what the next day names."""

    day: str
    entries: int
    root: str
    link: str


def _day(one: ClosedDay) -> DayView:
    raw = one.signed.encode()
    daily: DailyRoot = read_daily(raw)[0]
    return DayView(one.day, daily.entries, daily.root, link_of(raw))


@public
async def show_proof(request: web.Request) -> web.Response:
    """Show what proves a broadcast's record to strangers, and let them check a file of theirs."""
    mask = mask_of(request)
    mask.must_show()
    about = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    found = await request.app[PROOFS].evidence(about)
    language = request[LANGUAGE]
    signed = parse_sheet(found.sheet.encode())
    # The rooms' own names of their cameras are for staff.
    names = {
        one.camera: say(request, "Camera %(number)s", number=place)
        for place, one in enumerate(signed.sheet.cameras, start=1)
    }
    address = f"{PREFIX}/broadcasts/{about.id}/proof"
    day = found.included
    return page(
        request,
        "proof.html",
        entry="proof",
        zone=about.hearing.time_zone,
        broadcast=without(broadcast_view(about, language), mask),
        sheet=sheet_view(signed, names, language, public_gap_words),
        approved=await approvals_of(request, about),
        was_pilot=about.policy == "",
        copies=found.copies,
        digest=found.digest,
        day=day,
        root=read_daily(day.signed.encode())[0].root if day else "",
        court=about.court_id,
        files=f"{address}/files" if found.has_list else "",
        address=address,
        origin=str(request.url.origin()),
    )


@public
async def show_days(request: web.Request) -> web.Response:
    """Show a court's signed days, newest first, for the screen and for paper."""
    court = await request.app[COURTS].court(request.match_info["court"])
    proofs = request.app[PROOFS]
    found = await proofs.days(court.id, newest_first=True, beyond=_before(request), limit=MOST_DAYS)
    return page(
        request,
        "daily_roots.html",
        entry="proof",
        zone=court.time_zone,
        court=court.id,
        court_name=named(court.name, court.name_en, request[LANGUAGE]),
        days=[_day(one) for one in found],
        older=found[-1].day if len(found) == MOST_DAYS else "",
        fingerprint=(await proofs.keys())[0].fingerprint,
    )


def _before(request: web.Request) -> str:
    """Return where the list goes on; what is no day is none."""
    try:
        return date.fromisoformat(request.query.get("before", "")).isoformat()
    except ValueError:
        return ""


@public
async def show_keys(request: web.Request) -> web.Response:
    """Show the court's key, the earlier ones, and where daily roots are."""
    present, *earlier = await request.app[PROOFS].keys()
    courts = await request.app[COURTS].courts()
    language = request[LANGUAGE]
    return page(
        request,
        "record_keys.html",
        entry="proof",
        present=present,
        earlier=earlier,
        courts=[(one.id, named(one.name, one.name_en, language)) for one in courts],
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/broadcasts/{broadcast}/proof", show_proof)
    app.router.add_get("/courts/{court}/daily-roots", show_days)
    app.router.add_get("/record-keys", show_keys)
