"""Signing in and out over HTTP."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, public, signed_in
from server.accounts.model import LONGEST_PASSWORD, Person
from server.accounts.roles import PERMISSIONS
from server.accounts.service import ACCOUNTS
from server.bodies import Body, answer_json, read_json
from server.openapi import PREFIX, Operation, describe
from server.reader import SESSION_COOKIE
from server.security import SETTINGS, client_address

Password = Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]


class SignIn(Body):
    """What a person signs in with."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Password


class PasswordChange(Body):
    """A new password."""

    old_password: Password
    new_password: Password


class HeldRole(BaseModel):
    """A role at a court, or at every court."""

    role: str
    court: str | None


class Me(BaseModel):
    """Who is signed in."""

    id: str
    name: str
    display_name: str
    roles: list[HeldRole]
    permissions: list[str]
    must_change_password: bool


def _me(person: Person) -> Me:
    granted = {one for posting in person.postings for one in PERMISSIONS[posting.role]}
    return Me(
        id=person.id,
        name=person.name,
        display_name=person.display_name,
        roles=[HeldRole(role=one.role.value, court=one.court) for one in person.postings],
        permissions=sorted(one.value for one in granted if person.may(one)),
        must_change_password=person.must_change_password,
    )


@describe(Operation("Sign in", body=SignIn, answer=Me, problems=(401, 429)))
@public
async def sign_in(request: web.Request) -> web.Response:
    """Open a session and give its cookie."""
    given = await read_json(request, SignIn)
    settings = request.app[SETTINGS]
    person, cookie = await request.app[ACCOUNTS].sign_in(
        given.name, given.password, client_address(request)
    )
    response = answer_json(_me(person))
    response.set_cookie(
        SESSION_COOKIE,
        cookie,
        max_age=int(settings.session_hours * 3600),
        httponly=True,
        samesite="Lax",
        secure=settings.behind_tls,
        path="/",
    )
    return response


@describe(Operation("Sign out", status=204))
@public
async def sign_out(request: web.Request) -> web.Response:
    """End the session, if there is one."""
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        await request.app[ACCOUNTS].sign_out(cookie)
    response = web.Response(status=204)
    response.del_cookie(SESSION_COOKIE, path="/")
    return response


@describe(Operation("Who is signed in", answer=Me))
@signed_in
async def show_me(request: web.Request) -> web.Response:
    """Say who calls."""
    return answer_json(_me(person_of(request)))


@describe(Operation("Change one's own password", body=PasswordChange, status=204))
@signed_in
async def change_password(request: web.Request) -> web.Response:
    """Change the password; other sessions end."""
    given = await read_json(request, PasswordChange)
    await request.app[ACCOUNTS].change_password(
        person_of(request),
        given.old_password,
        given.new_password,
        request.cookies.get(SESSION_COOKIE, ""),
    )
    return web.Response(status=204)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_post(f"{PREFIX}/sign-in", sign_in)
    app.router.add_post(f"{PREFIX}/sign-out", sign_out)
    app.router.add_get(f"{PREFIX}/me", show_me)
    app.router.add_post(f"{PREFIX}/me/password", change_password)
