"""The server's process: ``python -m server.web ASSIGNMENT.json``.

The assignment holds settings that override the environment's, by name (``data``, ``host``,
``port``, ``socket`` …). When the server listens it writes ``run/web.json`` below the data
directory: ``{"pid":…,"url":…}``. SIGTERM ends it within 3 s.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from functools import partial
from pathlib import Path

from media import die_with_parent, until_stopped
from server.errors import WrongSettings


def main(arguments: list[str]) -> int:
    """Run the process; 2 if it cannot start with its settings."""
    die_with_parent()
    # Modules, classes and tables stay until the end. Looking for garbage among them while they are
    # being made takes a tenth of the start, so that is off until the server listens (which turns
    # it on again), and nothing large is imported before this line.
    gc.disable()
    from server.logs import configure  # noqa: PLC0415
    from server.serving import serve  # noqa: PLC0415
    from server.settings import Settings  # noqa: PLC0415

    overrides = json.loads(Path(arguments[0]).read_text(encoding="utf-8")) if arguments else {}
    try:
        settings = Settings.from_env(os.environ, overrides)
    except WrongSettings as problem:
        sys.stderr.write(f"Tingbo cannot start: {problem}\n")
        return 2
    configure(settings.log_level)
    asyncio.run(until_stopped(partial(serve, settings)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
