"""Signing in with the provider, and connecting accounts there with people here, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

import structlog
from aiohttp import web
from limits import RateLimitItemPerSecond
from pydantic import BaseModel, Field

from server.accounts.access import (
    ACCOUNT_PAGE,
    SIGN_IN_PAGE,
    owner_of,
    person_of,
    public,
    public_to_any_site,
    requires,
    signed_in,
)
from server.accounts.cookies import give_session, keep, where_from
from server.accounts.own_routes import PasswordAgain
from server.accounts.people import PEOPLE
from server.accounts.roles import Permission
from server.accounts.routes import Me, me_view
from server.accounts.service import ACCOUNTS
from server.bodies import Body, answer_json, read_json
from server.database import DATABASE
from server.errors import CodeNeeded, Conflict, NotFound, SignInNeeded, Unavailable
from server.oidc.model import FLOW_S, Flow, Refused, page_of_ours, session_of
from server.oidc.provider import Client
from server.oidc.service import NOBODY, OIDC, TOO_LATE, NotFinished, ProviderSignIn
from server.openapi import PREFIX, Operation, describe
from server.reader import SESSION_COOKIE
from server.request_keys import PERSON
from server.secret_file import read_secret
from server.security import SETTINGS, client_address
from server.settings import Settings
from server.signing import SIGNER
from server.throttle import Throttle

BEGIN_PAGE: Final = f"{SIGN_IN_PAGE}/provider"
BACK_PAGE: Final = f"{BEGIN_PAGE}/back"
LOGOUT_PAGE: Final = f"{BEGIN_PAGE}/logout"  # the provider asks for it, no browser
FLOW_COOKIE: Final = "tingbo_provider"
# Of one address: all of a court come from one in the morning, and each way there asks the provider.
PER_ADDRESS: Final = RateLimitItemPerSecond(240, 60)
# Each needs a signature checked; a provider that ends everybody's sessions says so one by one.
LOGOUTS: Final = RateLimitItemPerSecond(600, 60)
AWAY: Final = "away"
_UNKEPT: Final = {"Cache-Control": "no-store"}
_log = structlog.stdlib.get_logger(__name__)
_THROTTLE: web.AppKey[Throttle] = web.AppKey("oidc_throttle", Throttle)


class CodeShown(Body):
    """A code of the app, or a recovery code."""

    code: Annotated[str, Field(min_length=1, max_length=32)]


class Address(BaseModel):
    """Where the browser goes now."""

    address: str


class ProviderAccountShown(BaseModel):
    """A person's account at the provider. ``expected_until``: its first sign-in is waited for."""

    label: str
    subject: str | None
    expected_until: datetime | None
    used_at: datetime | None


class ExpectedAccount(Body):
    """The account at the provider; null: of who first comes under the person's name."""

    subject: Annotated[str, Field(min_length=1, max_length=255)] | None = None


def _oidc(request: web.Request) -> ProviderSignIn:
    found = request.app.get(OIDC)
    if found is None:
        raise NotFound("No provider of identities is set here.")
    return found


def _flow(request: web.Request) -> Flow | None:
    return _oidc(request).flow_of(request.cookies.get(FLOW_COOKIE, ""))


def _go(page: str, **query: str) -> web.Response:
    """Send the browser to a page of ours, and let it forget what it kept for the way."""
    given = {name: value for name, value in query.items() if value}
    where = f"{page}?{urlencode(given)}" if given else page
    response = web.Response(status=303, headers={"Location": where, "Cache-Control": "no-store"})
    response.del_cookie(FLOW_COOKIE, path="/")
    return response


@public
async def begin(request: web.Request) -> web.Response:
    """Send the browser to the provider."""
    oidc = _oidc(request)
    await request.app[_THROTTLE].take(PER_ADDRESS, client_address(request))
    then = page_of_ours(request.query.get("next", ""))
    try:
        address, kept = await oidc.begin(then)
    except Unavailable:
        return _go(SIGN_IN_PAGE, provider=AWAY, next=then)
    except NotFinished as problem:
        return _go(SIGN_IN_PAGE, provider=problem.why, next=then)
    response = _go(address)
    keep(request, response, FLOW_COOKIE, kept, FLOW_S)
    return response


@public
async def come_back(request: web.Request) -> web.Response:
    """Take what the provider sends back; a way leads here once."""
    flow = _flow(request)
    await request.app[_THROTTLE].take(PER_ADDRESS, client_address(request))
    page = ACCOUNT_PAGE if flow and flow.person else SIGN_IN_PAGE
    then = "" if flow is None or flow.person else flow.then
    try:
        return await _taken(request, flow)
    except Unavailable as problem:
        if problem.code != Unavailable.code:
            raise  # the database is away, not the provider
        return _go(page, provider=AWAY, next=then)
    except NotFinished as problem:
        return _go(page, provider=problem.why, next=then)


async def _taken(request: web.Request, flow: Flow | None) -> web.Response:
    oidc, person = _oidc(request), request.get(PERSON)
    if flow is None:
        raise NotFinished(TOO_LATE)
    # Whoever began to connect must be there still: else it would be a stranger's account.
    if flow.person and (person is None or person.id != flow.person or person.token):
        raise NotFinished(TOO_LATE)
    claims = await oidc.come_back(flow, request.query)
    if person is None or not flow.person:
        return await _signed_in(request, flow, await oidc.person_of(claims), session_of(claims))
    await oidc.connect(person, claims)
    return _go(ACCOUNT_PAGE)


async def _signed_in(
    request: web.Request, flow: Flow, person: str, at_provider: str
) -> web.Response:
    oidc = _oidc(request)
    try:
        its = where_from(request, await _name_of(request, person), "")
        found, session = await oidc.sign_in(person, its, at_provider, flow.began)
    except CodeNeeded:
        response = _go(SIGN_IN_PAGE, provider="code", next=flow.then)
        keep(request, response, FLOW_COOKIE, oidc.owes_code(flow, person, at_provider), FLOW_S)
        return response
    except SignInNeeded:  # connected, and has left since
        raise NotFinished(NOBODY) from None
    response = _go(ACCOUNT_PAGE if found.must_set_up_factor else flow.then)
    give_session(request, response, found, session)
    return response


async def _name_of(request: web.Request, person: str) -> str:
    return await request.app[ACCOUNTS].sign_in_name(person)


@describe(
    Operation(
        "Show the second factor after the provider",
        body=CodeShown,
        answer=Me,
        problems=(401, 404, 429),
    )
)
@public
async def show_code(request: web.Request) -> web.Response:
    """Open a session for whom the provider has vouched, when the code is right."""
    given, flow = await read_json(request, CodeShown), _flow(request)
    oidc = _oidc(request)
    if flow is None or not flow.proved or not oidc.is_fresh(flow):
        raise SignInNeeded("This sign-in is too old. Begin again.")
    its = where_from(request, await _name_of(request, flow.proved), given.code)
    try:
        person, session = await oidc.sign_in(flow.proved, its, flow.session, flow.began)
    except NotFinished:
        raise SignInNeeded("This sign-in is too old. Begin again.") from None
    response = answer_json(me_view(person))
    give_session(request, response, person, session)
    response.del_cookie(FLOW_COOKIE, path="/")
    return response


@public_to_any_site
async def log_out(request: web.Request) -> web.Response:
    """End the sessions that the provider says are over (OpenID Connect Back-Channel Logout 1.0).

    The provider itself asks, so the answer is what §2.8 says and no page.
    """
    oidc = _oidc(request)
    await request.app[_THROTTLE].take(LOGOUTS, client_address(request))
    try:
        ended = await oidc.log_out(await _logout_token(request))
    except Refused as problem:
        _log.warning("logout refused", why=str(problem))
        told = {"error": "invalid_request", "error_description": str(problem)}
        return web.json_response(told, status=400, headers=_UNKEPT)
    for person in ended:
        await request.app[PEOPLE].tell(person)
    return web.Response(headers=_UNKEPT)


async def _logout_token(request: web.Request) -> str:
    is_form = request.content_type == "application/x-www-form-urlencoded"
    found = (await request.post()).get("logout_token") if is_form else None
    if not isinstance(found, str) or not found:
        raise Refused("no token")
    return found


@describe(Operation("One's account at the provider", answer=ProviderAccountShown, problems=(404,)))
@signed_in
async def show_own(request: web.Request) -> web.Response:
    """Show whether one's account at the provider is connected."""
    return answer_json(await _shown(request, owner_of(request).id))


async def _shown(request: web.Request, person: str) -> ProviderAccountShown:
    oidc = _oidc(request)
    found = await oidc.account(person)
    return ProviderAccountShown(
        label=oidc.label,
        subject=found.subject if found else None,
        expected_until=found.expected_until if found else None,
        used_at=found.used_at if found else None,
    )


@describe(
    Operation(
        "Begin to connect one's account at the provider",
        body=PasswordAgain,
        answer=Address,
        problems=(404, 409, 429, 503),
    )
)
@signed_in
async def connect_own(request: web.Request) -> web.Response:
    """Tell where the browser goes to show which account is one's own; asks for the password."""
    oidc, person = _oidc(request), owner_of(request)
    given, session = await read_json(request, PasswordAgain), request.cookies.get(SESSION_COOKIE)
    await request.app[ACCOUNTS].must_know(person, given.password, session or "", "password")
    try:
        address, kept = await oidc.begin(ACCOUNT_PAGE, person.id)
    except NotFinished:
        raise Conflict("The answer of the provider cannot be trusted.") from None
    response = answer_json(Address(address=address))
    keep(request, response, FLOW_COOKIE, kept, FLOW_S)
    return response


@describe(Operation("Disconnect one's account at the provider", status=204, problems=(404,)))
@signed_in
async def disconnect_own(request: web.Request) -> web.Response:
    """Let the provider not sign oneself in any more."""
    await _oidc(request).disconnect_own(owner_of(request))
    return web.Response(status=204)


@describe(
    Operation(
        "Connect a person with an account at the provider",
        body=ExpectedAccount,
        answer=ProviderAccountShown,
        problems=(404, 409),
    )
)
@requires(Permission.ADMINISTER)
async def connect(request: web.Request) -> web.Response:
    """Connect a person, or let their first sign-in under their name do it."""
    oidc, given = _oidc(request), await read_json(request, ExpectedAccount)
    person = request.match_info["person"]
    await oidc.expect(person, given.subject, person_of(request))
    return answer_json(await _shown(request, person))


@describe(Operation("Disconnect a person's account at the provider", status=204, problems=(404,)))
@requires(Permission.ADMINISTER)
async def disconnect(request: web.Request) -> web.Response:
    """Let the provider not sign a person in any more; their sessions end."""
    person, by = request.match_info["person"], person_of(request)
    await _oidc(request).disconnect(person, by)
    await request.app[PEOPLE].end_sessions(person, by)
    return web.Response(status=204)


def _secret(settings: Settings) -> str:
    kept = read_secret(settings.oidc_client_secret_file, "TINGBO_OIDC_CLIENT_SECRET_FILE")
    return kept or settings.oidc_client_secret


async def _with_provider(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    client = Client(
        settings.oidc_issuer,
        settings.oidc_client_id,
        f"{settings.public_url}{BACK_PAGE}",
        _secret(settings),
        settings.label_of_provider(),
        settings.oidc_name_claim,
    )
    oidc = app[OIDC] = ProviderSignIn(app[DATABASE], app[SIGNER], app[ACCOUNTS], client)
    yield
    await oidc.provider.close()


def setup(app: web.Application) -> None:
    """Add the routes, and the provider where one is set; asks it nothing before somebody comes."""
    app[_THROTTLE] = Throttle()
    if app[SETTINGS].oidc_issuer:
        app.cleanup_ctx.append(_with_provider)
    mine, its = f"{PREFIX}/me/provider-account", f"{PREFIX}/people/{{person}}/provider-account"
    app.router.add_get(BEGIN_PAGE, begin)
    app.router.add_get(BACK_PAGE, come_back)
    app.router.add_post(LOGOUT_PAGE, log_out)
    app.router.add_post(f"{PREFIX}/sign-in/provider", show_code)
    app.router.add_get(mine, show_own)
    app.router.add_post(mine, connect_own)
    app.router.add_delete(mine, disconnect_own)
    app.router.add_put(its, connect)
    app.router.add_delete(its, disconnect)
