"""The public watches, by LL-HLS and by WHEP; the clock in the picture is the witness."""

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.story.clock_camera import ClockCamera
from tests.story.decoded import Segment, listed, pictures
from tests.story.pages import OpenPage
from tests.story.player import clock_error_ms, plays
from tests.story.service import Service
from tests.story.waiting import until_true

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MOST_CLOCK_ERROR_MS = 500
# As a firewall would that lets nothing through but the TURN server.
_ONLY_BY_TURN = """
const peers = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(given) {
    super({ ...given, iceTransportPolicy: "relay" });
    peers.push(this);
  }
  setConfiguration(given) { super.setConfiguration({ ...given, iceTransportPolicy: "relay" }); }
};
globalThis.candidatesInUse = async () => {
  const found = [];
  for (const peer of peers) {
    const stats = await peer.getStats();
    for (const one of stats.values())
      if (one.type === "transport" && one.selectedCandidatePairId)
        found.push(stats.get(stats.get(one.selectedCandidatePairId).localCandidateId).candidateType);
  }
  return found;
};
"""


async def test_the_page_plays_and_its_clock_is_the_pictures(
    service: Service, camera: ClockCamera, open_page: OpenPage
) -> None:
    page: Page = await open_page(f"/broadcasts/{service.broadcasts[0].id}", language="zh-CN")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    now = await plays(page)
    assert now.note == ""
    assert abs(await clock_error_ms(page, camera)) <= MOST_CLOCK_ERROR_MS

    await page.locator("#lowest-delay").click()
    await plays(page, "whep")
    await expect(page.locator("#lowest-delay")).to_have_attribute("aria-pressed", "true")
    assert abs(await clock_error_ms(page, camera)) <= MOST_CLOCK_ERROR_MS

    await page.locator("#lowest-delay").click()
    await plays(page)


async def test_a_viewer_in_a_closed_network_need_not_do_anything(
    service: Service, open_page: OpenPage
) -> None:
    page: Page = await open_page()
    await page.context.add_init_script(_ONLY_BY_TURN)
    await page.goto(f"{service.address}/broadcasts/{service.broadcasts[0].id}")
    await plays(page)
    await page.locator("#lowest-delay").click()
    await plays(page, "whep")
    ways = await page.evaluate("candidatesInUse()")
    assert ways == ["relay"]


async def test_segments_say_the_time_that_is_in_their_pictures(
    service: Service, camera: ClockCamera, public: httpx.AsyncClient
) -> None:
    async def enough() -> list[Segment] | None:
        found = (await listed(public, service.broadcasts[0].hls))["v360"]
        return found[-3:] if len(found) >= 3 else None

    seen = await pictures(public, await until_true(enough, "three segments"))
    errors = [
        one.court_ms - camera.court_ms(one.number, one.court_ms)
        for one in seen
        if one.number is not None
    ]
    assert len(errors) == len(seen) >= 3 * 12  # a slow machine shows every fourth picture
    assert max(map(abs, errors)) <= MOST_CLOCK_ERROR_MS
