"""A hearing is watched, ends, is watched again; the year counts it and every visit to it."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import expect

from tests.story.clock_camera import ClockCamera
from tests.story.court import Court
from tests.story.decoded import variants
from tests.story.pages import OpenPage
from tests.story.player import clock_error_ms, has_strip, plays
from tests.story.service import Service
from tests.story.waiting import until_true

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MOST_CLOCK_ERROR_MS = 500
MADE = {"live_video": 2, "replay_video": 1, "report": 3, "partner": 1}


def this_year() -> int:
    """Return the year by the court's calendar."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).year


async def test_the_year_counts_the_hearing_and_its_visits(
    service: Service, court: Court, camera: ClockCamera, open_page: OpenPage,
    public: httpx.AsyncClient,
) -> None:  # fmt: skip
    before = service.told("stats", str(this_year()), "--json")["total"]
    broadcast = await court.plan()
    await court.order(broadcast, "start")
    post = {"client_key": "count", "role": "clerk", "body": "开庭。"}
    await court.call("POST", f"/broadcasts/{broadcast}/report/posts", post)
    first = await open_page(f"/broadcasts/{broadcast}")
    second = await open_page(f"/broadcasts/{broadcast}", language="en")
    reader = await open_page(f"/broadcasts/{broadcast}", java_script_enabled=False)
    await expect(reader.locator(".post-body")).to_have_text("开庭。")
    await partner_pulls(service, court, public, broadcast)
    for viewer in (first, second):
        await has_strip(viewer)
        await plays(viewer)
    await court.order(broadcast, "end")
    await expect(first.locator("#state-banner")).to_have_attribute("data-state", "ended")
    for page in (second, reader):
        await page.close()

    async def has_replay() -> bool:
        return bool((await court.about(broadcast))["replay"])

    await until_true(has_replay, "the replay")
    await first.locator("#state-replay").click()
    await has_strip(first)
    await plays(first)
    assert abs(await clock_error_ms(first, camera)) <= MOST_CLOCK_ERROR_MS

    visits: dict[str, int] = {}

    async def counted() -> bool:
        visits.update(await visits_of(court, broadcast))
        return all(visits[medium] >= made for medium, made in MADE.items())

    await until_true(counted, "all visits", told=visits)
    assert visits == MADE
    after = service.told("stats", str(this_year()), "--json")["total"]
    assert after["hearings"] == before["hearings"] + 1
    assert after["broadcasts_video"] == before["broadcasts_video"] + 1
    for medium, made in MADE.items():
        assert after["media"][medium]["visits"] >= before["media"][medium]["visits"] + made


async def partner_pulls(
    service: Service, court: Court, public: httpx.AsyncClient, broadcast: str
) -> None:
    """Read the playlists once, as a partner's program does."""
    key = {"key": service.line["partner_key"]}
    address = (await court.about(broadcast))["hls"]

    async def master() -> httpx.Response | None:
        answer = await public.get(address, params=key)
        return answer if answer.is_success else None

    answer = await until_true(master, "something to pull")
    for playlist in variants(answer.text, str(answer.url)).values():
        assert (await public.get(playlist)).status_code == 200


async def visits_of(court: Court, broadcast: str) -> dict[str, int]:
    """Return the visits of a broadcast by medium, as the court's staff sees them."""
    table = await court.call("GET", f"/statistics/{this_year()}/hearings")
    its = next(one for one in table["hearings"] if one["broadcast"] == broadcast)
    return {medium: row["visits"] for medium, row in its["figures"]["media"].items()}


async def test_page_script_table_and_recount_agree(service: Service, open_page: OpenPage) -> None:
    page = await open_page(f"/statistics/{this_year()}", language="en")
    console = await open_page("/console/statistics", is_staff=True)

    async def agreed() -> bool:
        """Other tests' visits may still be coming in: the three are read one after the other."""
        await page.reload()
        shown = await page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('#year-totals [data-figure]')]"
            ".map(one => [one.dataset.figure, Number(one.dataset.value)]))"
        )
        told: dict[str, Any] = service.told("stats", str(this_year()), "--json")["total"]
        return bool(shown) and all(told[name] == value for name, value in shown.items())

    await until_true(agreed, "page and script to tell the same")
    await expect(page.locator("#figures-chart")).to_be_visible()
    assert await page.evaluate(
        "(() => { const canvas = document.querySelector('#figures-chart');"
        " return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
        ".data.some(value => value > 0); })()"
    )

    async with console.expect_download() as download:
        await console.locator("#csv").click()
    text = (await (await download.value).path()).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    told = service.told("stats", str(this_year()), "--json")["total"]
    assert len(rows) - 1 >= told["hearings"] > 0
    assert {len(row) for row in rows} == {len(rows[0])}

    done = service.script("recount", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
