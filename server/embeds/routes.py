"""Sites that may embed, over HTTP: for who manages partners, and for frames that are open."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.approvals.service import APPROVALS
from server.bodies import Body, answer_json, read_json
from server.broadcasts.routes import asked_for, state_events
from server.database import DATABASE
from server.embeds.model import LONGEST_ORIGIN, Origin
from server.embeds.service import EMBEDS, Embeds
from server.event_stream import Event, stream_events
from server.openapi import PREFIX, Operation, describe
from server.partners.routes import managed_partner


class NewSite(Body):
    """A site that shall embed: ``https://host``, with a port if it is not the usual one."""

    origin: Annotated[str, Field(min_length=1, max_length=LONGEST_ORIGIN)]


class Site(BaseModel):
    """A site that may show the broadcasts in a frame."""

    id: str
    origin: str
    added_at: datetime


class Sites(BaseModel):
    """The sites of a partner."""

    sites: list[Site]


def _shown(origin: Origin) -> Site:
    return Site(id=origin.id, origin=origin.origin, added_at=origin.added_at)


@describe(Operation("List the sites on which a partner may embed", answer=Sites, problems=(404,)))
@requires(Permission.PARTNERS)
async def list_sites(request: web.Request) -> web.Response:
    """List a partner's sites."""
    partner, _ = await managed_partner(request)
    found = await request.app[EMBEDS].of_partners([partner.id])
    return answer_json(Sites(sites=[_shown(one) for one in found.get(partner.id, ())]))


@describe(
    Operation(
        "Let a partner's site embed", body=NewSite, answer=Site, status=201, problems=(404, 409)
    )
)
@requires(Permission.PARTNERS)
async def add_site(request: web.Request) -> web.Response:
    """Let a site show the broadcasts that the partner's keys open."""
    given = await read_json(request, NewSite)
    partner, _ = await managed_partner(request)
    new = await request.app[EMBEDS].add(partner, given.origin, person_of(request).id)
    return answer_json(_shown(new), status=201)


@describe(Operation("Let a site embed no more", status=204, problems=(404,)))
@requires(Permission.PARTNERS)
async def remove_site(request: web.Request) -> web.Response:
    """Take a site off the list; browsers refuse it, and frames that are open end."""
    partner, _ = await managed_partner(request)
    await request.app[EMBEDS].remove(partner, request.match_info["site"], person_of(request).id)
    return web.Response(status=204)


@describe(Operation("What a frame of another site is told", media="text/event-stream"))
@public
async def follow_frame(request: web.Request) -> web.StreamResponse:
    """Send the public state as events, and who may frame it: at first, and when that changes."""
    about = await asked_for(request)
    embeds = request.app[EMBEDS]
    sites = partial(embeds.ancestors_lately, about)
    return await stream_events(request, framed(await state_events(request, about), sites))


async def framed(
    states: AsyncGenerator[Event], sites: Callable[[], Awaitable[Sequence[str]]]
) -> AsyncGenerator[Event]:
    """Yield what is told of a broadcast, with ``sites`` ahead of it whenever these have changed."""
    told: Sequence[str] | None = None
    async with aclosing(states):
        async for event in states:
            now = await sites()
            if now != told:
                told = now
                yield Event("sites", {"sites": list(now)})
            yield event


async def _knowing(app: web.Application) -> AsyncIterator[None]:
    app[EMBEDS] = Embeds(app[DATABASE], app[APPROVALS].policies)
    yield


def setup(app: web.Application) -> None:
    """Manage the sites; needs the database, approvals and partners."""
    app.cleanup_ctx.append(_knowing)
    sites = f"{PREFIX}/partners/{{partner}}/sites"
    app.router.add_get(sites, list_sites)
    app.router.add_post(sites, add_site)
    app.router.add_delete(f"{sites}/{{site}}", remove_site)
    frame = f"{PREFIX}/broadcasts/{{broadcast}}/frame/events"
    app.router.add_get(frame, follow_frame, allow_head=False)
