"""WHEP, the HTTP side (draft-ietf-wish-whep-03; section names as in RFC 9725 for what it shares).

The offer goes to the relay's process, which answers with all its candidates: there is nothing to
trickle to us. A session's address cannot be guessed and ends with the broadcast.
"""

from __future__ import annotations

from typing import Final, NoReturn

from aiohttp import web
from limits import RateLimitItemPerSecond

from media import Answer, Offer
from server.accounts.access import public_to_any_site
from server.audience.requests import counted_viewer
from server.bodies import MAX_OFFER_BYTES, SDP, read_offer
from server.broadcasts.assignments import worker_name
from server.errors import Invalid, Malformed, NotFound, TooLarge, Unavailable, UnknownMedia
from server.places import Places
from server.playback.relay import RELAY, session_name
from server.playback.sources import SOURCES
from server.security import SETTINGS, client_address
from server.throttle import Throttle

FRAGMENT: Final = "application/trickle-ice-sdpfrag"
NOT_LIVE_RETRY_SECONDS = 5
# A class watches from one address behind one router; a script that floods is stopped all the same.
OFFERS_PER_ADDRESS = RateLimitItemPerSecond(300, 10)
CHANGES_PER_ADDRESS = RateLimitItemPerSecond(600, 10)
_PREFLIGHT_SECONDS = 24 * 3600


THROTTLE: web.AppKey[Throttle] = web.AppKey("whep_throttle", Throttle)


@public_to_any_site
async def offer(request: web.Request) -> web.StreamResponse:
    """Open a session: POST of an SDP offer, 201 with the answer."""
    await request.app[THROTTLE].take(OFFERS_PER_ADDRESS, client_address(request))
    broadcast = request.match_info["broadcast"]
    is_on_air = await request.app[SOURCES].is_on_air(broadcast)
    sdp = await read_offer(request)
    if not is_on_air:
        raise _not_live()
    worker = Places(request.app[SETTINGS].data).socket(worker_name(broadcast))
    session = session_name(counted_viewer(request, broadcast))
    answer = await request.app[RELAY].offer(Offer(session, broadcast, str(worker), sdp))
    if answer.status != 201:  # noqa: PLR2004
        _refuse(answer)
    return web.Response(
        status=201,
        body=answer.sdp.encode(),
        headers={
            "Content-Type": SDP,
            "Location": f"/whep/{broadcast}/{session}",
            "Cache-Control": "no-store",
        },
    )


def _not_live() -> web.HTTPConflict:
    # "If the resource is not yet available … 409 Conflict … Retry-After" (WHEP, Playback session)
    return web.HTTPConflict(headers={"Retry-After": str(NOT_LIVE_RETRY_SECONDS)})


def _refuse(answer: Answer) -> NoReturn:
    reason = answer.reason
    match answer.status:
        case 400:
            raise Malformed("The offer cannot be used: %(reason)s.", reason=reason)
        case 406:
            raise web.HTTPNotAcceptable
        case 409:
            raise _not_live()
        case 422:
            raise Invalid("The offer cannot be used: %(reason)s.", reason=reason)
        case _:
            raise Unavailable("The lowest delay is not available now.", retry_after_s=10)


@public_to_any_site
async def look(request: web.Request) -> web.StreamResponse:
    """HEAD and GET: tell players that this is a WHEP endpoint (WHEP, Discoverability)."""
    await request.app[SOURCES].is_on_air(request.match_info["broadcast"])
    return web.Response(headers={"Content-Type": SDP, "Accept-Post": SDP})


def _preflight(methods: str) -> web.Response:
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
            "Allow": methods,
        },
    )


@public_to_any_site
async def endpoint_options(request: web.Request) -> web.StreamResponse:  # noqa: ARG001
    """Answer a preflight for the endpoint."""
    response = _preflight("OPTIONS, GET, HEAD, POST")
    response.headers["Accept-Post"] = SDP
    return response


@public_to_any_site
async def session_options(request: web.Request) -> web.StreamResponse:  # noqa: ARG001
    """Answer a preflight for a session."""
    return _preflight("OPTIONS, PATCH, DELETE")


async def _session(request: web.Request) -> str:
    await request.app[THROTTLE].take(CHANGES_PER_ADDRESS, client_address(request))
    session = request.match_info["session"]
    if request.app[RELAY].broadcast_of(session) != request.match_info["broadcast"]:
        raise NotFound("There is no such session.")
    return session


@public_to_any_site
async def change(request: web.Request) -> web.StreamResponse:
    """Take candidates and let them be; refuse an ICE restart.

    A viewer's checks reach the relay and make its address known (RFC 8445 §7.3.1.3), so trickled
    candidates are not needed. Who supports trickling only answers a restart with 422 (RFC 9725,
    ICE support).
    """
    await _session(request)
    if request.content_type != FRAGMENT:
        raise UnknownMedia("A change is %(type)s.", type=FRAGMENT)
    if request.headers.get("If-Match") == "*":
        raise Invalid("A session cannot restart ICE; open a new one.")
    body = await request.read()
    if len(body) > MAX_OFFER_BYTES:
        raise TooLarge("An offer has at most %(bytes)s bytes.", bytes=MAX_OFFER_BYTES)
    if b"a=candidate:" not in body and b"a=end-of-candidates" not in body:
        raise Malformed("The change has no candidates.")
    return web.Response(status=204)


@public_to_any_site
async def end(request: web.Request) -> web.StreamResponse:
    """End a session."""
    request.app[RELAY].close(await _session(request))
    return web.Response(status=200)


def add_routes(app: web.Application) -> None:
    """Add WHEP's addresses."""
    app[THROTTLE] = Throttle()
    endpoint = app.router.add_resource("/whep/{broadcast}")
    endpoint.add_route("POST", offer)
    endpoint.add_route("GET", look)
    endpoint.add_route("HEAD", look)
    endpoint.add_route("OPTIONS", endpoint_options)
    session = app.router.add_resource("/whep/{broadcast}/{session}")
    session.add_route("PATCH", change)
    session.add_route("DELETE", end)
    session.add_route("OPTIONS", session_options)
