"""The people of the courts over HTTP, for administrators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.invitations import INVITATION_PAGE
from server.accounts.model import Member, Posting
from server.accounts.people import PEOPLE
from server.accounts.roles import Permission, Role
from server.accounts.service import ACCOUNTS
from server.accounts.views import (
    HeldRole,
    SessionShown,
    TokenShown,
    held,
    session_shown,
    token_shown,
)
from server.bodies import Body, answer_json, read_json
from server.openapi import PREFIX, Operation, describe
from server.security import base_url


class GivenRole(Body):
    """A role to be held at a court (in one ``division`` of it, or in all), or at every court."""

    role: Role
    court: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    division: Annotated[str, Field(min_length=1, max_length=32)] | None = None


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
    invited_until: datetime | None
    has_second_factor: bool


class PersonInvited(PersonShown):
    """A person with a new invitation, a link that is told this once."""

    invitation: str


class PeopleShown(BaseModel):
    """The people that the reader administers."""

    people: list[PersonShown]


class SignInsShown(BaseModel):
    """What a person is signed in with."""

    sessions: list[SessionShown]
    tokens: list[TokenShown]


class FactorRules(Body):
    """The roles that need a second factor, with the court where they do."""

    rules: Annotated[list[GivenRole], Field(max_length=512)]


def _shown(member: Member, **more: str) -> dict[str, object]:
    return {
        "id": member.id,
        "name": member.name,
        "display_name": member.display_name,
        "roles": held(member.postings),
        "must_change_password": member.must_change_password,
        "created_at": member.created_at,
        "left_at": member.left_at,
        "invited_until": member.invited_until,
        "has_second_factor": member.has_factor,
        **more,
    }


def _postings(given: Iterable[GivenRole]) -> list[Posting]:
    return [Posting(one.role, one.court, one.division) for one in given]


def _invited(request: web.Request, member: Member, secret: str) -> PersonInvited:
    link = f"{base_url(request)}{INVITATION_PAGE}#{secret}"
    return PersonInvited.model_validate(_shown(member, invitation=link))


@describe(Operation("List people", answer=PeopleShown))
@requires(Permission.ADMINISTER)
async def list_people(request: web.Request) -> web.Response:
    """List the people of the courts that the reader administers, also those who have left."""
    found = await request.app[PEOPLE].all(person_of(request))
    every = [PersonShown.model_validate(_shown(one)) for one in found]
    return answer_json(PeopleShown(people=every))


@describe(
    Operation("Add a person", body=NewPerson, answer=PersonInvited, status=201, problems=(409,))
)
@requires(Permission.ADMINISTER)
async def add_person(request: web.Request) -> web.Response:
    """Add a person; the answer is the only place where the invitation is ever shown."""
    given = await read_json(request, NewPerson)
    member, secret = await request.app[PEOPLE].add(
        given.name, given.display_name, _postings(given.roles), person_of(request)
    )
    return answer_json(_invited(request, member, secret), status=201)


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


@describe(Operation("Invite a person anew", answer=PersonInvited, problems=(404, 409)))
@requires(Permission.ADMINISTER)
async def invite_again(request: web.Request) -> web.Response:
    """Take the password away and make a new invitation; the person's sessions end."""
    member, secret = await request.app[PEOPLE].invite_again(
        request.match_info["person"], person_of(request)
    )
    return answer_json(_invited(request, member, secret))


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


@describe(Operation("Take a lost second factor away", answer=PersonShown, problems=(404,)))
@requires(Permission.ADMINISTER)
async def take_factor_away(request: web.Request) -> web.Response:
    """Take the second factor and its recovery codes away; the person's sessions end."""
    member = await request.app[PEOPLE].remove_factor(
        request.match_info["person"], person_of(request)
    )
    return answer_json(PersonShown.model_validate(_shown(member)))


@describe(Operation("What a person is signed in with", answer=SignInsShown, problems=(404,)))
@requires(Permission.ADMINISTER)
async def show_sign_ins(request: web.Request) -> web.Response:
    """Show a person's open sessions and API tokens."""
    sessions, tokens = await request.app[PEOPLE].sign_ins(
        request.match_info["person"], person_of(request)
    )
    shown = SignInsShown(
        sessions=[session_shown(one) for one in sessions],
        tokens=[token_shown(one) for one in tokens],
    )
    return answer_json(shown)


@describe(Operation("End a person's sessions", status=204, problems=(404,)))
@requires(Permission.ADMINISTER)
async def end_sessions(request: web.Request) -> web.Response:
    """End all sessions of a person."""
    await request.app[PEOPLE].end_sessions(request.match_info["person"], person_of(request))
    return web.Response(status=204)


@describe(Operation("Revoke a person's API token", status=204, problems=(404,)))
@requires(Permission.ADMINISTER)
async def revoke_token_of(request: web.Request) -> web.Response:
    """Revoke an API token of a person, everywhere and at once."""
    its = request.match_info
    await request.app[PEOPLE].revoke_token(its["person"], its["token"], person_of(request))
    return web.Response(status=204)


def _rules(rules: Iterable[Posting]) -> FactorRules:
    return FactorRules(rules=[GivenRole(role=one.role, court=one.court) for one in rules])


@describe(Operation("Which roles need a second factor", answer=FactorRules))
@requires(Permission.ADMINISTER)
async def show_factor_rules(request: web.Request) -> web.Response:
    """Show which roles need a second factor where."""
    return answer_json(_rules(await request.app[ACCOUNTS].factors.rules()))


@describe(Operation("Set which roles need one", body=FactorRules, answer=FactorRules))
@requires(Permission.ADMINISTER)
async def set_factor_rules(request: web.Request) -> web.Response:
    """Set which roles need a second factor where; who has none must set it up at once."""
    given = await read_json(request, FactorRules)
    by, accounts = person_of(request), request.app[ACCOUNTS]
    # A rule is of a court: who holds the role in a division holds it there.
    asked = [Posting(one.role, one.court) for one in given.rules]
    rules = await accounts.factors.set_rules(asked, by)
    await request.app[PEOPLE].tell("")
    return answer_json(_rules(rules))


def setup(app: web.Application) -> None:
    """Add the routes."""
    one = f"{PREFIX}/people/{{person}}"
    app.router.add_get(f"{PREFIX}/people", list_people)
    app.router.add_post(f"{PREFIX}/people", add_person)
    app.router.add_patch(one, change_person)
    app.router.add_post(f"{one}/invitation", invite_again)
    app.router.add_post(f"{one}/leave", leave)
    app.router.add_post(f"{one}/return", bring_back)
    app.router.add_delete(f"{one}/second-factor", take_factor_away)
    app.router.add_get(f"{one}/sign-ins", show_sign_ins)
    app.router.add_delete(f"{one}/sessions", end_sessions)
    app.router.add_delete(f"{one}/tokens/{{token}}", revoke_token_of)
    app.router.add_get(f"{PREFIX}/second-factor-rules", show_factor_rules)
    app.router.add_put(f"{PREFIX}/second-factor-rules", set_factor_rules)
