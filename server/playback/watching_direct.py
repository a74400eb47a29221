"""Who watches by WebRTC: counted while they are heard, told to the console and the metrics.

Sessions end here with their broadcast, and with the partner's key that they were opened with.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from aiohttp import web

from media import SessionFigures
from server.audience import AUDIENCE
from server.background import in_background
from server.broadcasts.direct_viewers import DIRECT
from server.errors import Unavailable
from server.measuring import METRICS
from server.partners import PARTNERS, Scope
from server.places import Places
from server.playback.opening import medium_of
from server.playback.posting import Posting
from server.playback.relay import OnFigures, RelayClient
from server.playback.relay_metrics import RelayMetrics, SessionMetrics
from server.playback.relays import RELAYS, Relays
from server.playback.sessions import Path, of_direct
from server.playback.sources import SOURCES
from server.relaying import relay_count, relay_name
from server.reports.service import REPORTS
from server.security import SETTINGS

END_SECONDS = 2.0


def _on_figures(app: web.Application, metrics: SessionMetrics, posting: Posting) -> OnFigures:
    audience = app[AUDIENCE]

    def heard(now: SessionFigures, before: SessionFigures | None) -> None:
        metrics.heard(now, before)
        if now.state == "connected":
            posting.follow(now.broadcast)
        elif now.state == "closed":
            posting.leave(now.broadcast)
        session = of_direct(now.session)
        medium = medium_of(session, Path.LIVE)
        if medium is None or now.state == "connecting" or not now.sent_bytes:
            return
        # A browser that has vanished is sent to for half a minute more; nobody watched then.
        seen = datetime.now(UTC) - timedelta(seconds=max(0.0, now.silent_s))
        audience.touch(now.broadcast, medium, session.viewer, seen)

    return heard


async def following(app: web.Application) -> AsyncIterator[None]:
    """Keep connected to the relays while the service runs (``cleanup_ctx``)."""
    settings, registry = app[SETTINGS], app[METRICS].registry
    places = Places(settings.data)
    posting = Posting(lambda: app[REPORTS].feeds, lambda: app[RELAYS])
    on_figures = _on_figures(app, SessionMetrics(registry), posting)
    count = relay_count(settings.relays, os.cpu_count() or 1)
    relays = app[RELAYS] = Relays(
        [RelayClient(places.socket(relay_name(index)), on_figures) for index in range(count)]
    )
    app[DIRECT] = lambda broadcast: _of_broadcast(relays, broadcast)
    collector = RelayMetrics(relays)
    registry.register(collector)
    end_sessions = partial(_end_sessions, app, relays)
    async with in_background({"relay-clients": relays.run, "whep-sessions": end_sessions}):
        yield
    await posting.close()
    registry.unregister(collector)


def _of_broadcast(relays: Relays, broadcast: str) -> Iterable[SessionFigures]:
    return [one for one in relays.sessions() if one.broadcast == broadcast]


async def _end_sessions(app: web.Application, relays: Relays) -> None:
    """Let sessions end with their broadcast, and with the right by which they were opened."""
    while True:
        await asyncio.sleep(END_SECONDS)
        over, revoked = await _ended(app, relays)
        for one in tuple(relays.sessions()):
            if one.broadcast in over or of_direct(one.session).key in revoked:
                relays.close(one.session)


async def _ended(app: web.Application, relays: Relays) -> tuple[set[str], set[str]]:
    """Return the broadcasts that are over and the partners' keys that hold no more."""
    sessions = tuple(relays.sessions())
    shown = {its.broadcast for its in sessions}
    sources = app[SOURCES]
    over = {one for one in shown if sources.has_ended(one) or sources.is_withheld(one)}
    revoked = set()
    for key in {of_direct(its.session).key for its in sessions} - {""}:
        try:
            if not await app[PARTNERS].holds(key, Scope.PULL):
                revoked.add(key)
        except Unavailable:
            continue  # while the database is away nobody can revoke a key either
    return over, revoked
