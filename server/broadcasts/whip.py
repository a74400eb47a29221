"""WHIP, the HTTP side (RFC 9725): a browser's camera, a phone or OBS comes to a camera's address.

The recorder answers the offer and owns the session, so that a server that restarts interrupts no
publisher. Each request shows the camera's key as its bearer token; nothing else says who it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import NoReturn

from aiohttp import web
from limits import RateLimitItemPerSecond

from media import Answer, CloseSession, FeedOffer, MalformedMessage, Message, connect
from server.accounts.access import public_to_any_site
from server.broadcasts.assignments import recorder_name
from server.courts.model import Camera
from server.courts.service import COURTS
from server.errors import (
    Conflict,
    Invalid,
    Malformed,
    SignInNeeded,
    Unavailable,
)
from server.places import Places
from server.relaying import offered_addresses
from server.security import SETTINGS, client_address
from server.signalling import MAX_OFFER_BYTES, SDP, created, preflight, read_offer
from server.throttle import Throttle

ANSWER_SECONDS = 5.0
# Encoders try again every second or so; who guesses keys gets nowhere.
REQUESTS_PER_ADDRESS = RateLimitItemPerSecond(60, 10)
THROTTLE: web.AppKey[Throttle] = web.AppKey("whip_throttle", Throttle)
_METHODS = "OPTIONS, POST, DELETE"


async def _camera(request: web.Request) -> Camera:
    """Return the camera whose key the request shows; raises ``SignInNeeded``."""
    await request.app[THROTTLE].take(REQUESTS_PER_ADDRESS, client_address(request))
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise SignInNeeded("The key is not this camera's.")
    return await request.app[COURTS].by_key(request.match_info["camera"], key.strip())


@public_to_any_site
async def publish(request: web.Request) -> web.StreamResponse:
    """Open a session: POST of an SDP offer, 201 with the answer (RFC 9725 §4.2)."""
    camera = await _camera(request)
    sdp = await read_offer(request)
    session = secrets.token_urlsafe(18)
    settings = request.app[SETTINGS]
    addresses = offered_addresses(settings.host, settings.whep_addresses)
    offer = FeedOffer(session, camera.id, sdp, addresses)
    answer = await _ask(request, camera, offer)
    if answer.status != 201:  # noqa: PLR2004
        _refuse(answer)
    return created(request, answer.sdp, f"/whip/{camera.id}/{session}")


async def _ask(request: web.Request, camera: Camera, offer: FeedOffer) -> Answer:
    """Hand an offer to the courtroom's recorder; raises ``Unavailable`` if there is none."""
    socket = Places(request.app[SETTINGS].data).socket(recorder_name(camera.courtroom))
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            stream = await connect(socket)
            try:
                stream.send(offer)
                async for message in stream:
                    if isinstance(message, Answer) and message.session == offer.session:
                        return message
            except asyncio.CancelledError:
                # the publisher has gone before the answer: nobody will ever end the session
                stream.send(CloseSession(offer.session))
                raise
            finally:
                await stream.close()
    except (OSError, TimeoutError, MalformedMessage):
        pass
    raise Unavailable("The courtroom is not in use now.", retry_after_s=5)


def _refuse(answer: Answer) -> NoReturn:
    match answer.status:
        case 400:
            raise Malformed("The offer cannot be used: %(reason)s.", reason=answer.reason)
        case 409:
            raise Conflict("Another publisher is there: %(reason)s.", reason=answer.reason)
        case _:
            raise Invalid("The offer cannot be used: %(reason)s.", reason=answer.reason)


@public_to_any_site
async def end(request: web.Request) -> web.StreamResponse:
    """End a session (RFC 9725 §4.2); also one that is over already."""
    camera = await _camera(request)
    await _tell(request, camera, CloseSession(request.match_info["session"]))
    return web.Response(status=200)


async def _tell(request: web.Request, camera: Camera, message: Message) -> None:
    socket = Places(request.app[SETTINGS].data).socket(recorder_name(camera.courtroom))
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS):
            stream = await connect(socket)
            stream.send(message)
            await stream.close()


@public_to_any_site
async def change(request: web.Request) -> web.StreamResponse:
    """Take candidates and let them be; refuse an ICE restart (RFC 9725 §4.3.2, §4.3.3)."""
    await _camera(request)
    body = await request.content.read(MAX_OFFER_BYTES)
    if request.headers.get("If-Match") == "*" or b"a=candidate:" not in body:
        raise Invalid("A session cannot restart ICE; open a new one.")
    return web.Response(status=204)


@public_to_any_site
async def options(request: web.Request) -> web.StreamResponse:  # noqa: ARG001
    """Answer a preflight."""
    response = preflight(f"{_METHODS}, PATCH")
    response.headers["Accept-Post"] = SDP
    return response


@public_to_any_site
async def look(request: web.Request) -> web.StreamResponse:
    """There is nothing to see at a publisher's address (RFC 9725 §4.2: 405 for GET)."""
    raise web.HTTPMethodNotAllowed(request.method, ["OPTIONS", "POST"])


def add_routes(app: web.Application) -> None:
    """Add WHIP's addresses."""
    app[THROTTLE] = Throttle()
    endpoint = app.router.add_resource("/whip/{camera}")
    endpoint.add_route("POST", publish)
    endpoint.add_route("GET", look)
    endpoint.add_route("OPTIONS", options)
    session = app.router.add_resource("/whip/{camera}/{session}")
    session.add_route("PATCH", change)
    session.add_route("DELETE", end)
    session.add_route("OPTIONS", options)
