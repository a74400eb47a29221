"""Who lets partners in with their keys: ``server.partners`` puts itself here."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web


class Pulling(Protocol):
    """Knows partners' keys."""

    async def judge(self, request: web.Request, court: str | None) -> str | None:
        """Return the court to which the request's key is bound, None for no key or every court.

        Raises ``SignInNeeded`` or ``Forbidden`` if the key is no good, or not for that court.
        """

    def address(self, request: web.Request, address: str) -> str:
        """Return a playlist's address as whoever asks can use it."""

    def is_partner(self, request: web.Request) -> bool:
        """Tell whether the request carries a partner's key."""


PULLING: web.AppKey[Pulling] = web.AppKey("partners_pulling")


async def judge(request: web.Request, court: str | None = None) -> str | None:
    """Refuse a key that is no good: its owner must not be shown the public's answer.

    ``court``: of what is asked for. Return whose broadcasts alone the key opens, None for all.
    """
    pulling = request.app.get(PULLING)
    return None if pulling is None else await pulling.judge(request, court)


def pulled_from(request: web.Request, address: str | None) -> str | None:
    """Return an address as whoever asks can use it: a partner's carry its key."""
    pulling = request.app.get(PULLING)
    return address if pulling is None or address is None else pulling.address(request, address)


def is_partner(request: web.Request) -> bool:
    """Tell whether the request carries a partner's key, good or not."""
    pulling = request.app.get(PULLING)
    return pulling is not None and pulling.is_partner(request)
