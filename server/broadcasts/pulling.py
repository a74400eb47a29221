"""Who lets partners in with their keys: ``server.partners`` puts itself here."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web


class Pulling(Protocol):
    """Knows partners' keys."""

    async def judge(self, request: web.Request) -> None:
        """Raise ``SignInNeeded`` or ``Forbidden`` if the request carries a key that is no good."""

    def address(self, request: web.Request, address: str) -> str:
        """Return a playlist's address as whoever asks can use it."""


PULLING: web.AppKey[Pulling] = web.AppKey("partners_pulling")


async def judge(request: web.Request) -> None:
    """Refuse a key that is no good: its owner must not be shown the public's answer."""
    pulling = request.app.get(PULLING)
    if pulling is not None:
        await pulling.judge(request)


def pulled_from(request: web.Request, address: str | None) -> str | None:
    """Return an address as whoever asks can use it: a partner's carry its key."""
    pulling = request.app.get(PULLING)
    return address if pulling is None or address is None else pulling.address(request, address)
