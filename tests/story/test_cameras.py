"""Cameras that fail: told in words at the desk, a slate in their place, never the end."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.services.program import free_port
from tests.story import clock_camera
from tests.story.bad_link import bad_link
from tests.story.clock_camera import SHORT_FRAMES, SHORT_TURN_MS, ClockCamera, make_clip
from tests.story.court import Court
from tests.story.follower import Follower, following
from tests.story.pages import OpenPage
from tests.story.player import clock_error_ms, has_strip, plays
from tests.story.service import Service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MOST_CLOCK_ERROR_MS = 500
BAD_LINK_S = 5.0
WRONG = {
    "nobody": "refuses the connection",
    "nothing": "knows no such address",
    "garbage": "cannot be understood",
}


async def says(desk: Page, camera: str, words: str) -> None:
    """Wait until the desk says this of a camera."""
    tile = desk.locator(f"li.camera[data-camera='{camera}']")
    await expect(tile).to_contain_text(words)


async def is_good(desk: Page, camera: str) -> None:
    """Wait until the desk shows a camera's picture."""
    tile = desk.locator(f"li.camera[data-camera='{camera}']")
    await expect(tile).to_have_attribute("data-ok", "true")


async def is_told(viewer: Page, state: str) -> None:
    """Wait until the public is told of this state."""
    banner = viewer.locator("#state-banner")
    await expect(banner).to_have_attribute("data-state", state)


async def test_a_camera_goes_and_comes_and_others_never_came(
    service: Service, court: Court, camera: ClockCamera, open_page: OpenPage
) -> None:
    port = free_port()
    addresses = {
        "going": f"rtsp://127.0.0.1:{port}/room",
        "nobody": f"rtsp://127.0.0.1:{free_port()}/room",
        "nothing": camera.url.replace("/room", "/nothing"),
        "garbage": f"rtsp://{urlsplit(service.address).netloc}/room",
    }
    async with court.more_cameras(addresses) as cameras:
        broadcast = await court.plan(cameras=[cameras["going"]])
        desk = await open_page(f"/console/broadcasts/{broadcast}", language="en", is_staff=True)
        viewer = await open_page(f"/broadcasts/{broadcast}")
        with clock_camera.sending(camera.clip, port):
            await is_good(desk, cameras["going"])
            for name, words in WRONG.items():
                await says(desk, cameras[name], words)
            await court.order(broadcast, "start")
            await has_strip(viewer)
        await says(desk, cameras["going"], "refuses the connection")
        await has_strip(viewer, there=False)
        await is_told(viewer, "interrupted")
        with clock_camera.sending(camera.clip, port) as again:
            await is_good(desk, cameras["going"])
            await has_strip(viewer)
            await is_told(viewer, "live")
            assert abs(await clock_error_ms(viewer, again)) <= MOST_CLOCK_ERROR_MS


async def test_a_camera_comes_back_as_another_or_hangs(
    court: Court, open_page: OpenPage, public: httpx.AsyncClient, tmp_path: Path
) -> None:
    """On a bad network; hanging, still connected; back with more pixels, with another codec.

    The browser and another player go on in the same stream.
    """
    port = free_port()
    clips = [
        make_clip(tmp_path / "small.mp4", frames=SHORT_FRAMES),
        make_clip(tmp_path / "large.mp4", (1280, 720), frames=SHORT_FRAMES),
        make_clip(tmp_path / "other.mp4", codec="libx265", frames=SHORT_FRAMES),
    ]
    async with (
        bad_link(port) as link,
        court.more_cameras({"changing": f"rtsp://127.0.0.1:{link.port}/room"}) as cameras,
    ):
        broadcast = await court.plan(cameras=[cameras["changing"]])
        with clock_camera.sending(clips[0], port, SHORT_TURN_MS) as first:
            await court.order(broadcast, "start")
            viewer = await open_page(f"/broadcasts/{broadcast}", has_outage=True)
            await has_strip(viewer)
            await viewer.evaluate("window.neverReloaded = true")
            master = f"/hls/{broadcast}/master.m3u8"
            async with following(public, master) as follower:
                await follower.room_is_seen()
                link.is_bad = True
                await plays(viewer, seconds=BAD_LINK_S)
                await is_seen(viewer, follower)
                assert abs(await clock_error_ms(viewer, first)) <= MOST_CLOCK_ERROR_MS
                link.is_bad = False
                os.kill(first.pid, signal.SIGSTOP)
                await is_seen(viewer, follower, there=False)
                os.kill(first.pid, signal.SIGCONT)
                await is_seen(viewer, follower)
                os.kill(first.pid, signal.SIGTERM)
                for clip in clips[1:]:
                    await is_seen(viewer, follower, there=False)
                    with clock_camera.sending(clip, port, SHORT_TURN_MS) as again:
                        await is_seen(viewer, follower)
                        assert abs(await clock_error_ms(viewer, again)) <= MOST_CLOCK_ERROR_MS
        assert await viewer.evaluate("window.neverReloaded")


async def is_seen(viewer: Page, follower: Follower, *, there: bool = True) -> None:
    """Wait until both players show the room, or the slate."""
    await has_strip(viewer, there=there)
    await follower.room_is_seen(there=there)
