"""The staff's pages about replays that wait: the queue, and one to be watched and decided."""

from __future__ import annotations

from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.broadcasts.service import BROADCASTS
from server.pages.console import desk_page
from server.pages.views import broadcast_view
from server.releases.model import CHOICE_WORDS, LONGEST_REMARK
from server.releases.routes import decision_view
from server.releases.service import RELEASES
from server.request_keys import LANGUAGE
from server.translation import gettext


@requires(Permission.REVIEW)
async def show_queue(request: web.Request) -> web.Response:
    """List the replays that wait for their review."""
    language = request[LANGUAGE]
    found = await request.app[RELEASES].waiting(person_of(request))
    return desk_page(
        request,
        "reviews.html",
        entry="releases",
        here="reviews",
        rows=[(broadcast_view(one, language), one.replay_due) for one in found],
    )


@requires(Permission.REVIEW)
async def show_review(request: web.Request) -> web.Response:
    """Show a replay with what is to be decided about it."""
    its = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    decisions = await request.app[RELEASES].decisions(its.id, person_of(request))
    broadcast = broadcast_view(its, request[LANGUAGE])
    return desk_page(
        request,
        "review.html",
        entry="releases",
        here="reviews",
        zone=broadcast.zone,
        broadcast=broadcast,
        replay=its.replay,
        until=its.replay_until,
        decisions=[await decision_view(request, one) for one in decisions],
        choices={name: gettext(request[LANGUAGE], text) for name, text in CHOICE_WORDS.items()},
        longest=LONGEST_REMARK,
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/console/reviews", show_queue)
    app.router.add_get("/console/broadcasts/{broadcast}/review", show_review)
