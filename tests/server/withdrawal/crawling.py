"""Looks at everything that a stranger can fetch, as the router has it and pages link to it."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from server.accounts.access import access_of

PLACE = re.compile(r"{(\w+)}")
_LINK = re.compile(r'(?:href|src|data-[a-z-]+)="(/[^"]*)"')
_URI = re.compile(r'URI="([^"]+)"')
_FRESH = re.compile(r"no-store|no-cache|max-age=[0-2]\b")
_IN_NO_LANGUAGE = ("/api/", "/hls/", "/replay/", "/whep/", "/whip/", "/thumbnails/", "/photos/")
MOST = 3000
ENDLESS = ("/report/events", "/state/events", "/frame/events")  # a test reads these itself
_SAYS_NOTHING = re.compile(r"/static/|/api/v1/openapi|/statistics/(?!2026)|.*\.(m4s|mp4|jpg)$")


@dataclass(frozen=True)
class Seen:
    """An answer: all of its text, names of files too."""

    text: str
    etag: str
    may_be_kept: bool


async def look(
    client: TestClient[web.Request, web.Application],
    more: Iterable[str],
    values: Mapping[str, list[str]],
) -> dict[str, Seen]:
    """Return what a stranger is answered, by address; ``values`` fill the places of addresses.

    ``more`` are addresses that the router cannot tell, for they need a query.
    """
    waiting = deque([*_addresses(client.app, values), *more])
    seen: dict[str, Seen] = {}
    while waiting:
        address = waiting.popleft()
        if address in seen or address.endswith(ENDLESS) or _SAYS_NOTHING.match(address):
            continue
        assert len(seen) < MOST, "this never ends"
        response = await client.get(address, allow_redirects=False)
        body = await response.read()
        seen[address] = _seen(response, body)
        waiting.extend(_links(address, response.content_type, body))
    return seen


def _addresses(app: web.Application, values: Mapping[str, list[str]]) -> Iterator[str]:
    for route in app.router.routes():
        access = access_of(route.handler)
        if route.method != "GET" or route.resource is None or access is None or access.needs_person:
            continue
        for address in _filled(route.resource.canonical, values):
            yield address
            if not address.startswith(_IN_NO_LANGUAGE):
                yield f"{address}?lang=en"
    for state in ("live", "upcoming", "replay"):
        yield f"/api/v1/broadcasts?state={state}&lang=en"
        yield f"/api/v1/broadcasts?state={state}&lang=zh-CN"


def _filled(address: str, values: Mapping[str, list[str]]) -> list[str]:
    found = [address]
    for place in PLACE.finditer(address):
        found = [
            one.replace(place[0], value) for one in found for value in values.get(place[1], ["1"])
        ]
    return found


def _links(address: str, kind: str, body: bytes) -> Iterator[str]:
    """Yield the addresses of this server that an answer names."""
    text = body.decode(errors="replace")
    if kind == "text/html":
        found = [html.unescape(one) for one in _LINK.findall(text)]
    elif kind.endswith("mpegurl"):
        lines = [one for one in text.splitlines() if one and not one.startswith("#")]
        there = [one for one in text.splitlines() if "PRELOAD-HINT" not in one]  # is waited for
        found = [*lines, *_URI.findall("\n".join(there))]
    elif kind == "application/json":
        found = [one for one in _strings(json.loads(text)) if one.startswith(("/", "http://"))]
    else:
        found = []
    for one in found:
        whole = urlsplit(urljoin(f"http://here{address}", one))
        if "console" not in whole.path and "lang=" not in whole.query:
            yield f"{whole.path}?{whole.query}" if whole.query else whole.path


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _seen(response: ClientResponse, body: bytes) -> Seen:
    resource = response.url.path
    told = "\n".join(f"{name}: {unquote(value)}" for name, value in response.headers.items())
    said = body.decode(errors="replace")
    if response.content_type.endswith("json"):
        said = json.dumps(
            json.loads(said), ensure_ascii=False
        )  # signs may be told by their numbers
    text = f"{resource}\n{told}\n{html.unescape(unquote(said))}"
    kept = not _FRESH.search(response.headers.get("Cache-Control", ""))
    return Seen(text.replace("\r\n ", ""), response.headers.get("ETag", ""), kept)
