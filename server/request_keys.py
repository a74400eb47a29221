"""What the middlewares tell a handler about its request."""

from __future__ import annotations

from aiohttp import web

from server.accounts.model import Person
from server.identity import new_id
from server.translation import Language

# Who asks: None while nobody is signed in.
PERSON: web.RequestKey[Person | None] = web.RequestKey("person")
LANGUAGE: web.RequestKey[Language] = web.RequestKey("language")
_REQUEST_ID = web.RequestKey("request_id", str)


def request_id(request: web.Request) -> str:
    """Return what ties a request's log lines to its answer; made when it is first asked for."""
    if _REQUEST_ID not in request:
        request[_REQUEST_ID] = new_id()
    return request[_REQUEST_ID]
