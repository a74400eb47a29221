"""The cookies of who signs in, and what comes with a sign-in."""

from __future__ import annotations

from aiohttp import web

from server.accounts.browsers import browser_cookie, familiar_browser
from server.accounts.devices import device_words
from server.accounts.model import Person
from server.accounts.service import SignInFrom
from server.reader import SESSION_COOKIE
from server.security import SETTINGS, client_address
from server.signing import SIGNER

BROWSER_COOKIE = "tingbo_browser"
_YEAR_S = 365 * 24 * 3600


def where_from(request: web.Request, name: str, code: str) -> SignInFrom:
    """Return what comes with a sign-in under this name."""
    brought = request.cookies.get(BROWSER_COOKIE, "")
    return SignInFrom(
        client_address(request),
        familiar_browser(request.app[SIGNER], brought, name.casefold()),
        device_words(request.headers.get("User-Agent", "")),
        code,
    )


def give_session(
    request: web.Request, response: web.Response, person: Person, session: str
) -> None:
    """Give the browser its session, and what makes it familiar to this person."""
    hours = request.app[SETTINGS].session_hours
    keep(request, response, SESSION_COOKIE, session, int(hours * 3600))
    brought = request.cookies.get(BROWSER_COOKIE, "")
    browser = browser_cookie(request.app[SIGNER], brought, person.name)
    keep(request, response, BROWSER_COOKIE, browser, _YEAR_S)


def keep(request: web.Request, response: web.Response, name: str, value: str, seconds: int) -> None:
    """Let the browser keep a cookie that no script reads and no other site's page sends."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=request.app[SETTINGS].behind_tls,
        path="/",
    )
