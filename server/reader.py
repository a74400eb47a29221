"""Who reads: the language of the answer and the person who asks, found before any handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from server.accounts.access import access_of
from server.accounts.service import ACCOUNTS
from server.errors import Unavailable
from server.request_keys import LANGUAGE, PERSON
from server.translation import Language, exact, gettext, preferred

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LANGUAGE_COOKIE = "tingbo_lang"
SESSION_COOKIE = "tingbo_session"
PARTNER_PREFIX = "tbp_"
_YEAR_S = 365 * 24 * 3600


@web.middleware
async def language(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Set ``request[LANGUAGE]`` from ``?lang=`` (kept in a cookie), the cookie, the browser."""
    asked = exact(request.query.get("lang"))
    request[LANGUAGE] = asked or wished(request)
    response = await handler(request)
    if asked and not response.prepared:
        response.set_cookie(LANGUAGE_COOKIE, asked, max_age=_YEAR_S, samesite="Lax", path="/")
    return response


def wished(request: web.Request) -> Language:
    """Return the language of a request by its cookie, then by its browser."""
    return exact(request.cookies.get(LANGUAGE_COOKIE)) or preferred(
        request.headers.get("Accept-Language", "")
    )


@web.middleware
async def person(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Set ``request[PERSON]`` from the session's cookie or an API token; else None.

    While the database is away a public handler goes on without a person.
    """
    request[PERSON] = None
    secret = secret_of(request)
    if secret:
        try:
            request[PERSON] = await request.app[ACCOUNTS].recognise(secret)
        except Unavailable:
            access = access_of(request.match_info.handler)
            if access is None or access.needs_person:
                raise
    return await handler(request)


def secret_of(request: web.Request) -> str:
    """Return the API token or session cookie of a request; partners' keys are not ours to know."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return "" if token.startswith(PARTNER_PREFIX) else token.strip()
    return request.cookies.get(SESSION_COOKIE, "")


def language_of(request: web.Request) -> Language:
    """Return the reader's language."""
    chosen: Language = request[LANGUAGE]
    return chosen


def say(request: web.Request, text: str, /, **values: object) -> str:
    """Return a sentence in the reader's language."""
    return gettext(language_of(request), text, **values)
