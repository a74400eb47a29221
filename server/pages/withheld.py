"""A broadcast on a public page, without what of it is withdrawn."""

from __future__ import annotations

from aiohttp import web

from server.broadcasts.announced import announced
from server.broadcasts.channels import CHANNELS
from server.broadcasts.console import public_state
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.notices.service import NOTICES
from server.pages.views import BroadcastView, broadcast_view, without
from server.request_keys import LANGUAGE
from server.withdrawn import REGISTER, mask_of


async def publicly(request: web.Request, broadcast: str) -> Broadcast:
    """Return a broadcast as passers-by may know it; raises ``NotFound``."""
    [about] = await announced(
        request.app[NOTICES], [await request.app[BROADCASTS].about(broadcast)]
    )
    return about


async def broadcast_shown(request: web.Request) -> BroadcastView:
    """Return the broadcast that the address names; of a withdrawn one no title."""
    return masked_view(request, await publicly(request, request.match_info["broadcast"]))


def masked_view(request: web.Request, about: Broadcast) -> BroadcastView:
    """Return the broadcast that the address names, which was looked up; no title if withdrawn."""
    return without(broadcast_view(about, request[LANGUAGE]), mask_of(request))


def on_air_view(request: web.Request, about: Broadcast) -> BroadcastView:
    """Return a broadcast as the public sees it: what is on the air, not what was ordered."""
    state = public_state(about, request.app[CHANNELS].get(about.id))
    view = broadcast_view(about, request[LANGUAGE], state)
    return without(view, request.app[REGISTER].of(about.id))
