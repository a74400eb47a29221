"""Who asks for the lowest delay and does not get it goes on watching, and is told so in words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from playwright.async_api import Page, expect

from media import Answer, MessageStream, Offer
from server.playback.relays import RELAYS
from tests.player.conftest import going_on
from tests.player.test_browser import mark, open_page
from tests.server.playback.conftest import Service
from tests.server.playback.relayed import FakeRelay, listening_as
from tests.services.program import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WITHIN_MS = 40_000
WORDS = "低延迟方式暂不可用，继续普通播放。"
# The same element as before plays: nothing was loaded anew, and no gap was seen.
_KEEP = """
() => {
  globalThis.kept = document.querySelector("#player [slot=media]");
  return kept?.currentTime > 0;
}
"""
_GOES_ON = """
(since) => {
  const media = document.querySelector("#player [slot=media]");
  return media === globalThis.kept && !media.paused && media.currentTime > since;
}
"""

_LATER = """
() => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 11_000;
}
"""


class DeadRelay(FakeRelay):
    """Answers as a relay does, for a port at which nobody is: ICE fails."""

    is_dead = False

    def _answer(self, stream: MessageStream, message: object) -> None:
        if self.is_dead and isinstance(message, Offer):
            self.answering = asyncio.create_task(self._answer_dead(stream, message))
        else:
            super()._answer(stream, message)

    async def _answer_dead(self, stream: MessageStream, offer: Offer) -> None:
        peer = RTCPeerConnection()
        await peer.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        sdp = peer.localDescription.sdp
        await peer.close()
        nobody = f"a=candidate:1 1 udp 2130706431 127.0.0.1 {free_port()} typ host\r\n"
        first, *more = re.split(r"a=candidate:.*\r\n", sdp)
        stream.send(Answer(offer.session, 201, first + nobody + "".join(more), "", '"ice-1"'))


@pytest.fixture
async def relay(service: Service) -> AsyncIterator[DeadRelay]:
    async with listening_as(DeadRelay(), service.data / "run" / "relay-0.sock") as relay:
        while not service.client.app[RELAYS].connected:
            await asyncio.sleep(0.005)
        yield relay


async def test_who_finds_no_room_goes_on_watching_and_does_not_ask_again_too_soon(
    service: Service, relay: DeadRelay, page: Page
) -> None:
    await mark(service, "b1", state="recess")  # without a worker "live" is told to nobody
    relay.status = 503
    async with going_on(service):
        await open_page(service, page, "b1")
        await page.wait_for_function(_KEEP, timeout=WITHIN_MS)
        async with page.expect_response("**/whep/b1") as told:
            await page.locator("#lowest-delay").click()
        assert ((await told.value).status, (await told.value).headers["retry-after"]) == (503, "10")
        await expect(page.locator("#player-note")).to_have_text(WORDS)
        since = await page.evaluate("kept.currentTime")
        await page.locator("#lowest-delay").click()
        await expect(page.locator("#player-note")).to_have_text(WORDS)  # for some seconds
        await page.wait_for_function(_GOES_ON, arg=since, timeout=WITHIN_MS)
        assert len(relay.offers) == 1

        relay.status, relay.is_dead = 201, True  # later there is room, but no way to it
        await page.evaluate(_LATER)
        since = await page.evaluate("kept.currentTime")
        await page.locator("#lowest-delay").click()
        await relay.until(1, within=40)  # given up: the session is ended
        assert len(relay.offers) == 2
        await expect(page.locator("#player-note")).to_have_text(WORDS)
        await page.wait_for_function(_GOES_ON, arg=since, timeout=WITHIN_MS)
        await expect(page.locator("#lowest-delay")).to_have_attribute("aria-pressed", "false")
