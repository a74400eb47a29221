"""The frame for other sites: what is in it, who may show it, and what counts without cookies."""

from __future__ import annotations

import json
import re

import pytest
from aiohttp import web

from server.accounts.access import access_of
from server.approvals.policy import Publicity
from server.database import DATABASE
from server.embeds.service import EMBEDS
from server.pages.embed import start_of
from server.partners.model import TERMS_VERSION
from server.partners.service import PARTNERS
from tests.server.conftest import Service
from tests.server.counted import add_broadcast, add_courts, count_visits
from tests.server.playback.conftest import Service as Playing
from tests.server.playback.conftest import service as playing

__all__ = ["playing"]
SITE = "https://news.example"


@pytest.fixture
async def embedding(service: Service) -> Service:
    """A court with a broadcast in recess that a partner's site may embed."""
    await add_courts(service.app[DATABASE])
    await add_broadcast(service.app[DATABASE], "b1", state="recess")
    await let_embed(service.app)
    return service


async def let_embed(app: web.Application, site: str = SITE) -> None:
    """Let a partner's site embed the broadcasts of the first court."""
    partners = app[PARTNERS]
    partner = await partners.add("晨报", "", court="sh")
    await partners.accept_terms(partner.id, TERMS_VERSION)
    await app[EMBEDS].add(partner, site, "")


async def test_the_frame_has_the_player_and_no_menu(embedding: Service) -> None:
    answer = await embedding.client.get("/embed/b1?lang=en&start=90")
    text = await answer.text()
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {SITE}")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="en"' in text
    assert 'data-start="90"' in text
    assert 'href="/broadcasts/b1" target="_blank"' in text
    assert "permission is forbidden" in text
    assert 'class="brand"' not in text
    assert "<form" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", text)


async def test_nothing_else_can_be_framed(embedding: Service) -> None:
    """Also for a site that may embed: every address of the router that answers with a page."""
    framed = set()
    for route in embedding.app.router.routes():
        if route.method != "GET" or route.resource is None or access_of(route.handler) is None:
            continue
        address = re.sub(r"{\w+}", "b1", route.resource.canonical)
        if address.startswith(("/api/", "/hls/")):  # no pages; players wait for what is not there
            continue
        answer = await embedding.client.get(
            address, headers={"Accept": "text/html"}, allow_redirects=False
        )
        policy = answer.headers.get("Content-Security-Policy", "")
        if answer.content_type == "text/html" and "frame-ancestors 'none'" not in policy:
            framed.add(route.resource.canonical)
    assert framed == {"/embed/{broadcast}"}


async def test_the_page_offers_the_code_where_somebody_may_use_it(embedding: Service) -> None:
    text = await (await embedding.client.get("/broadcasts/b1?lang=en")).text()
    assert "application/json+oembed" in text
    assert "&lt;iframe src=&#34;http" in text or "&lt;iframe src=" in text
    await add_broadcast(embedding.app[DATABASE], "b2", court="berlin", state="recess")
    other = await (await embedding.client.get("/broadcasts/b2?lang=en")).text()
    assert "oembed" not in other
    assert "iframe" not in other


async def test_a_policy_can_keep_frames_off(
    embedding: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = Publicity(None)  # as while nothing is known of any policy

    async def publicity() -> Publicity:
        return unknown

    monkeypatch.setattr(embedding.app[EMBEDS]._policies, "publicity", publicity)
    answer = await embedding.client.get("/embed/b1")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


async def test_without_cookies_one_frame_is_one_visit(playing: Playing) -> None:
    """Browsers send none from a frame; its addresses say who watches."""
    client = playing.client
    text = await (await client.get("/embed/b1")).text()
    [viewer] = re.findall(r'data-viewer="(viewer=[\w-]+)"', text)
    for _ in range(3):
        client.session.cookie_jar.clear()
        master = await client.get(f"/hls/b1/master.m3u8?{viewer}")
        assert "Set-Cookie" not in master.headers
        name = next(one for one in (await master.text()).splitlines() if one.endswith(".m3u8"))
        client.session.cookie_jar.clear()
        assert (await client.get(f"/hls/b1/{name}")).status == 200
    assert await count_visits(client.app) == {"live_video": 1}
    client.session.cookie_jar.clear()
    other = await (await client.get("/embed/b1")).text()
    assert viewer not in other


@pytest.mark.parametrize("wrong", ["", "-1", "1.5", "x", "1" * 30, "٣", "1e3"])
def test_a_replay_begins_where_that_is_a_place(wrong: str) -> None:
    assert start_of("75") == 75
    assert start_of("99999") == 24 * 3600
    assert start_of(wrong) == 0


async def test_a_site_s_software_is_told_how_to_embed(embedding: Service) -> None:
    own = str(embedding.client.make_url("")).rstrip("/")
    text = await (await embedding.client.get("/broadcasts/b1")).text()
    [link] = re.findall(r'json\+oembed" href="([^"]+)"', text)
    answer = await embedding.client.get(link.replace("&amp;", "&").removeprefix(own))
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = json.loads(await answer.text())
    assert (told["type"], told["version"], told["width"]) == ("video", "1.0", 640)
    assert f'src="{own}/embed/b1"' in told["html"]
    asked = {"url": f"{own}/broadcasts/b1?lang=en&start=30#t=1", "maxwidth": "320"}
    small = await (await embedding.client.get("/oembed", params=asked)).json()
    assert (small["width"], small["height"]) == (320, 360)
    assert f"{own}/embed/b1?lang=en&amp;start=30" in small["html"]
    assert "庭审b1" not in small["html"]  # what is copied keeps no name


async def test_what_cannot_be_embedded_is_said_by_status(embedding: Service) -> None:
    own = str(embedding.client.make_url("")).rstrip("/")
    database = embedding.app[DATABASE]
    await add_broadcast(database, "b2", court="berlin", state="recess")
    await add_broadcast(database, "b3", state="ended")
    await add_broadcast(database, "b5", state="recess", has_video=False, has_report=True)
    for url, more, status in (
        (f"{own}/broadcasts/b1", {}, 200),
        (f"{own}/embed/b1", {"unknown": "x"}, 200),
        (f"{own}/broadcasts/b1", {"format": "xml"}, 501),
        (f"{own}/broadcasts/b2", {}, 401),  # nobody may
        (f"{own}/broadcasts/b3", {}, 401),  # there is no replay
        (f"{own}/broadcasts/b5", {}, 401),  # nor a picture
        (f"{own}/broadcasts/nothing", {}, 404),
        (f"{own}/statistics", {}, 404),
        ("https://evil.example/broadcasts/b1", {}, 404),
        (f"{own}@evil.example/broadcasts/b1", {}, 404),
        ("//broadcasts/b1", {}, 404),
        ("http://[", {}, 404),
        (f"{own}/broadcasts/b1", {"maxwidth": "-1"}, 422),
        ("x" * 3000, {}, 422),
    ):
        answer = await embedding.client.get("/oembed", params={"url": url, **more})
        assert answer.status == status, url
    assert (await embedding.client.get("/oembed")).status == 422
    await add_broadcast(database, "b4", state="ended", replay="public")
    replay = await embedding.client.get("/oembed", params={"url": f"{own}/broadcasts/b4"})
    assert replay.status == 200
