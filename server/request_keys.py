"""What the middlewares tell a handler about its request."""

from __future__ import annotations

from aiohttp import web

from server.accounts.model import Person
from server.translation import Language

# Who asks: None while nobody is signed in.
PERSON: web.RequestKey[Person | None] = web.RequestKey("person")
LANGUAGE: web.RequestKey[Language] = web.RequestKey("language")
REQUEST_ID = web.RequestKey("request_id", str)
