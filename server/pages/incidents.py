"""The staff's pages about what went wrong in a broadcast: its forms, and one to be printed."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.incidents.model import KIND_WORDS, LONGEST_TEXT, Kind
from server.incidents.routes import incident_view, list_views
from server.incidents.service import INCIDENTS
from server.pages.console import desk_page
from server.pages.views import broadcast_view
from server.request_keys import LANGUAGE
from server.translation import gettext


def _kinds(request: web.Request) -> dict[str, str]:
    return {kind.value: gettext(request[LANGUAGE], KIND_WORDS[kind]) for kind in Kind}


def _page(request: web.Request, template: str, its: Broadcast, **values: object) -> web.Response:
    broadcast, person = broadcast_view(its, request[LANGUAGE]), person_of(request)
    return desk_page(
        request,
        template,
        entry="incidents",
        here="records",
        zone=broadcast.zone,
        broadcast=broadcast,
        kinds=_kinds(request),
        now=datetime.now(UTC),
        may_write=person.may(Permission.ORDER, its.court_id),
        may_sign=person.may(Permission.SIGN, its.court_id),
        **values,
    )


@requires(Permission.WATCH_ROOM)
async def show_incidents(request: web.Request) -> web.Response:
    """Show a broadcast's forms, what should be explained, and a new form.

    ``what`` in the query is what the desk's alarms said when the form was wanted.
    """
    its = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    views = await list_views(request, its.id)
    return _page(
        request,
        "incidents.html",
        its,
        incidents=views.incidents,
        suggestions=views.suggestions,
        what=request.query.get("what", "")[:LONGEST_TEXT],
    )


@requires(Permission.WATCH_ROOM)
async def show_incident(request: web.Request) -> web.Response:
    """Show a form for reading, signing and printing."""
    person = person_of(request)
    form = await request.app[INCIDENTS].shown(request.match_info["incident"], person)
    its = await request.app[BROADCASTS].about(form.broadcast)
    view = await incident_view(request, form)
    is_own = form.written_by == person.id
    return _page(request, "incident.html", its, incident=view, is_own=is_own)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/console/broadcasts/{broadcast}/incidents", show_incidents)
    app.router.add_get("/console/incidents/{incident}", show_incident)
