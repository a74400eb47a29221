"""oEmbed 1.0: tells a site's software how a broadcast is shown in a frame."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from pydantic import BaseModel, Field

from media import ASK_AGAIN_S
from server.accounts.access import public
from server.bodies import answer_json, read_query
from server.embeds.model import frame_size
from server.embeds.service import EMBEDS
from server.errors import NotFound, SignInNeeded
from server.pages.embed import embed_code_of, start_of
from server.pages.withheld import on_air_view, publicly
from server.request_keys import LANGUAGE
from server.security import base_url
from server.translation import exact, gettext
from server.withdrawn import REGISTER

_SHOWN: Final = re.compile(r"/(?:broadcasts|embed)/([A-Za-z0-9_-]{1,64})/?")
_LONGEST: Final = 2000
_Pixels = Annotated[int, Field(ge=1, le=100_000)]


class Asked(BaseModel):
    """What a consumer asks for (§2.2); fields that are not known are left alone."""

    url: Annotated[str, Field(max_length=_LONGEST)]
    format: Annotated[str, Field(max_length=20)] = "json"
    maxwidth: _Pixels | None = None
    maxheight: _Pixels | None = None


class Answer(BaseModel):
    """A video (§2.3.4.2). Asked again after ``cache_age`` seconds: it may be withdrawn."""

    type: Literal["video"] = "video"
    version: Literal["1.0"] = "1.0"
    title: str
    author_name: str
    provider_name: str
    provider_url: str
    cache_age: int = ASK_AGAIN_S
    html: str
    width: int
    height: int


@public
async def show_oembed(request: web.Request) -> web.Response:
    """Answer for the page of a broadcast, or its frame.

    Raises ``NotFound`` for other addresses, ``SignInNeeded`` for what no site may show, ``Gone``
    for what was withdrawn.
    """
    asked = read_query(request, Asked)
    if asked.format != "json":
        raise web.HTTPNotImplemented(text="Only json is spoken here.")
    broadcast, query = _meant(request, asked.url)
    about = await publicly(request, broadcast)
    request.app[REGISTER].of(broadcast).must_show()
    view = on_air_view(request, about)
    is_nothing = not view.has_video or (view.state == "ended" and not view.is_playable)
    if is_nothing or not await request.app[EMBEDS].ancestors(about):
        raise SignInNeeded("No other site may show this broadcast.")
    width, height = frame_size(asked.maxwidth, asked.maxheight)
    response = answer_json(
        Answer(
            title=view.title,
            author_name=view.court,
            provider_name=gettext(request[LANGUAGE], "Tingbo"),
            provider_url=f"{base_url(request)}/",
            html=embed_code_of(request, view, query, (width, height)),
            width=width,
            height=height,
        ),
        cache=f"public, max-age={ASK_AGAIN_S}",
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _meant(request: web.Request, url: str) -> tuple[str, dict[str, str | int]]:
    """Return which broadcast an address of ours is, and what of its query the frame is given."""
    try:
        its = urlsplit(url)
    except ValueError:
        raise NotFound from None
    found = _SHOWN.fullmatch(its.path)
    if found is None or f"{its.scheme}://{its.netloc}" != base_url(request):
        raise NotFound
    given = parse_qs(its.query, max_num_fields=20) if len(its.query) < _LONGEST else {}
    query: dict[str, str | int] = {}
    if language := exact(given.get("lang", [""])[0]):
        query["lang"] = language
    if start := start_of(given.get("start", [""])[0]):
        query["start"] = start
    return found[1], query


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/oembed", show_oembed)
