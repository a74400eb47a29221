"""Viewers of several makers watch by WHEP: pictures and sound are decoded, the clock is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.media.relay.lossy import bad_line
from tests.player.viewers import gstreamer_sees, pion_sees
from tests.player.viewing import Picture
from tests.player.webrtc import (
    WATCH,
    is_heard,
    late,
    make_show,
    reading,
    running_in,
    showing,
    shows,
)
from tests.services import pion
from tests.services.firefox import Tab
from tests.services.relay import Relayed
from tests.story.clock_camera import FRAME_RATE, SHORT_FRAMES, SIZE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BAD_SECONDS = 20
LEAST_DECODED = 0.8
"""Of the pictures that were sent. Without repeats each lost packet costs all that come until the
next key frame, which is most of them; a machine that has no time to show a picture decodes it."""
GSTREAMER_SECONDS, PION_SECONDS = 3, 2
MOST_LATE = 2 * FRAME_RATE
"""Pictures; half a group of pictures or an old one would be more."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_show(tmp_path_factory.mktemp("show"))


@pytest.fixture
async def relayed(clip: Path, tmp_path: Path) -> AsyncIterator[Relayed]:
    async with showing(tmp_path, clip) as relayed:
        yield relayed


async def test_chromium_watches_on_a_line_that_loses_and_delays(
    relayed: Relayed, page: Page
) -> None:
    run = running_in(page)
    await page.goto(relayed.address)
    async with bad_line(("127.0.0.1", relayed.port), loss=0.05, jitter_s=0.05) as (
        line,
        relayed.door.line,
    ):
        assert (await run(WATCH, "video", "audio"))["status"] == 201
        await is_heard(run)
        begun, sent_before = await reading(run), relayed.stage.shown
        seen = await shows(run, relayed.stage, BAD_SECONDS)
        sent = relayed.stage.shown - sent_before
        assert line.lost > BAD_SECONDS
    assert seen.number is not None
    assert late(relayed.stage, seen.number) < MOST_LATE
    assert seen.nacks > 0
    assert seen.pictures - begun.pictures >= LEAST_DECODED * sent


async def test_firefox_hears(relayed: Relayed, firefox: Tab) -> None:
    await firefox.go(relayed.address)
    assert (await firefox.evaluate(WATCH, "audio"))["status"] == 201
    assert (await is_heard(firefox.evaluate)).heard_s > 0


async def test_firefox_without_a_decoder_is_told_why_it_sees_nothing(
    relayed: Relayed, firefox: Tab
) -> None:
    await firefox.go(relayed.address)
    codecs = await firefox.evaluate(
        "() => RTCRtpReceiver.getCapabilities('video').codecs.map((one) => one.mimeType)"
    )
    assert "video/H264" not in codecs  # Cisco's plug-in is fetched from the network
    refused = await firefox.evaluate(WATCH, "video", "audio")
    assert (refused["status"], "H.264" in refused["words"]) == (422, True)


async def test_gstreamer_sees_every_picture_and_hears(relayed: Relayed) -> None:
    wanted = GSTREAMER_SECONDS * FRAME_RATE
    seen, width = await gstreamer_sees(relayed.url, wanted)
    assert width == SIZE[0]
    assert seen.heard_ms is not None
    assert len(seen.pictures) >= wanted
    assert are_all(seen.pictures)


async def test_pion_sees_every_picture_and_hears(relayed: Relayed, tmp_path: Path) -> None:
    program, wanted = pion.build(tmp_path / "pion"), PION_SECONDS * FRAME_RATE
    told, seen = await pion_sees(program, relayed.url, wanted, tmp_path)
    assert (told["status"], told["ended"]) == (201, 200)
    assert seen.heard_ms is not None
    assert len(seen.pictures) >= wanted
    assert are_all(seen.pictures)


def are_all(pictures: list[Picture]) -> bool:
    """Whether each picture's number could be read and follows the one before."""
    numbers = [one.number for one in pictures]
    first = numbers[0] or 0
    return numbers == [(first + at) % SHORT_FRAMES for at in range(len(numbers))]
