"""What somebody has been at the courts, and when, over HTTP."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import BaseModel

from server.accounts.access import person_of, requires
from server.accounts.people import PEOPLE
from server.accounts.roles import Permission
from server.bodies import answer_json
from server.openapi import PREFIX, Operation, describe


class HeldPostingView(BaseModel):
    """A role at a court (null: at every court) with its time; ``until`` null: held now."""

    role: str
    court: str | None
    since: datetime
    until: datetime | None


class PostingsView(BaseModel):
    """What a person is and was, the newest first; the person's id never changes."""

    postings: list[HeldPostingView]


@describe(Operation("A person's postings over time", answer=PostingsView, problems=(404,)))
@requires(Permission.ADMINISTER)
async def show_postings(request: web.Request) -> web.Response:
    """Show what a person was at the courts that the reader administers."""
    found = await request.app[PEOPLE].history(request.match_info["person"], person_of(request))
    views = [
        HeldPostingView(
            role=one.posting.role.value,
            court=one.posting.court,
            since=one.since,
            until=one.until,
        )
        for one in found
    ]
    return answer_json(PostingsView(postings=views))


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(f"{PREFIX}/people/{{person}}/postings", show_postings)
