"""Renders templates: the reader's language, the court's time, the built files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.pages import times
from server.pages.assets import ASSETS
from server.pages.words import word
from server.problems import Problem
from server.request_keys import LANGUAGE, PERSON
from server.security import SETTINGS
from server.translation import DEFAULT, LANGUAGES, Language, gettext

TEMPLATES = Path(__file__).parent.parent / "templates"


def environment() -> Environment:
    """Return the templates' environment: all values escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return made


TEMPLATES_KEY = web.AppKey("templates", Environment)


def page(
    request: web.Request,
    template: str,
    *,
    entry: str,
    here: str = "",
    zone: str | None = None,
    **values: object,
) -> web.Response:
    """Answer with a page. ``entry`` is its part of the build, ``here`` its place in the menu.

    A page holds what only this reader may see, so nothing on the way may keep it.
    """
    text = render(request, template, entry=entry, here=here, zone=zone, **values)
    return web.Response(
        text=text,
        content_type="text/html",
        headers={
            "Cache-Control": "no-store",
            "Content-Language": request.get(LANGUAGE, DEFAULT),
            "Vary": "Accept-Language, Cookie",
        },
    )


def render(
    request: web.Request,
    template: str,
    *,
    entry: str,
    here: str,
    zone: str | None,
    **values: object,
) -> str:
    """Return a page's text."""
    language: Language = request.get(LANGUAGE, DEFAULT)
    court_zone = zone or request.app[SETTINGS].time_zone
    known: dict[str, Any] = {
        "_": partial(gettext, language),
        "word": partial(word, language),
        "language": language,
        "languages": LANGUAGES,
        "in_language": partial(_in_language, request),
        "assets": request.app[ASSETS],
        "entry": entry,
        "here": here,
        "zone": court_zone,
        "person": request.get(PERSON),
        "clock": partial(times.clock, zone=court_zone),
        "stamp": partial(times.stamp, zone=court_zone),
        "day_and_time": partial(times.day_and_time, language=language),
        "milliseconds": times.milliseconds,
        "duration": partial(times.duration, language=language),
        "number": partial(times.number, language=language),
    }
    return request.app[TEMPLATES_KEY].get_template(template).render(known | values)


async def error_page(request: web.Request, problem: Problem) -> str:
    """Return a problem as a page."""
    return render(request, "error.html", entry="portal", here="", zone=None, problem=problem)


def _in_language(request: web.Request, language: Language) -> str:
    others = [(name, value) for name, value in request.query.items() if name != "lang"]
    return f"{request.path}?{urlencode([*others, ('lang', language)])}"
