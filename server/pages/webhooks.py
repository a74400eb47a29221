"""The page on which a partner's endpoints are managed, and what became of their messages."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from aiohttp import web

from server.accounts.access import requires
from server.accounts.roles import Permission
from server.pages.console import desk_page
from server.partners.routes import managed_partner
from server.request_keys import LANGUAGE
from server.security import SETTINGS
from server.translation import gettext
from server.webhooks.model import CHOICES, KIND_WORDS, MOST_ENDPOINTS, Delivery, Problem, Standing
from server.webhooks.service import WEBHOOKS
from server.wording import marked

_STANDINGS: Final = MappingProxyType[Standing, str](
    {
        "waiting": marked("waits"),
        "delivered": marked("delivered"),
        "failed": marked("given up"),
        "superseded": marked("withdrawn before"),
    }
)
_PROBLEMS: Final = MappingProxyType[Problem, str](
    {
        "": "",
        "status": "",
        "timeout": marked("no answer in time"),
        "connection": marked("no connection"),
        "tls": marked("certificate not trusted"),
        "address": marked("address in a network that is not told"),
        "secret": marked("secret lost: make a new one"),
    }
)
_SHOWN: Final = 20


def _answer(request: web.Request, one: Delivery) -> str:
    """Return how the last attempt was answered, in a few words."""
    if one.attempts == 0:
        return ""
    words = _PROBLEMS[one.last_problem]
    told = gettext(request[LANGUAGE], words) if words else str(one.last_status)
    return f"{told} · {one.took_ms} ms"


@requires(Permission.PARTNERS)
async def show_webhooks(request: web.Request) -> web.Response:
    """Show a partner's endpoints, each with its newest deliveries."""
    partner, _ = await managed_partner(request)
    webhooks, language = request.app[WEBHOOKS], request[LANGUAGE]
    found = await webhooks.of_partner(partner.id)
    rows = {
        one.id: [
            (its, _answer(request, its))
            for its in (await webhooks.deliveries(partner.id, one.id))[:_SHOWN]
        ]
        for one in found
    }
    return desk_page(
        request,
        "webhooks.html",
        entry="webhooks",
        here="partners",
        zone=request.app[SETTINGS].time_zone,
        partner=partner,
        webhooks=found,
        now=datetime.now(UTC),
        deliveries=rows,
        kinds={kind.value: gettext(language, text) for kind, text in KIND_WORDS.items()},
        choices=[kind.value for kind in CHOICES],
        standings={name: gettext(language, text) for name, text in _STANDINGS.items()},
        has_room=len(found) < MOST_ENDPOINTS,
    )


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/console/partners/{partner}/webhooks", show_webhooks)
