"""Leads what players ask for several times a second past what only people need.

Playlists and media are the same for everybody, signed in or not, in one language, and are only
read; with a thousand players, looking at each request's cookies and languages would cost more than
the answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from server.accounts.access import access_of
from server.problems import problems
from server.request_keys import PERSON

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def straight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Call a handler marked ``@public_to_players`` at once; nobody is signed in there."""
    own = request.match_info.handler
    access = access_of(own)
    if access is None or not access.straight:
        return await handler(request)
    request[PERSON] = None
    return await problems(request, own)
