"""The media partner: gets a key in the console, pulls with players, is refused at once."""

import asyncio
from itertools import pairwise

import av
import httpx
import numpy as np
import pytest
from playwright.async_api import Page, expect

from tests.services.program import own_folder
from tests.story import vlc
from tests.story.clock_camera import FRAMES
from tests.story.decoded import SILENT_RMS, variants
from tests.story.pages import OpenPage
from tests.story.service import Service
from tests.tools import require_tool

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

VLC_S, MOST_STEP = 10, 50
PARTNER = "晨报 Morning News"


async def get_a_key(page: Page) -> str:
    """Add a partner who accepts the terms, and a key for it, as the court's staff does."""
    await page.locator("#partner-name").fill(PARTNER)
    await page.locator("#new-partner button").click()
    its = page.locator("section[data-partner]", has_text=PARTNER)
    await its.locator("[data-accept]").click()
    await expect(its.locator("[data-accept]")).to_have_count(0)
    await its.locator("input[name=label]").fill("studio")
    await its.locator("form[data-new-key] button").click()
    await expect(page.locator("#new-key")).to_be_visible()
    return (await page.locator("#new-key-text").inner_text()).strip()


async def revoke(page: Page) -> None:
    """Revoke the key of the partner; the button asks once more."""
    await page.reload()
    its = page.locator("section[data-partner]", has_text=PARTNER)
    await its.locator("[data-revoke]").click()
    await its.locator("[data-revoke]").click()
    await expect(its.locator("tr[data-key]")).to_have_attribute("data-revoked", "true")


async def pulled_by_ffmpeg(url: str) -> str:
    """Pull two seconds of pictures and sound; return what ffmpeg says of trouble."""
    process = await asyncio.create_subprocess_exec(
        require_tool("ffmpeg"), "-v", "error", "-i", url, "-t", "2", "-f", "null", "-",
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, trouble = await process.communicate()
    return trouble.decode() if not process.returncode else f"failed: {trouble.decode()}"


def pulled_by_pyav(url: str) -> int:
    """Return how many pictures come before enough have come."""
    with av.open(url, "r", timeout=30.0) as container:
        assert container.streams.audio
        for count, _ in enumerate(container.decode(video=0), start=1):
            if count >= 25:
                return count
    return 0


async def test_a_partner_pulls_until_the_key_is_revoked(
    service: Service, public: httpx.AsyncClient, open_page: OpenPage
) -> None:
    page = await open_page("/console/partners", is_staff=True)
    key = await get_a_key(page)
    assert key.startswith("tbp_")

    by_header = {"Authorization": f"Bearer {key}"}
    live = (await public.get("/api/v1/broadcasts?state=live", headers=by_header)).json()
    address = {one["id"]: one["hls"] for one in live["broadcasts"]}[service.broadcasts[0].id]
    assert await pulled_by_ffmpeg(address) == ""
    assert await asyncio.to_thread(pulled_by_pyav, address) == 25

    master = await public.get(address)
    playlists = variants(master.text, str(master.url))
    for playlist in playlists.values():
        assert (await public.get(playlist)).status_code == 200
    await revoke(page)
    for playlist in playlists.values():
        assert (await public.get(playlist)).status_code == 403
    refused = await public.get(address, headers={"Accept-Language": "zh-CN"})
    assert refused.status_code in (401, 403)
    assert refused.headers["Content-Type"].startswith("application/problem+json")


async def test_the_demonstration_has_a_partner_from_the_start(
    service: Service, public: httpx.AsyncClient
) -> None:
    address = f"{service.broadcasts[0].hls}?key={service.line['partner_key']}"

    answer = await public.get(address)
    assert answer.status_code == 200
    for playlist in variants(answer.text, str(answer.url)).values():
        assert (await public.get(playlist)).status_code == 200


async def test_vlc_plays_what_a_partner_pulls(service: Service) -> None:
    address = f"{service.broadcasts[0].hls}?key={service.line['partner_key']}"
    with own_folder() as folder:
        seen = await vlc.watch(address, VLC_S, folder)
    numbers = [number for number in seen.numbers if number is not None]
    assert len(numbers) >= len(seen.numbers) * 9 // 10, seen.said[-4000:]
    # On and on, without a jump; a machine with other things to do leaves some pictures out.
    steps = [(later - earlier) % FRAMES for earlier, later in pairwise(numbers)]
    assert all(0 < step <= MOST_STEP for step in steps), numbers
    assert float(np.sqrt(np.mean(np.square(seen.sound)))) > SILENT_RMS
