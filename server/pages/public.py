"""The public's pages: the portal, a hearing, the year's figures."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from aiohttp import web

from server.accounts.access import public
from server.audience import AUDIENCE, counted_viewer
from server.broadcasts.announced import announced
from server.broadcasts.fetching import film_address, may_fetch
from server.broadcasts.model import Broadcast, Phase
from server.broadcasts.service import BROADCASTS
from server.embeds.service import EMBEDS
from server.notices.service import NOTICES
from server.pages.embed import embed_code_of, oembed_address
from server.pages.figures import figures_of
from server.pages.linked_data import Linked, live_blog, video_object
from server.pages.rendering import page
from server.pages.search import HEADER, NOT_KEPT, NOT_LISTED, may_be_listed
from server.pages.views import BroadcastView
from server.pages.withheld import broadcast_shown, on_air_view, publicly
from server.pages.words import word
from server.proofs.service import PROOFS
from server.reports.feed import read_cursor
from server.reports.service import REPORTS
from server.request_keys import LANGUAGE
from server.security import base_url
from server.translation import gettext
from server.withdrawn import REGISTER, mask_of
from server.withdrawn.model import REASON_WORDS, Withdrawal

MOST_REPLAYS = 30
PHASES: Final[tuple[Phase, ...]] = ("live", "upcoming", "replay")


def _shown(request: web.Request, found: Iterable[Broadcast]) -> list[BroadcastView]:
    register = request.app[REGISTER]
    return [on_air_view(request, one) for one in found if register.of(one.id).whole is None]


@public
async def show_portal(request: web.Request) -> web.Response:
    """Show what is live, what comes, what was."""
    broadcasts = request.app[BROADCASTS]
    live, upcoming, replay = [
        _shown(request, await announced(request.app[NOTICES], await broadcasts.listed(phase)))
        for phase in PHASES
    ]
    return page(
        request,
        "portal.html",
        entry="portal",
        here="portal",
        live=live,
        upcoming=upcoming,
        replay=replay[:MOST_REPLAYS],
    )


@public
async def show_broadcast(request: web.Request) -> web.Response:
    """Show one hearing: player, state and the report as it stands.

    Of one that was withdrawn as a whole a tombstone is left, and nothing that names it.
    """
    whole = mask_of(request).whole
    if whole is not None:
        return await _show_tombstone(request, whole)
    about = await publicly(request, request.match_info["broadcast"])
    broadcast = on_air_view(request, about)
    may_embed = about.has_video and bool(await request.app[EMBEDS].ancestors(about))
    posts, after = [], ""
    async for news in request.app[REPORTS].feeds.catch_up(broadcast.id, read_cursor(None)):
        posts.append(news.post)
        after = news.cursor
    if posts and request.method != "HEAD":
        _count_reading(request, broadcast.id)
    posts.sort(key=lambda post: (post["court_time"], post["number"]), reverse=True)
    is_listed = await may_be_listed(request, about)
    response = page(
        request,
        "broadcast.html",
        entry="broadcast",
        zone=broadcast.zone,
        broadcast=broadcast,
        is_live=broadcast.may_become_live,
        embed_code=embed_code_of(request, broadcast) if may_embed else "",
        oembed=oembed_address(request, broadcast.id),
        linked=_linked(request, about, broadcast, posts, may_embed=may_embed),
        posts=posts,
        report_after=after,
        film=film_address(about.id)
        if broadcast.has_replay and await may_fetch(request, about)
        else "",
        has_proof=await request.app[PROOFS].has_evidence(about),
    )
    response.headers[HEADER] = NOT_KEPT if is_listed else NOT_LISTED
    return response


def _linked(
    request: web.Request,
    about: Broadcast,
    view: BroadcastView,
    posts: list[dict[str, Any]],
    *,
    may_embed: bool,
) -> list[Linked]:
    base = base_url(request)
    speaker_of = partial(word, request[LANGUAGE])
    found = (
        video_object(view, base, until=about.replay_until, may_embed=may_embed),
        live_blog(view, base, posts, speaker_of),
    )
    return [one for one in found if one is not None]


async def _show_tombstone(request: web.Request, whole: Withdrawal) -> web.Response:
    broadcast = await broadcast_shown(request)
    response = page(
        request,
        "tombstone.html",
        entry="portal",
        zone=broadcast.zone,
        broadcast=broadcast,
        withdrawal=whole,
        reason=gettext(request[LANGUAGE], REASON_WORDS[whole.reason]),
    )
    response.set_status(410)
    return response


def _count_reading(request: web.Request, broadcast: str) -> None:
    """Note a reader of the report: who has no JavaScript reads it here and nowhere else."""
    viewer = counted_viewer(request, broadcast)
    if viewer is not None:
        request.app[AUDIENCE].touch(broadcast, "report", viewer)


@public
async def show_year(request: web.Request) -> web.Response:
    """Show the figures of a year, the present one if none is named."""
    values = await figures_of(request, "/statistics")
    return page(request, "statistics.html", entry="statistics", here="statistics", **values)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/", show_portal)
    app.router.add_get("/broadcasts/{broadcast}", show_broadcast)
    app.router.add_get("/statistics", show_year)
    app.router.add_get(r"/statistics/{year:2\d{3}}", show_year)
