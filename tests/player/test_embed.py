"""The player in frames of other sites, in Chromium: who may show it, and until when.

The sites are on ``localhost`` and the service on ``127.0.0.1``: to a browser these are two sites,
so that no cookie goes along.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Frame, Page, Request

from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.embeds.service import EMBEDS
from server.partners.model import TERMS_VERSION, Partner
from server.partners.service import PARTNERS
from tests.player.conftest import going_on
from tests.player.test_browser import mark
from tests.server.conftest import PASSWORD
from tests.server.counted import count_visits
from tests.server.withdrawal.conftest import Desk, desk, make_recording

__all__ = ["desk"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
WITHIN_MS = 40_000
NARROW = 320
SANDBOX = 'sandbox="allow-scripts allow-same-origin" allow="autoplay"'
_PLAYED = """
() => {
  const video = document.querySelector("#player [slot=media]")?.nativeEl;
  return video?.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 10;
}
"""
_AT = """
(second) => document.querySelector("#player [slot=media]")?.nativeEl?.currentTime >= second
"""


@dataclass
class Heard:
    """What a page's console says, and the cookies that went along with what it asked for."""

    said: list[str] = field(default_factory=list)
    cookies: set[str] = field(default_factory=set)

    def follow(self, page: Page) -> None:
        """Listen to a page and its frames."""

        def say(message: ConsoleMessage) -> None:
            self.said.append(message.text)

        def ask(request: Request) -> None:
            self.cookies.add(request.headers.get("cookie", ""))

        page.on("console", say)
        page.on("request", ask)


@asynccontextmanager
async def site(frame: str) -> AsyncIterator[str]:
    """Run another site, whose only page shows this address in a frame; yield its origin."""
    code = f'<iframe src="{frame}" width="{NARROW}" height="420" title="庭审" {SANDBOX}></iframe>'
    head = '<!doctype html><html lang="zh"><title>晨报</title><link rel="icon" href="data:,">'

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=f"{head}<h1>晨报</h1>{code}</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    async with TestServer(app) as server:
        yield f"http://localhost:{server.port}"


async def let_embed(desk: Desk, page: Page, origin: str) -> None:
    """Let a partner's site embed, as who manages partners does at the console."""
    client, partners = desk.service.client, desk.service.client.app[PARTNERS]
    partner = await partners.add("晨报", "", court="sh")
    await partners.accept_terms(partner.id, TERMS_VERSION)
    manager = [Posting(Role.PARTNER_MANAGER, "sh")]
    await client.app[ACCOUNTS].add_person("pam", "Pam", PASSWORD, manager, must_change=False)
    signed_in = {"name": "pam", "password": PASSWORD}
    await page.request.post(str(client.make_url("/api/v1/sign-in")), data=signed_in)
    await page.goto(str(client.make_url("/console/partners")))
    place = page.locator("[data-sites]")
    for name in ("https://other.example", origin):
        await place.locator("input").fill(name)
        await place.locator("form button").click()
        await place.locator("li", has_text=name).wait_for()
    other = place.locator("li", has_text="https://other.example")
    for _ in range(2):
        await other.locator("button").click()
    await other.wait_for(state="detached")


async def framed(page: Page, origin: str) -> Frame:
    """Open a site's page; return the frame in it."""
    await page.goto(origin)
    element = await page.wait_for_selector("iframe", state="attached")
    frame = await element.content_frame() if element else None
    assert frame is not None
    return frame


async def the_partner(desk: Desk) -> Partner:
    """Return the partner whose site embeds."""
    [(partner, _)] = await desk.service.client.app[PARTNERS].all()
    return partner


async def take_off(desk: Desk, origin: str) -> None:
    """Take a site off the list."""
    partner, embeds = await the_partner(desk), desk.service.client.app[EMBEDS]
    [its] = (await embeds.of_partners([partner.id]))[partner.id]
    assert its.origin == origin
    await embeds.remove(partner, its.id, "")


async def refusing(page: Page) -> None:
    """Wait until the browser refuses the frame that it has shown."""
    async with asyncio.timeout(WITHIN_MS / 1000):
        while page.frames[-1].url.startswith("http"):
            await page.wait_for_event("framenavigated")


async def fits_and_is_accessible(frame: Frame) -> None:
    """Look for what a narrow frame cuts off, and for what axe-core finds serious."""
    assert await frame.evaluate("document.documentElement.scrollWidth") <= NARROW
    found = (await Axe().run(frame)).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in ("serious", "critical")]


async def test_the_player_in_a_frame_of_another_site(desk: Desk, page: Page) -> None:
    service, client = desk.service, desk.service.client
    await mark(service, "b1", state="recess")  # without a worker "live" is told to nobody
    own = str(client.make_url("/embed/b1?lang=en"))
    heard = Heard()
    async with site(own) as allowed, site(own) as other, going_on(service):
        await let_embed(desk, page, allowed)
        heard.follow(page)
        async with page.expect_console_message(lambda one: "frame-ancestors" in one.text):
            refused = await framed(page, other)
        assert not await refused.query_selector("#player")

        await page.goto("about:blank")  # whatever is still said of the refusal is said before
        heard.said.clear()
        frame = await framed(page, allowed)
        await frame.wait_for_function(_PLAYED, timeout=WITHIN_MS)
        assert await frame.get_attribute("html", "lang") == "en"
        await fits_and_is_accessible(frame)
        assert (heard.said, heard.cookies) == ([], {""})
        assert await count_visits(client.app) == {"live_video": 1}

        await page.bring_to_front()
        await take_off(desk, allowed)
        await refusing(page)

        await client.app[EMBEDS].add(await the_partner(desk), allowed, "")
        frame = await framed(page, allowed)
        await frame.wait_for_selector("#player", timeout=WITHIN_MS)
        await desk.withdrawn("b1", kind="broadcast")
        await frame.wait_for_selector("#tombstone", timeout=WITHIN_MS)
        assert "withdrawn by the court" in await frame.inner_text("h1")


async def test_a_replay_in_a_frame_begins_where_it_is_told(desk: Desk, page: Page) -> None:
    await make_recording(desk.service)
    await mark(desk.service, "b2", state="ended")
    await page.goto(str(desk.service.client.make_url("/embed/b2?start=3")))
    await page.wait_for_function(_AT, arg=3, timeout=WITHIN_MS)
    assert await page.locator("#state-banner").get_attribute("data-state") == "ended"
