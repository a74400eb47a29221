"""Every page: narrow screens, the keyboard alone, and what axe-core finds, in both languages."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, ViewportSize, expect

from tests.story.court import Court
from tests.story.pages import OpenPage
from tests.story.player import plays, shown
from tests.story.service import Service
from tests.story.waiting import until_true

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}
IN_PLAYER = "document.querySelector('#player').contains(document.activeElement)"
MOST_OF_A_PHONE = 0.25
STAFFS_LANGUAGE = "zh-CN"
SERIOUS = {"serious", "critical"}


def addresses(broadcast: str) -> dict[str, bool]:
    """Return the pages, and whether each is for staff."""
    return {
        "/": False,
        f"/broadcasts/{broadcast}": False,
        f"/broadcasts/{broadcast}/corrections": False,
        f"/embed/{broadcast}": False,
        f"/broadcasts/{broadcast}/complaint": False,
        "/notices": False,
        "/record-keys": False,
        "/statistics": False,
        "/console/sign-in": False,
        "/console": True,
        f"/console/broadcasts/{broadcast}": True,
        f"/console/broadcasts/{broadcast}/watch": True,
        f"/console/broadcasts/{broadcast}/masks": True,
        f"/console/broadcasts/{broadcast}/report": True,
        f"/console/broadcasts/{broadcast}/record": True,
        f"/console/broadcasts/{broadcast}/incidents": True,
        f"/console/broadcasts/{broadcast}/withdrawals": True,
        "/console/account": True,
        "/console/calendar": True,
        "/console/calendar/import": True,
        "/console/calendar/new": True,
        "/console/courtrooms": True,
        "/console/complaints": True,
        "/console/records": True,
        "/console/reviews": True,
        "/console/partners": True,
        "/console/statistics": True,
    }


async def settle(page: Page) -> None:
    """Wait until the page shows what it is for."""
    if await page.locator("#broadcast").count():
        await plays(page, seconds=0.5)
    if await page.locator("#technician").count():
        await expect(page.locator("#cameras img").first).to_be_visible()
    if await page.locator("#desk").count():
        await expect(page.locator("#desk-list li, #desk-empty:visible").first).to_be_attached()


async def orders_share(page: Page) -> float:
    """Return how much of the screen's height the orders of a desk take."""
    orders = page.locator(".orders")
    box = await orders.bounding_box() if await orders.count() else None
    return box["height"] / NARROW["height"] if box else 0.0


async def violations(page: Page) -> list[str]:
    """Return what axe-core finds serious, with the places."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{page.url}: {one['id']} ({one['impact']}): {[node['target'] for node in one['nodes']]}"
        for one in found
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_pages_are_accessible_and_fit_a_narrow_screen(
    service: Service, court: Court, open_page: OpenPage, language: str
) -> None:
    broadcast = service.broadcasts[0].id
    post = {"client_key": f"pages-{language}", "role": "judge", "body": "请坐。" * 40}
    await court.call("POST", f"/broadcasts/{broadcast}/report/posts", post)
    wrong: list[str] = []
    readers = {
        is_staff: await open_page(language=language, is_staff=is_staff, viewport=NARROW)
        for is_staff in (False, True)
    }
    for path, is_staff in addresses(broadcast).items():
        page = readers[is_staff]
        await page.set_viewport_size(NARROW)
        await page.goto(f"{service.address}{path}")
        await settle(page)
        width = await page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            wrong.append(f"{page.url}: {width} px wide")
        if await orders_share(page) > MOST_OF_A_PHONE:
            wrong.append(f"{page.url}: orders take {await orders_share(page):.0%}")
        if is_staff and language != STAFFS_LANGUAGE:
            continue  # what axe-core finds there is wrong in any language
        wrong += await violations(page)
        if language == STAFFS_LANGUAGE:
            await page.set_viewport_size(WIDE)
            wrong += [one for one in await violations(page) if one not in wrong]
    assert not wrong


async def test_the_player_is_worked_by_the_keyboard_alone(
    service: Service, open_page: OpenPage
) -> None:
    page = await open_page(f"/broadcasts/{service.broadcasts[0].id}")
    await plays(page)
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate(
            "document.querySelector('#player').contains(document.activeElement)"
        ):
            break
    else:
        pytest.fail("the player cannot be reached by the tabulator key")
    await page.keyboard.press("k")
    await paused(page, is_so=True)
    await page.keyboard.press("k")
    await paused(page, is_so=False)


async def paused(page: Page, *, is_so: bool) -> None:
    """Wait until the player stands still, or goes on, and its controls show that."""

    async def as_wished() -> bool:
        now = await shown(page)
        # A key acts on what the controls show, which is told of a pause a moment later.
        told = await page.evaluate(
            "document.querySelector('#player media-controller').hasAttribute('mediapaused')"
        )
        return now is not None and now.is_paused is is_so and told is is_so

    await until_true(as_wished, "the player to pause" if is_so else "the player to go on")


async def test_pages_are_in_the_language_that_is_asked_for(
    service: Service, open_page: OpenPage
) -> None:
    broadcast = service.broadcasts[0].id
    page = await open_page("/", language="en")
    await expect(page.locator("h1")).to_have_text("Court hearings, live and recorded")
    await page.locator(".language a").click()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await page.locator(f"#live-list li[data-broadcast='{broadcast}'] h3 a").click()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator("h1")).to_have_text("甲公司诉乙公司买卖合同纠纷")
    for name in ("live", "upcoming", "replay"):
        await page.goto(f"{service.address}/")
        await expect(page.locator(f"section[aria-labelledby='{name}']")).to_be_visible()
