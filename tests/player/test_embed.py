"""The player in frames of other sites, in Chromium: who may show it, without cookies, until it goes.

The sites are on ``localhost`` and the service on ``127.0.0.1``: to a browser these are two sites, so
that no cookie goes along.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Frame, Page, Request
from sqlalchemy import update

from server.audience import AUDIENCE
from server.broadcasts.tables import broadcasts
from tests.player.conftest import going_on
from tests.server.pages.test_embed import let_embed
from tests.server.withdrawal.conftest import Desk, desk

__all__ = ["desk"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
WITHIN_MS = 40_000
NARROW = 320
_PLAYED = """
() => {
  const video = document.querySelector("#player [slot=media]")?.nativeEl;
  return video !== undefined && video.videoWidth > 0 && video.currentTime > 0
    && video.getVideoPlaybackQuality().totalVideoFrames > 10;
}
"""


@asynccontextmanager
async def site(code: str) -> AsyncIterator[str]:
    """Run another site, whose only page has the code in it; yield its origin."""

    async def show(_: web.Request) -> web.Response:
        text = f'<!doctype html><html lang="zh"><title>晨报</title><link rel="icon" href="data:,"><h1>晨报</h1>{code}</html>'
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    async with TestServer(app) as server:
        yield f"http://localhost:{server.port}"


async def framed(page: Page, origin: str) -> Frame:
    """Open a site's page; return the frame in it."""
    await page.goto(origin)
    element = await page.wait_for_selector("iframe")
    frame = await element.content_frame()
    assert frame is not None
    return frame


async def test_the_player_in_a_frame_of_another_site(desk: Desk, page: Page) -> None:
    service, client = desk.service, desk.service.client
    own = str(client.make_url("/embed/b1?lang=en"))
    async with service.database.begin() as connection:
        its = update(broadcasts).where(broadcasts.c.id == "b1")
        await connection.execute(its.values(state="recess"))
    code = (
        f'<iframe src="{own}" width="{NARROW}" height="400" title="庭审" '
        'sandbox="allow-scripts allow-same-origin" allow="autoplay"></iframe>'
    )
    said: list[str] = []
    cookies: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        said.append(message.text)

    def asked(request: Request) -> None:
        cookies.append(request.headers.get("cookie", ""))

    page.on("console", heard)
    page.on("request", asked)
    async with site(code) as allowed, site(code) as other, going_on(service):
        await let_embed(client.app, allowed)
        refused = await framed(page, other)
        assert not await refused.query_selector("#player")
        assert any("frame-ancestors" in one for one in said), said

        said.clear()
        frame = await framed(page, allowed)
        await frame.wait_for_function(_PLAYED, timeout=WITHIN_MS)
        assert not said
        assert await frame.evaluate("document.documentElement.lang") == "en"
        assert await frame.evaluate("document.documentElement.scrollWidth") <= NARROW
        found = (await Axe().run(frame)).response["violations"]
        assert not [one for one in found if one["impact"] in ("serious", "critical")]
        assert set(cookies) == {""}
        assert client.app[AUDIENCE].waiting == 1

        await desk.withdrawn("b1", kind="broadcast")
        await frame.wait_for_selector("#tombstone", timeout=WITHIN_MS)
        assert "withdrawn by the court" in await frame.inner_text("h1")
