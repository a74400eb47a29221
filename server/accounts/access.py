"""Who may call a handler: each is marked ``@public``, ``@signed_in`` or ``@requires(…)``.

A test walks the router and fails on a handler without a mark. The marks look at the role anywhere;
a service that knows the court asks ``person.must(permission, court)`` besides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import quote

from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.errors import Forbidden, SignInNeeded
from server.request_keys import PERSON

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MARK = "__access__"
SIGN_IN_PAGE = "/console/sign-in"
PASSWORD_PAGE = "/console/password"  # noqa: S105  (an address)
ACCOUNT_PAGE = "/console/account"


@dataclass(frozen=True, slots=True)
class Access:
    """A handler's rule. ``permission`` None with ``needs_person``: whoever is signed in.

    ``straight``: only reads what is the same for everybody (``server.straight``).
    """

    needs_person: bool
    permission: Permission | None = None
    any_origin: bool = False
    straight: bool = False


def access_of(handler: object) -> Access | None:
    """Return a handler's rule, None if it has none (a mistake, which a test finds)."""
    mark = getattr(handler, _MARK, None)
    return mark if isinstance(mark, Access) else None


def public(handler: Handler) -> Handler:
    """Let everybody call it; ``request[PERSON]`` may be None."""
    setattr(handler, _MARK, Access(needs_person=False))
    return handler


def public_to_players(handler: Handler) -> Handler:
    """Let everybody call it, and ask neither who nor in which language."""
    setattr(handler, _MARK, Access(needs_person=False, straight=True))
    return handler


def public_to_any_site(handler: Handler) -> Handler:
    """Let everybody call it, also pages of other sites (WHEP); cookies must mean nothing to it."""
    setattr(handler, _MARK, Access(needs_person=False, any_origin=True))
    return handler


def signed_in(handler: Handler) -> Handler:
    """Let call whoever is signed in, also before a password or second factor that is asked for."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        _somebody(request)
        return await handler(request)

    setattr(guarded, _MARK, Access(needs_person=True))
    return guarded


def requires(permission: Permission) -> Callable[[Handler], Handler]:
    """Let call whoever holds the permission at any court."""

    def mark(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            person = _somebody(request)
            if person.must_change_password:
                if _reads_page(request):
                    raise web.HTTPSeeOther(PASSWORD_PAGE)
                raise Forbidden("Choose a new password first.")
            if person.must_set_up_factor:
                if _reads_page(request):
                    raise web.HTTPSeeOther(ACCOUNT_PAGE)
                raise Forbidden("Set up the second factor first: your role needs one.")
            person.must(permission)
            return await handler(request)

        setattr(guarded, _MARK, Access(needs_person=True, permission=permission))
        return guarded

    return mark


def person_of(request: web.Request) -> Person:
    """Return who calls; for handlers that need a person."""
    return _somebody(request)


def owner_of(request: web.Request) -> Person:
    """Return who calls with a session: a token must not change what its person signs in with."""
    person = _somebody(request)
    if person.token:
        raise Forbidden("An API token cannot do this; sign in.")
    return person


def _somebody(request: web.Request) -> Person:
    person: Person | None = request.get(PERSON)
    if person is not None:
        return person
    if _reads_page(request):
        raise web.HTTPSeeOther(f"{SIGN_IN_PAGE}?next={quote(request.path_qs, safe='/')}")
    raise SignInNeeded


def _reads_page(request: web.Request) -> bool:
    return (
        request.method == "GET"
        and not request.path.startswith("/api/")
        and "text/html" in request.headers.get("Accept", "")
    )
