"""One's own account, the page where an invitation is accepted, and the auditors' journal."""

from __future__ import annotations

from aiohttp import web

from server.accounts.access import owner_of, person_of, public, requires, signed_in
from server.accounts.journal_routes import JournalAsked, names_of
from server.accounts.model import SHORTEST_PASSWORD
from server.accounts.own import OWN
from server.accounts.reading import earlier, read_journal
from server.accounts.roles import PERMISSIONS, Permission
from server.accounts.routes import end_session
from server.accounts.service import ACCOUNTS
from server.bodies import read_query
from server.courts.service import COURTS
from server.database import DATABASE
from server.database.metadata import from_microseconds
from server.pages.console import desk_page, named
from server.pages.mail import mail_view
from server.pages.provider import provider_view
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
        provider=await provider_view(request, person.id),
        mail=await mail_view(request, person.id),
        scopes=[one.value for one in Permission if one in granted],
        courts={
            court.id: named(court.name, court.name_en, language)
            for court in await request.app[COURTS].courts()
            if None in held_at or court.id in held_at
        },
    )


@requires(Permission.AUDIT)
async def show_journal(request: web.Request) -> web.Response:
    """Show entries of the journal, newest first; looking is one."""
    asked = read_query(request, JournalAsked)
    entries = await read_journal(
        request.app[DATABASE], person_of(request), asked.about, asked.before, asked.most
    )
    return desk_page(
        request,
        "journal.html",
        entry="account",
        here="journal",
        entries=[(from_microseconds(one.at_us), one) for one in entries],
        names=await names_of(request, entries),
        about=asked.about,
        is_whole=person_of(request).courts(Permission.AUDIT) is None,
        earlier=earlier(entries, asked.most),
    )


@public
async def show_invitation(request: web.Request) -> web.Response:
    """Show the form in which whoever is invited chooses a password."""
    return desk_page(request, "invitation.html", entry="account", shortest=SHORTEST_PASSWORD)


@public
async def sign_out(request: web.Request) -> web.Response:
    """End the session and go to the portal: a plain form, which works on every page of staff."""
    response = web.Response(status=303, headers={"Location": "/"})
    return await end_session(request, response)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_post("/console/sign-out", sign_out)
    app.router.add_get("/console/account", show_account)
    app.router.add_get("/console/invitation", show_invitation)
    app.router.add_get("/console/journal", show_journal)
