"""Pages about complaints: the public's form and the court's triage."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from server.accounts.access import public, requires
from server.accounts.roles import Permission
from server.complaints.model import LONGEST_CONTACT, LONGEST_TEXT, OUTCOME_WORDS
from server.complaints.routes import list_views
from server.pages.console import desk_page
from server.pages.rendering import page
from server.pages.withheld import broadcast_shown
from server.request_keys import LANGUAGE
from server.translation import gettext


@public
async def show_form(request: web.Request) -> web.Response:
    """Show the form for a complaint about a broadcast, also about one that is withdrawn."""
    broadcast = await broadcast_shown(request)
    return page(
        request,
        "complaint.html",
        entry="complaints",
        zone=broadcast.zone,
        broadcast=broadcast,
        longest_text=LONGEST_TEXT,
        longest_contact=LONGEST_CONTACT,
    )


@requires(Permission.WITHDRAW)
async def show_triage(request: web.Request) -> web.Response:
    """Show the complaints that wait, the first due first, and those that were closed last."""
    return desk_page(
        request,
        "complaints.html",
        entry="complaints",
        here="complaints",
        waiting=await list_views(request, is_open=True),
        closed=await list_views(request, is_open=False),
        outcomes={
            outcome.value: gettext(request[LANGUAGE], words)
            for outcome, words in OUTCOME_WORDS.items()
        },
        now=datetime.now(UTC),
        longest_text=LONGEST_TEXT,
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/broadcasts/{broadcast}/complaint", show_form)
    app.router.add_get("/console/complaints", show_triage)
