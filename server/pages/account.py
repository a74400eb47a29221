"""One's own account, and the page where an invitation is accepted."""

from __future__ import annotations

from aiohttp import web

from server.accounts.access import owner_of, public, signed_in
from server.accounts.model import SHORTEST_PASSWORD
from server.accounts.own import OWN
from server.accounts.roles import PERMISSIONS, Permission
from server.accounts.service import ACCOUNTS
from server.courts.service import COURTS
from server.pages.console import desk_page, named
from server.reader import SESSION_COOKIE
from server.request_keys import LANGUAGE


@signed_in
async def show_account(request: web.Request) -> web.Response:
    """Show one's second factor, sessions and API tokens."""
    person, language = owner_of(request), request[LANGUAGE]
    cookie = request.cookies.get(SESSION_COOKIE, "")
    granted = {one for posting in person.postings for one in PERMISSIONS[posting.role]}
    own, held_at = request.app[OWN], {posting.court for posting in person.postings}
    return desk_page(
        request,
        "account.html",
        entry="account",
        here="account",
        factor=await request.app[ACCOUNTS].factors.state(person),
        sessions=await own.sessions(person, cookie),
        tokens=await own.tokens(person),
        scopes=[one.value for one in Permission if one in granted],
        courts={
            court.id: named(court.name, court.name_en, language)
            for court in await request.app[COURTS].courts()
            if None in held_at or court.id in held_at
        },
    )


@public
async def show_invitation(request: web.Request) -> web.Response:
    """Show the form in which whoever is invited chooses a password."""
    return desk_page(request, "invitation.html", entry="account", shortest=SHORTEST_PASSWORD)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/console/account", show_account)
    app.router.add_get("/console/invitation", show_invitation)
