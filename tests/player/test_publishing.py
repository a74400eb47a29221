"""A browser is a camera: what Chromium sends by WHIP is decoded, and the clock in it is read."""

from __future__ import annotations

import asyncio
import time

import aioice.ice
import av
import numpy as np
import pytest
from playwright.async_api import Page

from media.feeds.arrival import Arrived
from media.feeds.doors import Doors
from media.feeds.whip import WhipSource
from media.own_addresses import gather_on
from tests.media.feeds.test_whip import KEY, URL, opened, pictures, reads
from tests.media.feeds.whip_endpoint import endpoint
from tests.player.publishing import PUBLISH
from tests.player.webrtc import running_in
from tests.story import clock_strip

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = 40


async def test_chromium_is_a_camera(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    gather_on(["127.0.0.1"])  # undone with what monkeypatch has noted
    doors, source = Doors(), WhipSource(URL, lambda: time.monotonic_ns() // 1000)
    doors.add("c1", source)
    async with endpoint(doors) as door:
        await page.goto(door.address.replace("/whip", "/"))
        assert await running_in(page)(PUBLISH, KEY) == 201
        assert {known.codec for known in await opened(source)} == {"h264", "opus"}
        found = await reads(source, lambda items: len(pictures(items)) >= PICTURES)
        await page.evaluate("fetch(session, { method: 'DELETE' })")
        await asyncio.to_thread(source.close)
    numbers = [clock_strip.read(shown) for shown in decoded(pictures(found))]
    read = [number for number in numbers if number is not None]
    assert len(read) >= PICTURES / 2
    assert read == sorted(read)
    assert len(set(read)) >= PICTURES / 4  # a slow machine draws fewer
    sounds = [item for item in found if isinstance(item, Arrived) and item.timing.stream == "audio"]
    assert len(sounds) > PICTURES / 2


def decoded(units: list[Arrived]) -> list[clock_strip.Luma]:
    """Decode access units; return each picture's luma."""
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    frames = [frame for unit in units for frame in decoder.decode(av.Packet(unit.payload))]
    return [frame.to_ndarray(format="gray").astype(np.uint8) for frame in frames]
