"""The partner's key in a request: ``Authorization: Bearer tbp_…`` or ``?key=tbp_…``."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from server.partners.model import KEY_MARK, Scope
from server.partners.service import PARTNERS


def partner_key_of(request: web.Request) -> str | None:
    """Return the text of the key that the request carries, None if there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip().startswith(KEY_MARK):
        return token.strip()
    return request.query.get("key")


class PartnersPulling:
    """Lets partners read lists and gives them addresses that work with their key."""

    async def judge(self, request: web.Request, court: str | None) -> str | None:
        """Return the court of a key, None for every court or without a key.

        Raises ``SignInNeeded`` or ``Forbidden`` for a key that does not open lists, or the court.
        """
        text = partner_key_of(request)
        if text is None:
            return None
        return (await request.app[PARTNERS].check(text, Scope.READ, court)).partner.court

    def address(self, request: web.Request, address: str) -> str:
        """Return the address of a multivariant playlist with the key of the partner who asks."""
        text = partner_key_of(request)
        return address if text is None else f"{address}?key={quote(text, safe='')}"

    def is_partner(self, request: web.Request) -> bool:
        """Tell whether the request carries a partner's key."""
        return partner_key_of(request) is not None
