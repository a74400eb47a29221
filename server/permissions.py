"""Writes ``docs/permissions.md`` from the code: ``scripts/permissions``, or ``--check`` it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aiohttp import web

from server.accounts.access import access_of
from server.accounts.permission_table import EVERYBODY, SIGNED_IN, Rule, permission_page
from server.app import make_app
from server.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "permissions.md"


def rules_of(app: web.Application) -> Iterator[Rule]:
    """Yield the rule of every route; a route without one is told as such, and a test finds it."""
    for route in app.router.routes():
        if route.resource is None or route.method == "HEAD":  # as the GET beside it
            continue
        access = access_of(route.handler)
        who = "nobody has said"
        if access is not None:
            who = SIGNED_IN if access.needs_person else EVERYBODY
            who = f"`{access.permission.value}`" if access.permission else who
        yield Rule(route.resource.canonical, route.method, who)


def main() -> int:
    """Write the page; with ``--check`` only tell by the exit status whether it is current."""
    with tempfile.TemporaryDirectory() as data:
        text = permission_page(rules_of(make_app(Settings(data=Path(data)))))
    if sys.argv[1:] == ["--check"]:
        return 0 if PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
