"""Our player in Chromium."""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page
from sqlalchemy import update

from server.broadcasts.tables import broadcasts
from server.playback.sources import SOURCES
from tests.media.hls.synthetic_stream import START_US as RECORDED_US
from tests.player.conftest import going_on
from tests.server.playback.conftest import START_US, OnAir, Service, make_recording
from tests.server.playback.test_captions import desk_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WITHIN_MS = 40_000
# What the captions' menu does.
_SHOW_CAPTIONS = """
() => {
  const video = document.querySelector("#player [slot=media]")?.nativeEl;
  const track = [...(video?.textTracks ?? [])].find((one) => one.kind === "subtitles");
  if (!track) return false;
  track.mode = "showing";
  return track.label;
}
"""
_CAPTIONS = """
(words) => {
  const video = document.querySelector("#player [slot=media]")?.nativeEl;
  const cues = [...(video?.textTracks ?? [])].filter((one) => one.kind === "subtitles")
    .flatMap((one) => [...(one.cues ?? [])]);
  const cue = cues.find((one) => one.text.includes(words));
  return cue ? { start: cue.startTime, end: cue.endTime } : null;
}
"""
_HIGHEST = """
(height) => {
  const player = document.querySelector("#player [slot=media]")?.api;
  return player?.levels[player.autoLevelCapping]?.height === height;
}
"""
_HAS_PREVIEW = """
() => {
  const video = document.querySelector("#player [slot=media]")?.nativeEl;
  const tracks = [...(video?.textTracks ?? [])];
  return tracks.some((one) => one.label === "thumbnails" && one.cues?.length);
}
"""
_PREVIEW = """
() => {
  const range = document.querySelector("#player media-time-range");
  const image = range?.querySelector("media-preview-thumbnail")
    ?? range?.shadowRoot.querySelector("media-preview-thumbnail");
  return image?.getAttribute("mediapreviewimage");
}
"""


async def open_page(service: Service, page: Page, broadcast: str) -> None:
    await page.goto(str(service.client.make_url(f"/broadcasts/{broadcast}")))


async def mark(service: Service, broadcast: str, **values: str | datetime) -> None:
    """Write into the database what orders would have led to."""
    async with service.database.begin() as connection:
        its = update(broadcasts).where(broadcasts.c.id == broadcast)
        await connection.execute(its.values(**values))


async def test_captions_run_along_the_live_picture(service: Service, page: Page) -> None:
    desk = await desk_of(service, "b1")
    await mark(service, "b1", state="recess")  # without a worker "live" is told to nobody
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    async with going_on(service):
        await open_page(service, page, "b1")
        name = await page.wait_for_function(_SHOW_CAPTIONS, timeout=WITHIN_MS)
        assert await name.json_value() == "图文直播"
        now_us = service.on_air.origin.air_us
        assert now_us
        said_us = now_us + 4_000_000  # with a delay, posts are there before their moment is shown
        await desk.write("b1", "a", "现在开庭。", said_us)
        cue = await page.wait_for_function(_CAPTIONS, arg="书记员：现在开庭。", timeout=WITHIN_MS)
        start = (await cue.json_value())["start"]
        # The caption stands at the post's court time: media time and court time begin together.
        assert start == pytest.approx((said_us - START_US) / 1e6, abs=0.05)
        # However far back the list goes, the player asks for what is new only.
        async with asyncio.timeout(WITHIN_MS / 1000):
            while not any("_HLS_part=" in url and "_HLS_skip=v2" in url for url in asked):
                await asyncio.sleep(0.05)


async def test_the_picture_is_no_larger_than_the_player_that_shows_it(
    service: Service, page: Page
) -> None:
    """Old phones decode a large picture late or not at all; in a larger player it is larger."""
    service.on_air = OnAir(service.data / "broadcasts" / "b1", (360, 180))
    service.on_air.publish(14)
    service.origins["b1"] = service.on_air.origin
    await mark(service, "b1", state="recess")
    async with going_on(service):
        await page.set_viewport_size({"width": 310, "height": 600})
        await open_page(service, page, "b1")
        await page.wait_for_function(_HIGHEST, arg=180, timeout=WITHIN_MS)
        await page.set_viewport_size({"width": 1200, "height": 800})
        await page.wait_for_function(_HIGHEST, arg=360, timeout=WITHIN_MS)


async def test_a_replay_has_captions_small_pictures_and_marks_of_its_slates(
    service: Service, page: Page
) -> None:
    desk = await desk_of(service, "b2")
    await make_recording(service)
    now = datetime.now(UTC)
    await mark(service, "b2", state="ended", started_at=now, ended_at=now)
    await service.client.app[SOURCES].forget_replay("b2")
    await desk.write("b2", "a", "现在休庭。", RECORDED_US + 3_000_000)
    await open_page(service, page, "b2")
    await page.wait_for_function(_SHOW_CAPTIONS, timeout=WITHIN_MS)
    cue = await page.wait_for_function(_CAPTIONS, arg="现在休庭。", timeout=WITHIN_MS)
    assert (await cue.json_value())["start"] == pytest.approx(3.0, abs=0.05)
    await page.wait_for_function(_HAS_PREVIEW, timeout=WITHIN_MS)
    bar = page.locator("#player media-time-range")
    image, places = "", itertools.cycle((40, 44))
    async with asyncio.timeout(WITHIN_MS / 1000):
        while not image:  # it looks when the pointer moves, and may not be ready then
            await bar.hover(position={"x": next(places), "y": 8})
            image = await page.evaluate(_PREVIEW) or ""
    assert "/replay/b2/storyboard-0-" in image
    async with asyncio.timeout(WITHIN_MS / 1000):
        while not (slates := await bar.evaluate("(range) => [...(range.mediaChaptersCues ?? [])]")):
            await asyncio.sleep(0.05)
    (slate,) = slates
    assert slate["text"] == "休庭"
    assert slate["startTime"] == pytest.approx(1.6, abs=0.05)
    assert slate["endTime"] == pytest.approx(4.2, abs=0.05)
