"""By which law parts of a hearing are closed, in words that a slate has room for (rule B-15)."""

from __future__ import annotations

from aiohttp import web

from media import LONGEST_ON_SLATE
from server.approvals.service import APPROVALS
from server.broadcasts.model import Broadcast
from server.request_keys import LANGUAGE


async def grounds_of(request: web.Request, about: Broadcast) -> list[tuple[str, str]]:
    """Return the laws of the parts that were planned when the broadcast was applied for, with why.

    They are offered at the desk for the next slate; nobody types an article while a witness waits.
    """
    planned = await request.app[APPROVALS].clearances.grounds(about.hearing)
    language = request[LANGUAGE]
    return [(on_slate(basis), slate.in_language(language)) for basis, slate in planned]


def on_slate(basis: str) -> str:
    """Return as many of the laws as one line of a slate holds, the first before the others."""
    line = ""
    for law in basis.split("；"):
        longer = f"{line}；{law}" if line else law
        if len(longer) > LONGEST_ON_SLATE:
            break
        line = longer
    return line
