"""The technician brings a hearing on the air and off again; the recording is the witness."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.story import decoded
from tests.story.clock_camera import FRAME_MS, ClockCamera
from tests.story.court import Court
from tests.story.decoded import Picture, Segment
from tests.story.pages import OpenPage
from tests.story.player import has_strip, plays, shown
from tests.story.service import Service
from tests.story.waiting import until_true

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DELAY_S = 3.0
SHORT_S, LONGER_S = 2.0, 4.0
FADE = 4
"""Frames of sound at the borders of what was muted: a decoder that begins has no past."""
OPENED_MS, EDGE_MS = 500, 100
"""How long after an opening the room is surely heard; what lies at the border of what was muted."""
CLOCK_ERROR_MS = 500
LEAST_FILM = 10_000
SURELY_CUT_MS = 1500
"""Of what a dump keeps back the oldest part may have been composed before it came."""


async def give(desk: Page, order: str, *, twice: bool = False) -> None:
    """Press an order's button, again where it asks whether that is meant, and wait until taken."""
    button = desk.locator(f"button[data-order={order}]")
    await expect(button).to_be_enabled()
    result = desk.locator("#order-result")
    before = await result.get_attribute("data-sequence") or ""
    await button.click()
    if twice:
        await expect(button).to_have_attribute("data-confirm", "asked")
        await button.click()
    await expect(result).to_have_attribute("data-kind", "good")
    await expect(result).not_to_have_attribute("data-sequence", before)
    await expect(desk.locator(f"#journal [data-order={order}]").first).to_be_visible()


async def on_air(desk: Page, air: str) -> None:
    """Wait until the page says that this is what the public sees."""
    await expect(desk.locator("#air-sentence")).to_have_attribute("data-air", air)


async def test_a_hearing_from_first_picture_to_the_end(
    service: Service, court: Court, camera: ClockCamera, open_page: OpenPage,
    public: httpx.AsyncClient,
) -> None:  # fmt: skip
    broadcast = await court.plan(DELAY_S)
    viewer = await open_page(f"/broadcasts/{broadcast}")
    desk = await open_page(f"/console/broadcasts/{broadcast}", is_staff=True)
    await cameras_are_seen_and_heard(desk)

    await go_through_the_orders(desk, viewer)
    await desk.goto(f"{service.address}/console/broadcasts/{broadcast}/record")

    replay = await replay_of(court, broadcast)
    its = await decoded.listed(public, replay)
    orders = taken(service, broadcast)
    shown = await decoded.pictures(public, its["v360"])
    nothing_forbidden_was_shown(shown, orders, camera)
    slates_are_named(await decoded.slates(public, replay), shown)
    heard = await decoded.sounds(public, its["audio"])
    sound_goes_with_the_picture(shown, heard)
    await the_record_is_whole_and_copied(court, desk, broadcast)


async def the_record_is_whole_and_copied(court: Court, page: Page, broadcast: str) -> None:
    """Check the filed record at its page, copy it, and fetch the film; the dump is to be told."""

    async def is_filed() -> bool:
        return (await court.client.get(f"broadcasts/{broadcast}/record")).is_success

    await until_true(is_filed, "the sheet to be signed")
    await page.reload()
    await page.locator("#check-begin").click()
    await expect(page.locator("#check-words.notice-good")).to_be_visible()
    await page.locator("#export button.button-main").click()
    films = page.locator("#copies li[data-state=done] a[download]")
    await expect(films.first).to_be_visible()
    size = 0
    for film in await films.all():  # a camera that was away for a moment has two
        async with page.expect_download() as download:
            await film.click()
        size += (await (await download.value).path()).stat().st_size
    assert size > LEAST_FILM
    told = await court.call("GET", f"/broadcasts/{broadcast}/incidents")
    assert "cut" in {one["kind"] for one in told["suggestions"]}


async def go_through_the_orders(desk: Page, viewer: Page) -> None:
    """Give every order, and see at the desk and as a viewer what comes of it."""
    await give(desk, "start")
    await on_air(desk, "room")
    await has_strip(viewer)
    await plays(viewer)
    await give(desk, "recess")
    await on_air(desk, "recess")
    await has_strip(viewer, there=False)
    await expect(viewer.locator("#state-banner")).to_have_attribute("data-state", "recess")
    await give(desk, "resume", twice=True)
    await on_air(desk, "room")
    await has_strip(viewer)
    await viewer.locator("#lowest-delay").click()
    await plays(viewer, "whep")
    await give(desk, "dump")
    await on_air(desk, "interrupted")
    await has_strip(viewer, there=False)
    await give(desk, "resume", twice=True)
    await on_air(desk, "room")
    await has_strip(viewer)
    await viewer.locator("#lowest-delay").click()
    await plays(viewer)
    await give(desk, "end", twice=True)
    await expect(viewer.locator("#state-banner")).to_have_attribute("data-state", "ended")


async def press(desk: Page, button: Locator, *, twice: bool = False) -> None:
    """Press a button of the desk and wait until its order is taken."""
    result = desk.locator("#order-result")
    before = await result.get_attribute("data-sequence") or ""
    await expect(button).to_be_enabled()
    await button.click()
    if twice:
        await expect(button).to_have_attribute("data-confirm", "asked")
        await button.click()
    await expect(result).to_have_attribute("data-kind", "good")
    await expect(result).not_to_have_attribute("data-sequence", before)


async def behind_s(page: Page) -> float:
    """Return how far the clock of a viewer's page is behind the machine's."""
    now = await shown(page)
    assert now is not None
    assert now.court_ms is not None
    return time.time() - now.court_ms / 1000


async def test_the_desk_changes_how_the_room_is_shown_and_the_viewer_plays_on(
    service: Service, court: Court, camera: ClockCamera, open_page: OpenPage,
    public: httpx.AsyncClient,
) -> None:  # fmt: skip
    async with court.more_cameras({"first": camera.url, "second": camera.url}) as cameras:
        broadcast = await court.plan(SHORT_S, cameras=[*cameras.values()])
        viewer = await open_page(f"/broadcasts/{broadcast}")
        desk = await open_page(f"/console/broadcasts/{broadcast}", is_staff=True)
        await press(desk, desk.locator("[data-layout=single]"))  # before the start
        await give(desk, "start")
        await has_strip(viewer)
        await viewer.evaluate("window.isStillThisPage = true")

        await sound_and_mask(desk, viewer, cameras["first"])
        await another_layout(desk, viewer)
        await the_last_seconds(desk, viewer)
        await another_delay(desk, viewer)

        assert await viewer.evaluate("window.isStillThisPage")
        its = await decoded.listed(public, f"/hls/{broadcast}/master.m3u8")
        await muted_was_silent(public, its["audio"], taken(service, broadcast))
        await desk.close()  # it would ask for pictures of cameras that are taken away now


async def sound_and_mask(desk: Page, viewer: Page, camera: str) -> None:
    """Mute everything, and cover the clock in the picture with the mouse; then end both."""
    mute = desk.locator("#mute-all [data-mark=mute]").first
    await press(desk, mute)
    await expect(mute).to_have_attribute("aria-pressed", "true")
    tile = desk.locator(f"#cameras li.camera[data-camera='{camera}']")
    await tile.locator("[data-mark=mask]").click()
    surface = await desk.locator("#mask-surface").bounding_box()
    assert surface is not None
    await desk.mouse.move(surface["x"] + 4, surface["y"] + 2)
    await desk.mouse.down()
    await desk.mouse.move(
        surface["x"] + surface["width"] - 4, surface["y"] + surface["height"] * 0.2, steps=4
    )
    await desk.mouse.up()
    await desk.keyboard.press("ArrowUp")
    await press(desk, desk.locator("#mask-give"))
    await expect(tile.locator(".mask-box")).to_have_count(1)
    await has_strip(viewer, there=False)
    await press(desk, tile.locator("[data-mark=unmask]"), twice=True)
    await press(desk, mute, twice=True)
    await has_strip(viewer)
    await expect(mute).to_have_attribute("aria-pressed", "false")


async def another_layout(desk: Page, viewer: Page) -> None:
    """Two places, each with half of the width, and back."""
    for layout, there in (("two", False), ("single", True)):
        button = desk.locator(f"[data-layout={layout}]")
        await press(desk, button)
        await expect(button).to_have_attribute("aria-pressed", "true")
        await has_strip(viewer, there=there)


async def the_last_seconds(desk: Page, viewer: Page) -> None:
    """Cut twenty seconds, of which the delay holds two: the room comes back by itself."""
    await press(desk, desk.locator("[data-range='20']"), twice=True)
    await expect(desk.locator("#order-result")).to_contain_text("此前已经播出")
    await has_strip(viewer, there=False)
    await has_strip(viewer)


async def another_delay(desk: Page, viewer: Page) -> None:
    """Longer: a slate, then at least so late; shorter: what lies between is left out."""
    longest = SHORT_S + LONGER_S
    surely_longer = longest - CLOCK_ERROR_MS / 1000
    for delay, words in ((longest, "先看到 4 秒"), (1.0, "永远看不到")):
        await desk.locator("#delay-seconds").fill(f"{delay:g}")
        await expect(desk.locator("#delay-words")).to_contain_text(words)
        await press(desk, desk.locator("#delay-set"), twice=True)
        if delay == longest:
            await has_strip(viewer, there=False)
            await has_strip(viewer)
            assert await behind_s(viewer) > surely_longer

    async def caught_up() -> bool:
        return await behind_s(viewer) < surely_longer

    await until_true(caught_up, "the shorter delay")
    await has_strip(viewer)
    await plays(viewer, seconds=1.0)


async def muted_was_silent(
    public: httpx.AsyncClient, its: list[Segment], orders: list[tuple[str, float]]
) -> None:
    """Compare what was heard with when everything was muted."""
    at = dict(orders)
    spans = {
        "before": (at["start"] + OPENED_MS, at["mute"] - EDGE_MS),
        "muted": (at["mute"] + EDGE_MS, at["unmute"] - EDGE_MS),
    }
    heard: dict[str, list[float]] = {name: [] for name in spans}
    for segment in its:
        if segment.court_ms > at["unmute"]:
            continue
        sounds = await decoded.sounds(public, [segment])
        for sound in sounds[FADE:-FADE]:
            court_ms = segment.court_ms + (sound.at - sounds[0].at) * 1000
            for name, (first, last) in spans.items():
                if first <= court_ms <= last:
                    heard[name].append(sound.rms)
    assert all(heard.values())
    assert max(heard["muted"]) < decoded.SILENT_RMS < max(heard["before"]), heard


async def cameras_are_seen_and_heard(desk: Page) -> None:
    """Wait for picture, state and level of each camera before the start."""
    tile = desk.locator("#cameras li.camera")
    await expect(tile).to_have_count(1)
    await expect(tile).to_have_attribute("data-ok", "true")
    await expect(tile.locator(".camera-state")).not_to_be_empty()
    await expect(tile.locator("img")).to_be_visible()
    level = tile.locator(".camera-sound .meter-word")
    await expect(level).to_have_attribute("data-level", "good")
    recording = desk.locator("#preflight [data-check=recording]")
    await expect(recording).to_have_attribute("data-verdict", "pass")


async def replay_of(court: Court, broadcast: str) -> str:
    """Wait for the replay; return its address."""

    async def there() -> str | None:
        about = await court.about(broadcast)
        return str(about["replay"]) if about["replay"] else None

    return await until_true(there, "the replay")


def slates_are_named(slates: list[tuple[str, float, float]], shown: list[Picture]) -> None:
    """The replay tells editors where slates stand, and none of them shows the room."""
    kinds = [kind for kind, _, _ in slates]
    assert [kind for kind in kinds if kind != "interrupted"] == ["before", "recess", "ended"]
    assert "interrupted" in kinds[2:-1]  # the dump
    for one in shown:
        is_slate = any(start <= one.court_ms + 1 < end for _, start, end in slates)
        assert not is_slate or one.number is None, one


def taken(service: Service, broadcast: str) -> list[tuple[str, float]]:
    """Return the orders with the court time (Unix milliseconds) from which they hold."""
    log = service.data / "broadcasts" / broadcast / "orders.log"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [(line["order"], line["court_us"] / 1000) for line in lines]


def nothing_forbidden_was_shown(
    shown: list[Picture], orders: list[tuple[str, float]], camera: ClockCamera
) -> None:
    """Compare the clock in every picture of the recording with what was ordered when."""
    assert [order for order, _ in orders] == ["start", "recess", "resume", "dump", "resume", "end"]
    start, recess, resume, dump, again, end = (court_ms for _, court_ms in orders)
    allowed = [(start, recess), (resume, dump - DELAY_S * 1000 + SURELY_CUT_MS), (again, end)]
    times = [camera.court_ms(one.number, one.court_ms) for one in shown if one.number is not None]
    forbidden = [
        time
        for time in times
        if not any(first - FRAME_MS <= time <= last + FRAME_MS for first, last in allowed)
    ]
    assert not forbidden, (forbidden, orders)
    for first, last in allowed:
        assert any(first <= time <= last for time in times), (first, last)
    errors = [
        one.court_ms - camera.court_ms(one.number, one.court_ms)
        for one in shown
        if one.number is not None
    ]
    assert max(map(abs, errors)) <= CLOCK_ERROR_MS


def sound_goes_with_the_picture(shown: list[Picture], heard: list[decoded.Sound]) -> None:
    """Silence wherever the slate has been for a moment, the tone wherever the room has been."""
    is_room = {
        tick: one.number is not None  # a slate's picture stands for several ticks
        for one, following in pairwise(shown)
        for tick in range(round(one.at * 25), round(following.at * 25))
    }
    surely = {True: 0, False: 0}
    for sound in heard:
        around = {is_room.get(round(sound.at * 25) + tick) for tick in range(-4, 5)}
        if around in ({True}, {False}):
            state = around.pop() is True
            surely[state] += 1
            assert (sound.rms > decoded.SILENT_RMS) is state, sound
    assert min(surely.values()) > 25


async def test_staff_see_the_room_move(service: Service, open_page: OpenPage) -> None:
    broadcast = service.broadcasts[1]  # ten seconds late for the public
    desk = await open_page(f"/console/broadcasts/{broadcast.id}", is_staff=True)
    await desk.get_by_role("button", name="实时画面").first.click()

    async def moved() -> bool:
        seen = "document.querySelector('.camera-picture video')?.getVideoPlaybackQuality()"
        return int(await desk.evaluate(f"{seen}?.totalVideoFrames ?? 0")) >= 25

    await until_true(moved, "a second of the room's own pictures")
