"""One's own account over HTTP: second factor, recovery codes, sessions, API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import owner_of, signed_in
from server.accounts.model import LONGEST_PASSWORD
from server.accounts.own import OWN, TokenAsked
from server.accounts.people import PEOPLE
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.accounts.views import SessionShown, TokenShown, session_shown, token_shown
from server.bodies import Body, Moment, answer_json, read_json
from server.openapi import PREFIX, Operation, describe
from server.reader import SESSION_COOKIE

Password = Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]


class PasswordAgain(Body):
    """One's password, asked again before what one signs in with changes."""

    password: Password


class FactorCode(Body):
    """A code of the authenticator app."""

    code: Annotated[str, Field(min_length=6, max_length=32)]


class FactorShown(BaseModel):
    """How it stands with one's second factor; ``since`` null: there is none."""

    since: datetime | None
    is_required: bool
    recovery_codes_left: int


class NewFactorShown(BaseModel):
    """What an authenticator app is told, this once: base32, or all of it as an address."""

    secret: str
    uri: str


class RecoveryCodes(BaseModel):
    """Codes for when the app is lost, each good once; told this once."""

    codes: list[str]


class SessionsShown(BaseModel):
    """One's open sessions, newest first."""

    sessions: list[SessionShown]


class NewToken(Body):
    """An API token that is wanted: its scopes are permissions that one holds."""

    label: Annotated[str, Field(min_length=1, max_length=120)]
    scopes: Annotated[frozenset[Permission], Field(min_length=1)]
    court: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    expires_at: Moment


class TokenMade(TokenShown):
    """A new API token, told this once."""

    token: str


class TokensShown(BaseModel):
    """One's API tokens in use."""

    tokens: list[TokenShown]


def _cookie(request: web.Request) -> str:
    return request.cookies.get(SESSION_COOKIE, "")


async def _knows_password(request: web.Request) -> None:
    """Ask for the password again: a session that was left open must not be enough."""
    given = await read_json(request, PasswordAgain)
    person = owner_of(request)
    await request.app[ACCOUNTS].must_know(person, given.password, _cookie(request), "password")


@describe(Operation("One's second factor", answer=FactorShown))
@signed_in
async def show_factor(request: web.Request) -> web.Response:
    """Show how it stands with one's second factor."""
    state = await request.app[ACCOUNTS].factors.state(owner_of(request))
    return answer_json(FactorShown.model_validate(state, from_attributes=True))


@describe(
    Operation(
        "Begin to set up a second factor",
        body=PasswordAgain,
        answer=NewFactorShown,
        status=201,
        problems=(409, 429),
    )
)
@signed_in
async def begin_factor(request: web.Request) -> web.Response:
    """Make a secret for an authenticator app; the answer alone shows it."""
    await _knows_password(request)
    new = await request.app[ACCOUNTS].factors.begin(owner_of(request))
    return answer_json(NewFactorShown(secret=new.secret, uri=new.uri), status=201)


@describe(
    Operation("Confirm the app by its code", body=FactorCode, answer=RecoveryCodes, problems=(409,))
)
@signed_in
async def confirm_factor(request: web.Request) -> web.Response:
    """Turn the second factor on; the answer alone shows the recovery codes."""
    given, person = await read_json(request, FactorCode), owner_of(request)
    code = given.code.replace(" ", "")
    codes = await request.app[ACCOUNTS].factors.confirm(person, code, _cookie(request))
    await request.app[PEOPLE].tell(person.id)
    return answer_json(RecoveryCodes(codes=codes))


@describe(
    Operation("Turn the second factor off", body=PasswordAgain, status=204, problems=(409, 429))
)
@signed_in
async def remove_factor(request: web.Request) -> web.Response:
    """Turn it off, where no role asks for it."""
    await _knows_password(request)
    person = owner_of(request)
    await request.app[ACCOUNTS].factors.remove(person)
    await request.app[PEOPLE].tell(person.id)
    return web.Response(status=204)


@describe(
    Operation(
        "Make new recovery codes", body=PasswordAgain, answer=RecoveryCodes, problems=(409, 429)
    )
)
@signed_in
async def renew_codes(request: web.Request) -> web.Response:
    """Make new recovery codes in place of those of before; the answer alone shows them."""
    await _knows_password(request)
    codes = await request.app[ACCOUNTS].factors.renew_codes(owner_of(request))
    return answer_json(RecoveryCodes(codes=codes))


@describe(Operation("One's open sessions", answer=SessionsShown))
@signed_in
async def list_sessions(request: web.Request) -> web.Response:
    """List where one is signed in."""
    found = await request.app[OWN].sessions(owner_of(request), _cookie(request))
    return answer_json(SessionsShown(sessions=[session_shown(one) for one in found]))


@describe(Operation("End one's other sessions", status=204))
@signed_in
async def end_other_sessions(request: web.Request) -> web.Response:
    """End all of one's sessions but this one."""
    await request.app[OWN].end_other_sessions(owner_of(request), _cookie(request))
    return web.Response(status=204)


@describe(Operation("End one of one's sessions", status=204, problems=(404,)))
@signed_in
async def end_session(request: web.Request) -> web.Response:
    """End one of one's sessions."""
    await request.app[OWN].end_session(owner_of(request), request.match_info["session"])
    return web.Response(status=204)


@describe(Operation("One's API tokens", answer=TokensShown))
@signed_in
async def list_tokens(request: web.Request) -> web.Response:
    """List one's API tokens in use."""
    found = await request.app[OWN].tokens(owner_of(request))
    return answer_json(TokensShown(tokens=[token_shown(one) for one in found]))


@describe(
    Operation("Make an API token", body=NewToken, answer=TokenMade, status=201, problems=(409,))
)
@signed_in
async def make_token(request: web.Request) -> web.Response:
    """Make an API token; the answer is the only place where it is ever shown."""
    given, person = await read_json(request, NewToken), owner_of(request)
    asked = TokenAsked(given.label, given.scopes, given.court, given.expires_at)
    token, text = await request.app[OWN].issue(person, asked)
    shown = TokenMade(**token_shown(token).model_dump(), token=text)
    return answer_json(shown, status=201)


@describe(Operation("Revoke one of one's API tokens", status=204, problems=(404,)))
@signed_in
async def revoke_token(request: web.Request) -> web.Response:
    """Revoke an API token, everywhere and at once."""
    await request.app[OWN].revoke(owner_of(request), request.match_info["token"])
    return web.Response(status=204)


def setup(app: web.Application) -> None:
    """Add the routes."""
    me = f"{PREFIX}/me"
    app.router.add_get(f"{me}/second-factor", show_factor)
    app.router.add_post(f"{me}/second-factor", begin_factor)
    app.router.add_post(f"{me}/second-factor/confirm", confirm_factor)
    app.router.add_post(f"{me}/second-factor/remove", remove_factor)
    app.router.add_post(f"{me}/recovery-codes", renew_codes)
    app.router.add_get(f"{me}/sessions", list_sessions)
    app.router.add_delete(f"{me}/sessions", end_other_sessions)
    app.router.add_delete(f"{me}/sessions/{{session}}", end_session)
    app.router.add_get(f"{me}/tokens", list_tokens)
    app.router.add_post(f"{me}/tokens", make_token)
    app.router.add_delete(f"{me}/tokens/{{token}}", revoke_token)
