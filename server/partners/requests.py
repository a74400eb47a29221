"""The partner's key in a request: ``Authorization: Bearer tbp_…`` or ``?key=tbp_…``."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from server.partners.model import KEY_MARK, PartnerKey, Scope
from server.partners.service import PARTNERS


def partner_key_of(request: web.Request) -> str | None:
    """Return the text of the key that the request carries, None if there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip().startswith(KEY_MARK):
        return token.strip()
    return request.query.get("key")


async def reading_partner(request: web.Request) -> PartnerKey | None:
    """Return the partner's key if the request carries one that may read lists, else None.

    Raises ``SignInNeeded`` or ``Forbidden`` for one that may not: a partner whose key is revoked
    must be told so, not be shown the public's answer.
    """
    text = partner_key_of(request)
    return None if text is None else await request.app[PARTNERS].check(text, Scope.READ)


def with_key(address: str, request: web.Request) -> str:
    """Return the address of a master playlist as the partner who asks can use it."""
    text = partner_key_of(request)
    return address if text is None else f"{address}?key={quote(text, safe='')}"
