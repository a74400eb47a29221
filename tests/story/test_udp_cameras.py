"""Cameras by UDP on a bad line, with clocks that drift: the public goes on."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.services.program import free_port
from tests.services.udp_line import HERE, Weather, rtsp_line, udp_line
from tests.story.clock_camera import ClockCamera
from tests.story.court import Court
from tests.story.follower import PARTS_PER_SEGMENT, following
from tests.story.pages import OpenPage
from tests.story.player import has_strip, plays

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BAD = Weather(loss=0.05, doubled=0.01, jitter_s=0.2)
# Datagrams without numbers cannot be put in order again; a network that shuffles wants RTP.
BAD_QUEUE = Weather(loss=0.05, doubled=0, jitter_s=0.2, in_order=True)
LOSSY = "A part of what the camera sends is lost on the way."
LOSS = re.compile(r"^loss [1-9]")
SEGMENTS = 3


@contextlib.contextmanager
def encoder(clip: Path, form: str, address: str, ppm: int) -> Iterator[None]:
    """Send the clip by UDP without end, as an encoder box does, with a clock that is so far off."""
    pace = str(1 + ppm / 1_000_000)
    command = ["ffmpeg", "-v", "error", "-readrate", pace, "-stream_loop", "-1", "-i", str(clip)]
    with subprocess.Popen([*command, "-c", "copy", "-f", form, address]) as process:
        try:
            yield
        finally:
            process.terminate()


async def is_lossy(desk: Page, camera: str) -> None:
    """Wait until the desk says that a camera's signal is lost in part, and shows how much."""
    tile = desk.locator(f"li.camera[data-camera='{camera}']")
    await expect(tile).to_contain_text(LOSSY)
    figures = tile.locator(".camera-figures")
    await expect(figures).to_have_attribute("title", LOSS)


async def is_good(desk: Page, camera: str) -> None:
    """Wait until the desk shows a camera's picture."""
    tile = desk.locator(f"li.camera[data-camera='{camera}']")
    await expect(tile).to_have_attribute("data-ok", "true")


async def test_loss_and_jitter_by_udp_cost_pictures_and_not_the_broadcast(
    court: Court, camera: ClockCamera, open_page: OpenPage, public: httpx.AsyncClient
) -> None:
    """By RTSP over UDP, by MPEG-TS in datagrams and in RTP, in turn in the first place.

    The clock of the second is too fast, that of the third too slow.
    """
    plain, numbered = free_port(), free_port()
    async with (
        rtsp_line(urlsplit(camera.url).port or 0) as asked,
        udp_line(plain) as to_plain,
        udp_line(numbered) as to_numbered,
        court.more_cameras(
            {
                "rtsp": f"rtsp://{HERE}:{asked.port}/room#udp",
                "udp": f"udp://{HERE}:{plain}",
                "rtp": f"rtp-ts://{HERE}:{numbered}",
            }
        ) as cameras,
    ):
        broadcast = await court.plan(cameras=list(cameras.values()))
        with (
            encoder(camera.clip, "mpegts", f"udp://{HERE}:{to_plain.port}?pkt_size=1316", 200),
            encoder(
                camera.clip, "rtp_mpegts", f"rtp://{HERE}:{to_numbered.port}?pkt_size=1316", -200
            ),
        ):
            desk = await open_page(f"/console/broadcasts/{broadcast}", language="en", is_staff=True)
            for one in cameras.values():
                await is_good(desk, one)
            await court.order(broadcast, "layout", {"layout": "single"})
            await court.order(broadcast, "start")
            viewer = await open_page(f"/broadcasts/{broadcast}")
            await has_strip(viewer)
            await viewer.evaluate("window.neverReloaded = true")
            async with following(public, f"/hls/{broadcast}/master.m3u8") as follower:
                await follower.room_is_seen()
                asked.set(BAD)
                to_plain.weather, to_numbered.weather = BAD_QUEUE, BAD
                for number, one in enumerate(cameras.values(), start=1):
                    await court.order(broadcast, "camera", {"camera": number})
                    await is_lossy(desk, one)
                    await follower.goes_on(SEGMENTS * PARTS_PER_SEGMENT)
                    await follower.room_is_seen()
                    await plays(viewer)
            assert await viewer.evaluate("window.neverReloaded")
            assert all(line.lost for line in (*asked.lines[:1], to_plain, to_numbered))
