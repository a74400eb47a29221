"""Who is watching: visits 人次, minutes and the number of viewers now."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web
from prometheus_client import Gauge

from server.audience.requests import VIEWER_QUERY, counted_viewer, give_cookie, new_viewer
from server.audience.service import AUDIENCE, Audience, PresentViewers
from server.audience.store import AudienceStore
from server.background import in_background
from server.broadcasts.viewers import VIEWERS
from server.database import DATABASE
from server.measuring import METRICS

__all__ = ["AUDIENCE", "VIEWER_QUERY", "Audience", "counted_viewer", "new_viewer", "setup"]


def setup(app: web.Application) -> None:
    """Count whoever watches; needs the database."""
    app.on_response_prepare.append(give_cookie)
    app.cleanup_ctx.append(_counting)


async def _counting(app: web.Application) -> AsyncIterator[None]:
    audience = app[AUDIENCE] = Audience(AudienceStore(app[DATABASE]))
    app[VIEWERS] = PresentViewers(audience)
    registry = app[METRICS].registry
    for name, text, value in (
        ("dropped", "Evidence of watching that was not counted", lambda: audience.dropped),
        ("failed_flushes", "Flushes that were refused", lambda: audience.failed_flushes),
        ("waiting", "Viewers whose evidence is not written yet", lambda: audience.waiting),
    ):
        Gauge(f"tingbo_audience_{name}", text, registry=registry).set_function(value)
    async with in_background({"audience": audience.run}):
        yield
