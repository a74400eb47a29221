"""Built files over HTTP: their names hold a digest, so a browser may keep them for good."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

from server.accounts.access import public
from server.errors import NotFound

FOLDER = Path(__file__).parent.parent / "static"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@public
async def show_file(request: web.Request) -> web.StreamResponse:
    """Send a built file, or its compressed twin where the reader takes that."""
    name = request.match_info["name"]
    path = FOLDER / "assets" / name
    kind = _TYPES.get(path.suffix)
    if kind is None or not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    return web.FileResponse(path, headers={"Content-Type": kind, "Cache-Control": _FOREVER})


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/static/assets/{name}", show_file)
