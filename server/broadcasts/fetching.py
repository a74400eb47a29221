"""Who may fetch a replay as a film: what its policy says of downloads."""

from __future__ import annotations

from aiohttp import web

from server.approvals.policy import Downloads
from server.approvals.service import APPROVALS
from server.broadcasts.model import Broadcast
from server.broadcasts.pulling import is_partner


def film_address(broadcast: str) -> str:
    """Return the path of a replay's film."""
    return f"/replay/{broadcast}/film.mp4"


async def downloads_of(app: web.Application, about: Broadcast) -> Downloads:
    """Return what the policy says under which the broadcast began."""
    publicity = await app[APPROVALS].policies.publicity()
    return publicity.downloads(about.place)


async def may_fetch(request: web.Request, about: Broadcast) -> bool:
    """Tell whether whoever asks is told of the film; a partner's key was judged before."""
    allowed = await downloads_of(request.app, about)
    return allowed == "public" or (allowed == "licence" and is_partner(request))
