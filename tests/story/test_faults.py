"""Processes are killed, clocks set and disks full while somebody watches: players go on."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from media.spool.verify import verify
from tests.services.chromium import EXPECTED_WITHIN
from tests.services.small_disk import small_disk
from tests.services.wall_clock import WallClock
from tests.story.clock_camera import ClockCamera
from tests.story.court import Court
from tests.story.decoded import variants
from tests.story.follower import PARTS_PER_SEGMENT, following
from tests.story.pages import OpenPage
from tests.story.player import clock_error_ms, has_strip, plays, shown
from tests.story.service import Service
from tests.story.waiting import until_true

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MOST_CLOCK_ERROR_MS = 500
PLENTY, NEARLY_FULL = 1 << 30, 200 << 20
"""By the usual reserve of 512 MiB: all goes on; what the public saw stops, the record does not."""
NO_ROOM_FOR_PUBLIC = "There is no room for the public recording"
DISK_FULL = "The disk is full"
SEGMENTS = 3
HOUR_S = 3600
SURELY_BEHIND_S = 5.0
"""More than a player has in its buffer."""


async def test_players_outlive_a_clock_that_is_set_and_worker_recorder_and_server(
    service: Service,
    wall_clock: WallClock,
    camera: ClockCamera,
    open_page: OpenPage,
    public: httpx.AsyncClient,
) -> None:
    broadcast = service.broadcasts[0]
    room = recorder_of(service, broadcast.id)
    page = await open_page(f"/broadcasts/{broadcast.id}", has_outage=True)
    await plays(page)
    await page.evaluate("window.neverReloaded = true")
    async with following(public, broadcast.hls) as follower:
        await follower.room_is_seen()
        for seconds in (HOUR_S, -HOUR_S, 0):
            wall_clock.step(seconds)
            await follower.goes_on()
            await goes_on(page, camera)

        async def in_a_seal() -> None:
            await asyncio.to_thread(
                until_sealing, service.data / "spool" / room.removeprefix("recorder-")
            )

        for module, about, moment in (
            # The end of a segment is when a worker has begun with the next key frame.
            ("media.worker", f"worker-{broadcast.id}", follower.ends_segment),
            ("media.worker", f"worker-{broadcast.id}", in_a_seal),
            ("media.recorder", room, in_a_seal),
            ("server.web", "web", follower.ends_segment),
        ):
            await moment()
            killed = service.kill(module, about)
            await service.replaced(killed, module, about)
            await follower.goes_on()
            await goes_on(page, camera)
            await follower.room_is_seen()
    assert await page.evaluate("window.neverReloaded")


async def test_players_outlive_a_full_disk(
    service: Service,
    court: Court,
    camera: ClockCamera,
    open_page: OpenPage,
    public: httpx.AsyncClient,
) -> None:
    """What the public saw gives way to the court's record; neither takes the room off the air."""
    broadcast = await court.plan()
    folder = service.data / "broadcasts" / broadcast
    with (
        small_disk(folder) as kept,
        small_disk(service.data / "spool" / await court.room()) as record,
    ):
        await court.order(broadcast, "start")
        desk = await open_page(f"/console/broadcasts/{broadcast}", language="en", is_staff=True)
        page = await open_page(f"/broadcasts/{broadcast}", has_outage=True)
        await has_strip(page)
        await page.evaluate("window.neverReloaded = true")
        async with following(public, f"/hls/{broadcast}/master.m3u8") as follower:
            await follower.room_is_seen()
            for disk in (kept, record):
                disk.leave(NEARLY_FULL)
            for words in (NO_ROOM_FOR_PUBLIC, DISK_FULL):
                await expect(desk.locator("#alarms")).to_contain_text(words)
            kept.leave(0)
            await goes_on(page, camera)
            await follower.goes_on(SEGMENTS * PARTS_PER_SEGMENT)
            await follower.room_is_seen()
            for disk in (kept, record):
                disk.leave(PLENTY)
            for words in (NO_ROOM_FOR_PUBLIC, DISK_FULL):
                await expect(desk.locator("#alarms")).not_to_contain_text(words)
            await follower.goes_on(SEGMENTS * PARTS_PER_SEGMENT)
            await goes_on(page, camera)
        assert await page.evaluate("window.neverReloaded")
        await court.end_all()
        await until_true(is_there(folder / "record.sheet"), "the record's sheet")
        verdict = await asyncio.to_thread(verify, record.path, [])
        assert verdict["ok"], verdict["findings"]
        master = await public.get(f"/replay/{broadcast}/master.m3u8")
        replay = await public.get(variants(master.text, str(master.url))["v360"])
        assert replay.text.count("#EXT-X-DISCONTINUITY\n") == 1  # the gap is told, and one only


def until_sealing(record: Path) -> None:
    """Return in the midst of a seal: it has been written to and is not on the disk yet."""

    def sizes() -> list[tuple[Path, int]]:
        return [(path, path.stat().st_size) for path in record.glob("*/*.seal")]

    before, end = sizes(), time.monotonic() + EXPECTED_WITHIN
    while before == sizes():
        assert time.monotonic() < end, "nothing is sealed"
        time.sleep(0.001)


def is_there(path: Path) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return path.exists()

    return look


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
