"""A broadcast on a public page, without what of it is withdrawn."""

from __future__ import annotations

from aiohttp import web

from server.broadcasts.announced import announced
from server.broadcasts.service import BROADCASTS
from server.notices.service import NOTICES
from server.pages.views import BroadcastView, broadcast_view, without
from server.request_keys import LANGUAGE
from server.withdrawn import mask_of


async def broadcast_shown(request: web.Request) -> BroadcastView:
    """Return the broadcast that the address names; of a withdrawn one no title."""
    about = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    [about] = await announced(request.app[NOTICES], [about])
    return without(broadcast_view(about, request[LANGUAGE]), mask_of(request))
