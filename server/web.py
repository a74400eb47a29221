"""The server's process: ``python -m server.web ASSIGNMENT.json``.

The assignment holds settings that override the environment's, by name (``data``, ``host``,
``port``, ``socket`` …). When the server listens it writes ``run/web.json`` below the data
directory: ``{"pid":…,"url":…}``. SIGTERM ends it within 3 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
from pathlib import Path

import structlog
from aiohttp import web

from media import die_with_parent, until_stopped
from server.app import PLACES, make_app
from server.errors import WrongSettings
from server.first_access import write_access
from server.logs import configure
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
        # What is here now stays: collections need not walk through it while players wait.
        gc.collect()
        gc.freeze()
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


def main(arguments: list[str]) -> int:
    """Run the process; 2 if it cannot start with its settings."""
    die_with_parent()
    overrides = json.loads(Path(arguments[0]).read_text(encoding="utf-8")) if arguments else {}
    try:
        settings = Settings.from_env(os.environ, overrides)
    except WrongSettings as problem:
        sys.stderr.write(f"Tingbo cannot start: {problem}\n")
        return 2
    configure(settings.log_level)

    async def body(stop: asyncio.Event) -> None:
        await serve(settings, stop)

    asyncio.run(until_stopped(body))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
