"""Partners and their keys over HTTP, for the people who manage them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.model import Person
from server.accounts.people import COURT_IDS
from server.accounts.roles import Permission
from server.background import in_background
from server.bodies import Body, Moment, answer_json, read_json
from server.broadcasts.pulling import PULLING
from server.bus import BUS
from server.database import DATABASE
from server.errors import Forbidden, Invalid, NotFound
from server.openapi import PREFIX, Operation, describe
from server.partners.model import ALL_SCOPES, TERMS_VERSION, Partner, PartnerKey, Scope
from server.partners.requests import PartnersPulling
from server.partners.service import PARTNERS, Partners

_Found = tuple[Partner, list[PartnerKey]]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Line = Annotated[str, Field(max_length=200)]


class NewPartner(Body):
    """A media organisation; ``court`` null: its keys open every court's broadcasts."""

    name: _Name
    contact: _Line = ""
    court: Annotated[str, Field(min_length=1, max_length=32)] | None = None


class PartnerChange(Body):
    """What can be changed: terms accepted (their version), everything suspended or opened."""

    terms_version: Annotated[str, Field(max_length=32)] | None = None
    suspended: bool | None = None


class NewKey(Body):
    """A key to be made."""

    label: _Line = ""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=8)] = sorted(ALL_SCOPES)
    expires_at: Moment | None = None


class KeyShown(BaseModel):
    """A key as it is shown: its prefix, never its secret."""

    id: str
    prefix: str
    label: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyMade(KeyShown):
    """A new key: ``key`` is told this once."""

    key: str


class PartnerShown(BaseModel):
    """A partner with its keys."""

    id: str
    name: str
    contact: str
    created_at: datetime
    terms_accepted_at: datetime | None
    has_accepted_terms: bool
    suspended_at: datetime | None
    court: str | None
    keys: list[KeyShown]


class PartnersShown(BaseModel):
    """The partners whom one manages, and the version of the terms that hold now."""

    terms_version: str
    partners: list[PartnerShown]


class Revoked(BaseModel):
    """Whether the key was good until now."""

    revoked: bool


def _key_fields(key: PartnerKey) -> dict[str, object]:
    return {
        "id": key.id,
        "prefix": key.prefix,
        "label": key.label,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


def shown(partner: Partner, keys: list[PartnerKey]) -> PartnerShown:
    """Return a partner as it is shown."""
    return PartnerShown(
        id=partner.id,
        name=partner.name,
        contact=partner.contact,
        created_at=partner.created_at,
        terms_accepted_at=partner.terms_accepted_at,
        has_accepted_terms=partner.has_accepted_terms,
        suspended_at=partner.suspended_at,
        court=partner.court,
        keys=[KeyShown.model_validate(_key_fields(key)) for key in keys],
    )


def managed(person: Person, found: Iterable[_Found]) -> list[_Found]:
    """Return the partners whom a person manages: those of their courts."""
    return [one for one in found if _manages(person, one[0].court)]


def _manages(person: Person, court: str | None) -> bool:
    # Who manages those of one court leaves alone whom all courts have let in.
    courts = person.courts(Permission.PARTNERS)
    return courts is None or court in courts


async def managed_partner(request: web.Request) -> _Found:
    """Return the partner whom the request names, for those who manage it."""
    found = await request.app[PARTNERS].one(request.match_info["partner"])
    if not _manages(person_of(request), found[0].court):
        raise NotFound("There is no such partner.")
    return found


async def _may_add(request: web.Request, court: str | None) -> None:
    person = person_of(request)
    if court is None:
        if person.courts(Permission.ADMINISTER) is not None:
            raise Forbidden("Name a court: only an administrator of every court opens all of them.")
        return
    person.must(Permission.PARTNERS, court)
    if court not in await request.app[COURT_IDS]():
        raise Invalid("There is no such court.", field="court")


@describe(Operation("List media partners", answer=PartnersShown))
@requires(Permission.PARTNERS)
async def list_partners(request: web.Request) -> web.Response:
    """List one's partners by name."""
    found = managed(person_of(request), await request.app[PARTNERS].all())
    every = [shown(partner, keys) for partner, keys in found]
    return answer_json(PartnersShown(terms_version=TERMS_VERSION, partners=every))


@describe(
    Operation(
        "Add a media partner", body=NewPartner, answer=PartnerShown, status=201, problems=(409,)
    )
)
@requires(Permission.PARTNERS)
async def add_partner(request: web.Request) -> web.Response:
    """Add a partner."""
    given = await read_json(request, NewPartner)
    await _may_add(request, given.court)
    partner = await request.app[PARTNERS].add(
        given.name, given.contact, person_of(request).id, given.court
    )
    return answer_json(shown(partner, []), status=201)


@describe(Operation("Show a media partner", answer=PartnerShown, problems=(404,)))
@requires(Permission.PARTNERS)
async def show_partner(request: web.Request) -> web.Response:
    """Show a partner with its keys."""
    return answer_json(shown(*await managed_partner(request)))


@describe(
    Operation("Change a media partner", body=PartnerChange, answer=PartnerShown, problems=(404,))
)
@requires(Permission.PARTNERS)
async def change_partner(request: web.Request) -> web.Response:
    """Record that the terms were accepted, suspend a partner or let it in again."""
    given = await read_json(request, PartnerChange)
    partners, its = request.app[PARTNERS], (await managed_partner(request))[0].id
    person = person_of(request).id
    if given.terms_version is not None:
        await partners.accept_terms(its, given.terms_version, by=person)
    if given.suspended is not None:
        await partners.suspend(its, suspended=given.suspended, by=person)
    return answer_json(shown(*await partners.one(its)))


@describe(
    Operation("Make a partner's key", body=NewKey, answer=KeyMade, status=201, problems=(404,))
)
@requires(Permission.PARTNERS)
async def add_key(request: web.Request) -> web.Response:
    """Make a key; the answer is the only place where it is ever shown."""
    given = await read_json(request, NewKey)
    partner, _ = await managed_partner(request)
    key, text = await request.app[PARTNERS].add_key(
        partner.id,
        given.label,
        given.scopes,
        given.expires_at,
        by=person_of(request).id,
    )
    response = answer_json(KeyMade.model_validate({**_key_fields(key), "key": text}), status=201)
    response.headers["Cache-Control"] = "no-store"
    return response


@describe(Operation("Revoke a partner's key, at once", answer=Revoked, problems=(404,)))
@requires(Permission.PARTNERS)
async def revoke_key(request: web.Request) -> web.Response:
    """Revoke a key everywhere."""
    partner, _ = await managed_partner(request)
    was_good = await request.app[PARTNERS].revoke(
        partner.id, request.match_info["key"], by=person_of(request).id
    )
    return answer_json(Revoked(revoked=was_good))


async def _judging(app: web.Application) -> AsyncIterator[None]:
    partners = app[PARTNERS] = Partners(app[DATABASE], app[BUS])
    async with in_background({"partner-keys": partners.run}):
        yield


def setup(app: web.Application) -> None:
    """Judge partners' keys and manage them; needs the database and the bus."""
    app[PULLING] = PartnersPulling()
    app.cleanup_ctx.append(_judging)
    one = f"{PREFIX}/partners/{{partner}}"
    app.router.add_get(f"{PREFIX}/partners", list_partners)
    app.router.add_post(f"{PREFIX}/partners", add_partner)
    app.router.add_get(one, show_partner)
    app.router.add_patch(one, change_partner)
    app.router.add_post(f"{one}/keys", add_key)
    app.router.add_delete(f"{one}/keys/{{key}}", revoke_key)
