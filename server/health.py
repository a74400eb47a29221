"""Whether the server lives, and whether it can do its work."""

from __future__ import annotations

from aiohttp import web

from server.accounts.access import public
from server.bus import BUS
from server.database import DATABASE


@public
async def healthy(request: web.Request) -> web.Response:  # noqa: ARG001
    """Say that the process answers."""
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})


@public
async def ready(request: web.Request) -> web.Response:
    """Say whether database and bus answer; 503 without the database."""
    database = await request.app[DATABASE].is_ready()
    bus = await request.app[BUS].is_ready()
    return web.json_response(
        {"status": "ready" if database else "not ready", "database": database, "bus": bus},
        status=200 if database else 503,
        headers={"Cache-Control": "no-store"},
    )
