"""Signing in and out, and the people who may, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, public, requires, signed_in
from server.accounts.model import LONGEST_PASSWORD, Member, Person, Posting
from server.accounts.people import COURT_IDS, PEOPLE, People
from server.accounts.roles import PERMISSIONS, Permission, Role
from server.accounts.service import ACCOUNTS
from server.bodies import Body, answer_json, read_json
from server.bus import BUS
from server.database import DATABASE
from server.event_stream import end_streams_of
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


class GivenRole(Body):
    """A role to be held at a court, or at every court."""

    role: Role
    court: Annotated[str, Field(min_length=1, max_length=32)] | None = None


DisplayName = Annotated[str, Field(min_length=1, max_length=120)]
GivenRoles = Annotated[list[GivenRole], Field(min_length=1, max_length=64)]


class NewPerson(Body):
    """Somebody to be added. ``name`` is what they sign in with; it never changes."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    display_name: DisplayName
    roles: GivenRoles


class PersonChange(Body):
    """What shall change of a person; ``roles`` are all that they hold from then on."""

    display_name: DisplayName | None = None
    roles: GivenRoles | None = None


class PersonShown(BaseModel):
    """A person. ``left_at``: since when they may not sign in."""

    id: str
    name: str
    display_name: str
    roles: list[HeldRole]
    must_change_password: bool
    created_at: datetime
    left_at: datetime | None


class PersonWithPassword(PersonShown):
    """A person with a new one-time password, which is told this once."""

    password: str


class PeopleShown(BaseModel):
    """The people that the reader administers."""

    people: list[PersonShown]


def _me(person: Person) -> Me:
    granted = {one for posting in person.postings for one in PERMISSIONS[posting.role]}
    return Me(
        id=person.id,
        name=person.name,
        display_name=person.display_name,
        roles=_held(person.postings),
        permissions=sorted(one.value for one in granted if person.may(one)),
        must_change_password=person.must_change_password,
    )


def _held(postings: Iterable[Posting]) -> list[HeldRole]:
    return [HeldRole(role=one.role.value, court=one.court) for one in postings]


def _shown(member: Member, **more: str) -> dict[str, object]:
    return {
        "id": member.id,
        "name": member.name,
        "display_name": member.display_name,
        "roles": _held(member.postings),
        "must_change_password": member.must_change_password,
        "created_at": member.created_at,
        "left_at": member.left_at,
        **more,
    }


def _postings(given: Iterable[GivenRole]) -> list[Posting]:
    return [Posting(one.role, one.court) for one in given]


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


@describe(Operation("List people", answer=PeopleShown))
@requires(Permission.ADMINISTER)
async def list_people(request: web.Request) -> web.Response:
    """List the people of the courts that the reader administers, also those who have left."""
    found = await request.app[PEOPLE].all(person_of(request))
    every = [PersonShown.model_validate(_shown(one)) for one in found]
    return answer_json(PeopleShown(people=every))


@describe(
    Operation(
        "Add a person", body=NewPerson, answer=PersonWithPassword, status=201, problems=(409,)
    )
)
@requires(Permission.ADMINISTER)
async def add_person(request: web.Request) -> web.Response:
    """Add a person; the answer is the only place where the one-time password is ever shown."""
    given = await read_json(request, NewPerson)
    member, password = await request.app[PEOPLE].add(
        given.name, given.display_name, _postings(given.roles), person_of(request)
    )
    shown = PersonWithPassword.model_validate(_shown(member, password=password))
    return answer_json(shown, status=201)


@describe(Operation("Change a person", body=PersonChange, answer=PersonShown, problems=(404, 409)))
@requires(Permission.ADMINISTER)
async def change_person(request: web.Request) -> web.Response:
    """Change how a person is called, or their roles; holds at once."""
    given = await read_json(request, PersonChange)
    member = await request.app[PEOPLE].change(
        request.match_info["person"],
        person_of(request),
        display_name=given.display_name,
        postings=None if given.roles is None else _postings(given.roles),
    )
    return answer_json(PersonShown.model_validate(_shown(member)))


@describe(Operation("Make a new one-time password", answer=PersonWithPassword, problems=(404,)))
@requires(Permission.ADMINISTER)
async def renew_password(request: web.Request) -> web.Response:
    """Make a new one-time password; the person's sessions end."""
    member, password = await request.app[PEOPLE].renew_password(
        request.match_info["person"], person_of(request)
    )
    return answer_json(PersonWithPassword.model_validate(_shown(member, password=password)))


@describe(Operation("Let a person sign in no more", answer=PersonShown, problems=(404, 409)))
@requires(Permission.ADMINISTER)
async def leave(request: web.Request) -> web.Response:
    """End a person's sessions and tokens; the person stays in the history."""
    member = await request.app[PEOPLE].leave(request.match_info["person"], person_of(request))
    return answer_json(PersonShown.model_validate(_shown(member)))


@describe(Operation("Let a person sign in again", answer=PersonShown, problems=(404,)))
@requires(Permission.ADMINISTER)
async def bring_back(request: web.Request) -> web.Response:
    """Let a person who had left sign in again."""
    member = await request.app[PEOPLE].bring_back(request.match_info["person"], person_of(request))
    return answer_json(PersonShown.model_validate(_shown(member)))


async def _people(app: web.Application) -> AsyncIterator[None]:
    people = app[PEOPLE] = People(app[DATABASE], app[BUS], app[ACCOUNTS], app[COURT_IDS])
    task = asyncio.create_task(people.run(partial(end_streams_of, app)), name="people")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def setup(app: web.Application) -> None:
    """Add the routes and what manages people; needs the database, the bus and the courts' ids."""
    app.cleanup_ctx.append(_people)
    one = f"{PREFIX}/people/{{person}}"
    app.router.add_get(f"{PREFIX}/people", list_people)
    app.router.add_post(f"{PREFIX}/people", add_person)
    app.router.add_patch(one, change_person)
    app.router.add_post(f"{one}/password", renew_password)
    app.router.add_post(f"{one}/leave", leave)
    app.router.add_post(f"{one}/return", bring_back)
    app.router.add_post(f"{PREFIX}/sign-in", sign_in)
    app.router.add_post(f"{PREFIX}/sign-out", sign_out)
    app.router.add_get(f"{PREFIX}/me", show_me)
    app.router.add_post(f"{PREFIX}/me/password", change_password)
