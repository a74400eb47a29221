"""Processes are killed while somebody watches: players go on, the stream is not begun anew."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import Page

from tests.story.clock_camera import ClockCamera
from tests.story.follower import following
from tests.story.pages import OpenPage
from tests.story.player import clock_error_ms, has_strip, plays, shown
from tests.story.service import Service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MOST_CLOCK_ERROR_MS = 500
SURELY_BEHIND_S = 5.0
"""More than a player has in its buffer."""


async def test_players_outlive_worker_recorder_and_server(
    service: Service, camera: ClockCamera, open_page: OpenPage, public: httpx.AsyncClient
) -> None:
    broadcast = service.broadcasts[0]
    room = recorder_of(service, broadcast.id)
    page = await open_page(f"/broadcasts/{broadcast.id}", has_outage=True)
    await plays(page)
    await page.evaluate("window.neverReloaded = true")
    async with following(public, broadcast.hls) as follower:
        await follower.room_is_seen()
        for module, about in (
            ("media.worker", f"worker-{broadcast.id}"),
            ("media.recorder", room),
            ("server.web", "web"),
        ):
            # That is also when a worker has begun with the next key frame.
            await follower.ends_segment()
            killed = service.kill(module, about)
            await service.replaced(killed, module, about)
            await follower.goes_on()
            await goes_on(page, camera)
            await follower.room_is_seen()
    assert await page.evaluate("window.neverReloaded")


def recorder_of(service: Service, broadcast: str) -> str:
    """Return the name of the recorder's assignment in the courtroom of a broadcast."""
    worker = service.data / "run" / "assignments" / f"worker-{broadcast}.json"
    found = re.search(r"/spool/(\w+)", worker.read_text())
    assert found
    return f"recorder-{found[1]}"


async def goes_on(page: Page, camera: ClockCamera) -> None:
    """Wait until more was played than was in the buffer, and the room is seen at its time."""
    await plays(page, seconds=SURELY_BEHIND_S)
    await has_strip(page)
    assert abs(await clock_error_ms(page, camera)) <= MOST_CLOCK_ERROR_MS
    now = await shown(page)
    assert now
    assert now.note == ""
