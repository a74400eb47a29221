"""The server's working life: the application listens, tells where, and ends in good order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
from pathlib import Path

import structlog
from aiohttp import web

from server.app import PLACES, make_app
from server.first_access import write_access
from server.settings import Settings

_log = structlog.stdlib.get_logger(__name__)
_STOP_S = 1.5


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set. Open requests get a moment, event streams end at once."""
    app = make_app(settings)
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=_STOP_S, handler_cancellation=True
    )
    await runner.setup()
    note = app[PLACES].run / "web.json"
    try:
        url = await _listen(runner, settings)
        await asyncio.to_thread(_tell, note, url)
        await write_access(app, app[PLACES].run / "access.json", url, keep_password=settings.demo)
        # What is here now stays: collections need not walk through it while players wait. (To
        # collect first would hold up the first reader for a fifth of a second.)
        gc.freeze()
        gc.enable()
        _log.info("listening", url=url)
        await stop.wait()
    finally:
        with contextlib.suppress(FileNotFoundError):
            note.unlink()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> str:
    if settings.socket is not None:
        settings.socket.unlink(missing_ok=True)
        await web.UnixSite(runner, settings.socket).start()
        return f"unix:{settings.socket}"
    site = web.TCPSite(runner, settings.host, settings.port, backlog=1024, reuse_address=True)
    await site.start()
    port = runner.addresses[0][1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}"


def _tell(note: Path, url: str) -> None:
    note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = note.with_name(f".{note.name}.{os.getpid()}")
    half.write_text(json.dumps({"pid": os.getpid(), "url": url}))
    half.replace(note)
