"""A court's trial divisions on the page of courts: those that are open, and that were closed."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from server.courts.divisions import DIVISIONS
from server.courts.model import Division
from server.pages.console import named
from server.request_keys import LANGUAGE


@dataclass(frozen=True, slots=True)
class DivisionView:
    """A division in the reader's words."""

    its: Division
    label: str


async def divisions_of(request: web.Request) -> dict[str, list[DivisionView]]:
    """Return the divisions of all courts by court, by name."""
    language = request[LANGUAGE]
    found: dict[str, list[DivisionView]] = {}
    for one in await request.app[DIVISIONS].all():
        view = DivisionView(one, named(one.name, one.name_en, language))
        found.setdefault(one.court, []).append(view)
    return found
