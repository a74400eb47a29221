"""A broadcast in a frame of another site: the player, its words, and nothing else.

The only page that another site may frame, and only one that the court has let in. It must do
without cookies, which browsers keep from frames: language and viewer stand in addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from server.accounts.access import public
from server.audience import VIEWER_QUERY, new_viewer
from server.embeds.model import frame_size
from server.embeds.service import EMBEDS
from server.pages.rendering import page
from server.pages.views import BroadcastView
from server.pages.withheld import masked_view, on_air_view, publicly
from server.request_keys import LANGUAGE
from server.security import base_url, content_policy
from server.translation import gettext
from server.withdrawn import mask_of
from server.withdrawn.model import REASON_WORDS, Withdrawal
from server.wording import marked

LATEST_START_S: Final = 24 * 3600
_FRAME: Final = marked("Court hearing, broadcast by %(court)s")
_RIGHTS: Final = (
    'allow="autoplay; fullscreen; picture-in-picture" allowfullscreen '
    'sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"'
)


@public
async def show_embed(request: web.Request) -> web.Response:
    """Show the player alone; of a broadcast that was withdrawn as a whole a tombstone."""
    about = await publicly(request, request.match_info["broadcast"])
    whole = mask_of(request).whole
    ancestors = await request.app[EMBEDS].ancestors(about)
    if whole is None:
        response = _show_player(request, on_air_view(request, about), ancestors)
    else:
        response = _show_tombstone(request, masked_view(request, about), whole)
    response.headers["Content-Security-Policy"] = content_policy(ancestors)
    return response


def _show_player(
    request: web.Request, broadcast: BroadcastView, sites: Sequence[str]
) -> web.Response:
    viewer = urlencode({VIEWER_QUERY: new_viewer()})
    return page(
        request,
        "embed.html",
        entry="embed",
        zone=broadcast.zone,
        broadcast=broadcast,
        is_live=broadcast.may_become_live,
        viewer=viewer,
        sites=" ".join(sites),
        start=start_of(request.query.get("start", "")),
    )


def _show_tombstone(
    request: web.Request, broadcast: BroadcastView, whole: Withdrawal
) -> web.Response:
    reason = gettext(request[LANGUAGE], REASON_WORDS[whole.reason])
    response = page(
        request,
        "embed-tombstone.html",
        entry="embed",
        zone=broadcast.zone,
        broadcast=broadcast,
        withdrawal=whole,
        reason=reason,
    )
    response.set_status(410)
    return response


def start_of(text: str) -> int:
    """Return where a replay shall begin, in seconds; what is no such place is its beginning."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LATEST_START_S))):
        return 0
    return min(int(text), LATEST_START_S)


def oembed_address(request: web.Request, broadcast: str) -> str:
    """Return the absolute address of the oEmbed answer for a broadcast's page."""
    query = urlencode({"url": f"{base_url(request)}/broadcasts/{broadcast}", "format": "json"})
    return f"{base_url(request)}/oembed?{query}"


def embed_code_of(
    request: web.Request,
    broadcast: BroadcastView,
    query: Mapping[str, str | int] = MappingProxyType({}),
    size: tuple[int, int] | None = None,
) -> str:
    """Return the markup that shows a broadcast in a frame; ``query`` is its address's.

    It names the court and not the case: whoever has copied it keeps it when a name is withdrawn.
    """
    address = f"{base_url(request)}/embed/{broadcast.id}"
    whole = f"{address}?{urlencode(query)}" if query else address
    width, height = size or frame_size()
    title = gettext(request[LANGUAGE], _FRAME, court=broadcast.court)
    return (
        f'<iframe src="{escape(whole)}" width="{width}" height="{height}" '
        f'style="border:0;max-width:100%" title="{escape(title)}" {_RIGHTS}></iframe>'
    )


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/embed/{broadcast}", show_embed)
