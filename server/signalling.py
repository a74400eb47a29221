"""What WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep-03) share over HTTP: SDP in and out."""

from __future__ import annotations

import secrets
import time
from typing import Final

from aiohttp import web

from server.errors import Malformed, TooLarge, UnknownMedia
from server.security import SETTINGS
from server.turn import links, read_urls

SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"
MAX_OFFER_BYTES: Final = 64 * 1024
_NONCE_BYTES = 9
_PREFLIGHT_SECONDS = 24 * 3600


async def read_offer(request: web.Request) -> str:
    """Return the SDP offer of a session; raises what is wrong with it."""
    if request.content_type != SDP:
        raise UnknownMedia("An offer is %(type)s.", type=SDP)
    return await _text(request)


async def read_fragment(request: web.Request) -> str:
    """Return the change of a session, a fragment of SDP (RFC 8840 §9); raises what is wrong."""
    if request.content_type != FRAGMENT:
        raise UnknownMedia("A change is %(type)s.", type=FRAGMENT)
    return await _text(request)


async def _text(request: web.Request) -> str:
    if (request.content_length or 0) > MAX_OFFER_BYTES:
        raise TooLarge("An offer has at most %(bytes)s bytes.", bytes=MAX_OFFER_BYTES)
    body = await request.read()
    if len(body) > MAX_OFFER_BYTES:
        raise TooLarge("An offer has at most %(bytes)s bytes.", bytes=MAX_OFFER_BYTES)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Malformed("The offer is not text in UTF-8.") from None


def created(request: web.Request, sdp: str, location: str, etag: str = "") -> web.Response:
    """Return the answer to an offer: 201 with the session's address and the ICE servers to use.

    ``etag`` (quoted) names the ICE session where it can be restarted (RFC 9725 §4.3.1).
    """
    response = web.Response(
        status=201,
        body=sdp.encode(),
        headers={
            "Content-Type": SDP,
            "Location": location,
            "Accept-Patch": FRAGMENT,
            "Cache-Control": "no-store",
        },
    )
    if etag:
        response.headers["ETag"] = etag
    settings = request.app[SETTINGS]
    urls = read_urls(settings.turn_urls)
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    for link in links(urls, settings.turn_secret, time.time(), nonce):
        response.headers.add("Link", link)
    return response


def preflight(methods: str) -> web.Response:
    """Return the answer to a preflight; it says nothing of sessions or ICE servers (RFC 9725 §4.6).

    A player may ask from any page and show a key; no cookie goes with it.
    """
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
            "Allow": methods,
        },
    )
