"""WHEP, the HTTP side (draft-ietf-wish-whep-03; section names as in RFC 9725 for what it shares).

The offer goes to a relay's process, which answers with all its candidates. Everything that stands
in an answer's headers is public; a session's address cannot be guessed and ends with the broadcast.
"""

from __future__ import annotations

import secrets
from typing import Final, NoReturn

from aiohttp import web
from limits import RateLimitItemPerSecond

from media import Answer, Change, Changed, Offer
from server.accounts.access import public_to_any_site
from server.accounts.service import ACCOUNTS
from server.broadcasts.assignments import worker_name
from server.errors import Invalid, Malformed, NotFound, SignInNeeded, Unavailable
from server.partners import PARTNERS, Scope, partner_key_of
from server.places import Places
from server.playback.opening import right_of
from server.playback.relays import RELAYS
from server.playback.sessions import SECRET_CHARACTERS, name_direct
from server.playback.sources import SOURCES
from server.reader import secret_of
from server.request_keys import PERSON
from server.security import SETTINGS, client_address
from server.signalling import FRAGMENT, SDP, created, preflight, read_fragment, read_offer
from server.throttle import Throttle

FULL_RETRY_SECONDS = 10
NOT_LIVE_RETRY_SECONDS = 5
# A class watches from one address behind one router; a script that floods is stopped all the same.
OFFERS_PER_ADDRESS = RateLimitItemPerSecond(300, 10)
CHANGES_PER_ADDRESS = RateLimitItemPerSecond(600, 10)
# Beside the header's quotes an entity-tag is short; nothing longer is passed on.
_LONGEST_TAG = 256
_SECRET_BYTES: Final = SECRET_CHARACTERS * 3 // 4

THROTTLE: web.AppKey[Throttle] = web.AppKey("whep_throttle", Throttle)


async def _check_bearer(request: web.Request) -> None:
    """Let everybody watch, but nobody who shows a token or key that is wrong (RFC 9725 §4.7).

    Raises ``SignInNeeded``, or ``Forbidden`` for a good key that does not open pictures.
    """
    key = partner_key_of(request)
    if key is not None:
        await request.app[PARTNERS].check(key, Scope.PULL)
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or request.get(PERSON) is not None:
        return
    # Asked once more: while the database is away nobody was recognised, which is not their fault.
    if not token.strip() or await request.app[ACCOUNTS].recognise(secret_of(request)) is None:
        raise SignInNeeded("This token is not valid any more.")


@public_to_any_site
async def offer(request: web.Request) -> web.StreamResponse:
    """Open a session: POST of an SDP offer, 201 with the answer."""
    address = client_address(request)
    await request.app[THROTTLE].take(OFFERS_PER_ADDRESS, address)
    await _check_bearer(request)
    broadcast = request.match_info["broadcast"]
    is_on_air = await request.app[SOURCES].is_on_air(broadcast)
    sdp = await read_offer(request)
    if not is_on_air or request.app[SOURCES].is_withheld(broadcast):
        raise _not_live()
    worker = Places(request.app[SETTINGS].data).socket(worker_name(broadcast))
    right = await right_of(request, broadcast)
    session = name_direct(right, secrets.token_urlsafe(_SECRET_BYTES))
    asked = Offer(session, broadcast, str(worker), sdp)
    answer = await request.app[RELAYS].offer(asked, address)
    if answer.status != 201:  # noqa: PLR2004
        refuse(answer)
    return created(request, answer.sdp, f"/whep/{broadcast}/{session}", answer.etag)


def _not_live() -> web.HTTPConflict:
    # "If the resource is not yet available … 409 Conflict … Retry-After" (WHEP, Playback session)
    return web.HTTPConflict(headers={"Retry-After": str(NOT_LIVE_RETRY_SECONDS)})


def refuse(answer: Answer) -> NoReturn:
    """Raise why a relay did not take an offer."""
    reason = answer.reason
    match answer.status:
        case 400:
            raise Malformed("The offer cannot be used: %(reason)s.", reason=reason)
        case 409:
            raise _not_live()
        case 406 | 422:
            # Never 406: a player would look for a counter-offer in it (record 44).
            raise Invalid("The offer cannot be used: %(reason)s.", reason=reason)
        case 503:
            raise Unavailable(
                "All places with the lowest delay are taken; with the usual delay there is room.",
                retry_after_s=FULL_RETRY_SECONDS,
            )
        case _:
            raise Unavailable("The lowest delay is not available now.", retry_after_s=10)


@public_to_any_site
async def look(request: web.Request) -> web.StreamResponse:
    """HEAD and GET: tell players that this is a WHEP endpoint (WHEP, Discoverability)."""
    await _check_bearer(request)
    await request.app[SOURCES].is_on_air(request.match_info["broadcast"])
    return web.Response(headers={"Content-Type": SDP, "Accept-Post": SDP})


@public_to_any_site
async def endpoint_options(request: web.Request) -> web.StreamResponse:  # noqa: ARG001
    """Answer a preflight for the endpoint."""
    response = preflight("OPTIONS, GET, HEAD, POST")
    response.headers["Accept-Post"] = SDP
    return response


@public_to_any_site
async def session_options(request: web.Request) -> web.StreamResponse:  # noqa: ARG001
    """Answer a preflight for a session."""
    response = preflight("OPTIONS, PATCH, DELETE")
    response.headers["Accept-Patch"] = FRAGMENT
    return response


async def _session(request: web.Request) -> str:
    await request.app[THROTTLE].take(CHANGES_PER_ADDRESS, client_address(request))
    await _check_bearer(request)
    session = request.match_info["session"]
    if request.app[RELAYS].broadcast_of(session) != request.match_info["broadcast"]:
        raise NotFound("There is no such session.")
    return session


@public_to_any_site
async def change(request: web.Request) -> web.StreamResponse:
    """Take candidates (204) or restart ICE (200 with our fragment and its ETag).

    The relay knows which ICE session is the present one, so it judges ``If-Match``.
    """
    session = await _session(request)
    wanted = await read_change(request, session)
    return change_answer(await request.app[RELAYS].change(wanted))


async def read_change(request: web.Request, session: str) -> Change:
    """Return what a player wants changed; raises what is wrong with the request."""
    fragment = await read_fragment(request)
    return Change(session, fragment, request.headers.get("If-Match", "").strip()[:_LONGEST_TAG])


def change_answer(changed: Changed) -> web.Response:
    """Return what a player is told of its change; raises where a relay refused it."""
    if changed.status == 200:  # noqa: PLR2004
        return _restarted(changed)
    if changed.status != 204:  # noqa: PLR2004
        _refuse_change(changed.status)
    return web.Response(status=204)


def _restarted(changed: Changed) -> web.Response:
    return web.Response(
        body=changed.fragment.encode(),
        headers={"Content-Type": FRAGMENT, "ETag": changed.etag, "Cache-Control": "no-store"},
    )


def _refuse_change(status: int) -> NoReturn:
    match status:
        case 400:
            raise Malformed("The change cannot be read.")
        case 404:
            raise NotFound("There is no such session.")
        case 412:
            raise web.HTTPPreconditionFailed
        case 422:
            raise Invalid("The session cannot be changed like this; open a new one.")
        case 428:
            raise web.HTTPPreconditionRequired
        case _:
            raise Unavailable("The lowest delay is not available now.", retry_after_s=2)


@public_to_any_site
async def end(request: web.Request) -> web.StreamResponse:
    """End a session, whatever its ICE session is (RFC 9725 §4.3.1: no If-Match here)."""
    request.app[RELAYS].close(await _session(request))
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
