"""Signing in and out over HTTP; sets up all that has to do with people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts import history_routes, journal_routes, own_routes, people_routes
from server.accounts.access import person_of, public, signed_in
from server.accounts.cookies import give_session, where_from
from server.accounts.invitations import accept
from server.accounts.model import LONGEST_PASSWORD, Person
from server.accounts.own import OWN, Own
from server.accounts.people import COURT_IDS, PEOPLE, People
from server.accounts.roles import PERMISSIONS
from server.accounts.service import ACCOUNTS
from server.accounts.views import HeldRole, held
from server.background import in_background
from server.bodies import Body, answer_json, read_json
from server.bus import BUS
from server.database import DATABASE
from server.event_stream import end_streams_of
from server.openapi import PREFIX, Operation, describe
from server.reader import SESSION_COOKIE

Password = Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]


class SignIn(Body):
    """What a person signs in with; ``code`` is of the app, or a recovery code, once asked for."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Password
    code: Annotated[str, Field(max_length=32)] = ""


class PasswordChange(Body):
    """A new password."""

    old_password: Password
    new_password: Password


class Acceptance(Body):
    """What an invitation's link carries behind its ``#``, and the password that is chosen."""

    secret: Annotated[str, Field(min_length=1, max_length=64)]
    new_password: Password


class Accepted(BaseModel):
    """The name to sign in with."""

    name: str


class Me(BaseModel):
    """Who is signed in."""

    id: str
    name: str
    display_name: str
    roles: list[HeldRole]
    permissions: list[str]
    must_change_password: bool
    must_set_up_factor: bool


def me_view(person: Person) -> Me:
    """Return a person as they are told who they are."""
    granted = {one for posting in person.postings for one in PERMISSIONS[posting.role]}
    return Me(
        id=person.id,
        name=person.name,
        display_name=person.display_name,
        roles=held(person.postings),
        permissions=sorted(one.value for one in granted if person.may(one)),
        must_change_password=person.must_change_password,
        must_set_up_factor=person.must_set_up_factor,
    )


@describe(Operation("Sign in", body=SignIn, answer=Me, problems=(401, 429)))
@public
async def sign_in(request: web.Request) -> web.Response:
    """Open a session and give its cookie."""
    given = await read_json(request, SignIn)
    its = where_from(request, given.name, given.code)
    person, session = await request.app[ACCOUNTS].sign_in(given.name, given.password, its)
    response = answer_json(me_view(person))
    give_session(request, response, person, session)
    return response


@describe(Operation("Sign out", status=204))
@public
async def sign_out(request: web.Request) -> web.Response:
    """End the session, if there is one."""
    return await end_session(request, web.Response(status=204))


async def end_session(request: web.Request, response: web.Response) -> web.Response:
    """End the request's session, if there is one; the response takes the cookie away."""
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        await request.app[ACCOUNTS].sign_out(cookie)
    response.del_cookie(SESSION_COOKIE, path="/")
    return response


@describe(Operation("Who is signed in", answer=Me))
@signed_in
async def show_me(request: web.Request) -> web.Response:
    """Say who calls."""
    return answer_json(me_view(person_of(request)))


@describe(Operation("Change one's own password", body=PasswordChange, status=204, problems=(429,)))
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


@describe(Operation("Accept an invitation", body=Acceptance, answer=Accepted, problems=(410, 429)))
@public
async def accept_invitation(request: web.Request) -> web.Response:
    """Choose the password of whom the invitation is for; then sign in with it."""
    given = await read_json(request, Acceptance)
    name = await accept(
        request.app[DATABASE], request.app[ACCOUNTS].passwords, given.secret, given.new_password
    )
    return answer_json(Accepted(name=name))


async def _people(app: web.Application) -> AsyncIterator[None]:
    accounts = app[ACCOUNTS]
    people = app[PEOPLE] = People(app[DATABASE], app[BUS], accounts, app[COURT_IDS])
    app[OWN] = Own(app[DATABASE], accounts, people)
    follow = partial(people.run, partial(end_streams_of, app))
    async with in_background({"people": follow, "people-seen": accounts.keep_seen}):
        yield
    await accounts.note_seen()


def setup(app: web.Application) -> None:
    """Add the routes and what manages people; needs the database, the bus and the courts' ids."""
    app.cleanup_ctx.append(_people)
    people_routes.setup(app)
    own_routes.setup(app)
    history_routes.setup(app)
    journal_routes.setup(app)
    app.router.add_post(f"{PREFIX}/invitations/accept", accept_invitation)
    app.router.add_post(f"{PREFIX}/sign-in", sign_in)
    app.router.add_post(f"{PREFIX}/sign-out", sign_out)
    app.router.add_get(f"{PREFIX}/me", show_me)
    app.router.add_post(f"{PREFIX}/me/password", change_password)
