"""Who a request comes from, as far as the count has to know: the viewer's cookie."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from server.audience.viewers import (
    VIEWER_COOKIE,
    VIEWER_COOKIE_SECONDS,
    is_bot,
    is_cookie,
    viewer_hash,
)
from server.request_keys import PERSON
from server.security import SETTINGS
from server.signing import SIGNER

VIEWER_QUERY: Final = "viewer"
_PURPOSE: Final = "viewer"
_NEW: Final = web.RequestKey("new_viewer_cookie", str)
_STAFF_PAGES: Final = "/console"


def counted_viewer(request: web.Request, broadcast: str) -> str | None:
    """Return the viewer that the request comes from, None if it must not be counted.

    Not counted: staff who are signed in, programs that say so, and pages fetched in advance.
    Whoever has no cookie yet gets one with the answer.
    """
    if request.get(PERSON) is not None or request.path.startswith(_STAFF_PAGES):
        return None
    headers = request.headers
    if is_bot(headers.get("User-Agent", "")) or "prefetch" in headers.get("Sec-Purpose", ""):
        return None
    secret = request.app[SIGNER].key(_PURPOSE)
    return viewer_hash(secret, viewer_cookie(request), broadcast, datetime.now(UTC))


def viewer_cookie(request: web.Request) -> str:
    """Return the viewer's cookie, or a new one that goes out with the answer.

    In a frame on another site browsers send no cookie: its player says in its addresses what
    ``new_viewer`` gave to the page.
    """
    for known in (request.cookies.get(VIEWER_COOKIE, ""), request.query.get(VIEWER_QUERY, "")):
        if is_cookie(known):
            return known
    if _NEW not in request:
        request[_NEW] = new_viewer()
    return request[_NEW]


def new_viewer() -> str:
    """Return a name that nobody had before, for who has none."""
    return secrets.token_urlsafe(16)


async def give_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Send a new viewer's cookie (``on_response_prepare``).

    Public pages give one too, so that player and report, which start at the same time, are one
    viewer's.
    """
    if response.content_type == "text/html" and not request.path.startswith(_STAFF_PAGES):
        viewer_cookie(request)
    new = request.get(_NEW)
    if new is None:
        return
    # ``set_cookie`` would come too late: the response has taken its cookies into its headers.
    secure = "; Secure" if request.app[SETTINGS].behind_tls else ""
    response.headers.add(
        "Set-Cookie",
        f"{VIEWER_COOKIE}={new}; HttpOnly; Max-Age={VIEWER_COOKIE_SECONDS}; Path=/; "
        f"SameSite=Lax{secure}",
    )
