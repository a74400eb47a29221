"""What search engines may list: robots.txt, the sitemap, and a word in each answer.

An engine keeps what it has read for days, and no withdrawal reaches it sooner: so hearings are
listed only where the court's policy permits it, and nowhere kept as a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aiohttp import web

from server.accounts.access import public
from server.approvals.service import APPROVALS
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.pages.atom import escaped
from server.pages.documents import document
from server.pages.views import BroadcastView
from server.pages.withheld import on_air_view
from server.security import base_url

HEADER: Final = "X-Robots-Tag"
NOT_LISTED: Final = "noindex"
NOT_KEPT: Final = "noarchive"
# By what an address begins with. Notices are published to be found; of a hearing only its page is
# listed, where it is; pictures of people are not.
_SAID: Final = (
    ("/broadcasts/", NOT_LISTED),
    ("/embed/", NOT_LISTED),
    ("/photos/", NOT_LISTED),
    ("/thumbnails/", NOT_LISTED),
    ("/console", NOT_LISTED),
    ("/", NOT_KEPT),
)
# Replays stay open: where a page is listed, an engine looks at its video.
_CLOSED: Final = ("/api/", "/console", "/embed/", "/feeds/", "/hls/", "/oembed", "/whep/", "/whip/")
_PAGES: Final = ("/", "/notices", "/statistics", "/record-keys")


async def tell_engines(request: web.Request, response: web.StreamResponse) -> None:
    """Say whether an answer may be listed or kept (``on_response_prepare``)."""
    if HEADER not in response.headers and response.content_type.startswith(("text/html", "image/")):
        said = next(word for start, word in _SAID if request.path.startswith(start))
        response.headers[HEADER] = said


async def may_be_listed(request: web.Request, about: Broadcast) -> bool:
    """Tell whether the policy of a broadcast lets search engines list it."""
    publicity = await request.app[APPROVALS].policies.publicity()
    return publicity.may_be_searched(about.place)


@public
async def show_robots(request: web.Request) -> web.Response:
    """Tell robots where they have nothing to look for (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {one}" for one in _CLOSED)]
    lines += ["", f"Sitemap: {base_url(request)}/sitemap.xml", ""]
    return document(request, "\n".join(lines), "text/plain")


@public
async def show_sitemap(request: web.Request) -> web.Response:
    """List the pages that may be found: of hearings those whose policy permits it."""
    base = base_url(request)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"',
        '  xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">',
        *(f"<url><loc>{escaped(base + one)}</loc></url>" for one in _PAGES),
    ]
    for phase in ("live", "replay"):
        for about in await request.app[BROADCASTS].listed(phase):
            view = on_air_view(request, about)
            if view.title and await may_be_listed(request, about):
                lines += _place(view, about, base)
    lines.append("</urlset>\n")
    return document(request, "\n".join(lines), "application/xml")


def _place(view: BroadcastView, about: Broadcast, base: str) -> Iterator[str]:
    yield f"<url><loc>{escaped(f'{base}/broadcasts/{view.id}')}</loc>"
    if view.is_playable:
        facts = (view.title, view.court, view.courtroom)
        yield "<video:video>"
        yield f"<video:thumbnail_loc>{escaped(base)}/thumbnails/{view.id}.jpg</video:thumbnail_loc>"
        yield f"<video:title>{escaped(view.title)}</video:title>"
        yield f"<video:description>{escaped(', '.join(facts))}</video:description>"
        yield f"<video:content_loc>{escaped(base + view.hls)}</video:content_loc>"
        yield f"<video:publication_date>{view.when.isoformat()}</video:publication_date>"
        if about.replay_until is not None:
            until = about.replay_until.isoformat()
            yield f"<video:expiration_date>{until}</video:expiration_date>"
        if view.may_become_live:
            yield "<video:live>yes</video:live>"
        yield "</video:video>"
    yield "</url>"


def setup(app: web.Application) -> None:
    """Add the routes, and the word in each answer."""
    app.on_response_prepare.append(tell_engines)
    app.router.add_get("/robots.txt", show_robots)
    app.router.add_get("/sitemap.xml", show_sitemap)
