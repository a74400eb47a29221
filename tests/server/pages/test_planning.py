"""From an empty service to a planned broadcast by hand, in a browser; then it is adjourned."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from media import LAYOUTS
from server.accounts.roles import Role
from server.pages.words import WORDS
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import PASSWORD, Service

PAGE = {"Accept": "text/html"}
NUMBER = "（2026）苏0102民初1号"
DAY, LATER = (datetime.now(UTC).date() + timedelta(days=days) for days in (90, 120))


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A courtroom with a planned broadcast."""
    return await furnish(service)


async def sign_in(service: Service, page: Page, name: str) -> None:
    await page.goto(str(service.client.make_url("/console/sign-in?lang=en")))
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.click("#sign-in-send")
    await page.wait_for_url("**/console")


async def set_up_court(page: Page, policy: str = "") -> None:
    """Add a court under a policy, a courtroom, and a camera that pushes by RTMP."""
    await page.click("text=Set up courtrooms and cameras")
    await page.fill("#new-court [name=name]", "海州市人民法院")
    assert await page.input_value("#court-policy") == "cn-default"
    await page.select_option("#court-policy", policy)
    await page.click("#new-court .button-main")
    await page.fill("[data-new-courtroom] [name=name]", "第一法庭")
    await page.click("[data-new-courtroom] button")
    camera = page.locator("[data-new-camera]")
    await camera.locator("[name=name]").fill("审判席")
    await camera.locator("[data-kind]").select_option("rtmp")
    await camera.locator(".button-main").click()
    await page.click("[data-push]")
    await expect(page.locator("[data-key]")).not_to_be_empty()


async def enter_hearing(service: Service, page: Page) -> None:
    await page.goto(str(service.client.make_url("/console/calendar/new")))
    await page.fill("#scheduled", f"{DAY}T09:30")
    await page.fill("#number", NUMBER)
    await page.fill("#title", "甲诉乙买卖合同纠纷")
    await page.select_option("#judge", label="Jane")
    await page.click("#new-hearing .button-main")
    await page.wait_for_url("**/console/hearings/*")


async def test_a_court_is_set_up_and_a_broadcast_planned_and_adjourned_in_a_browser(
    service: Service, page: Page
) -> None:
    await service.person("ada", Role.ADMINISTRATOR)
    await service.person("jane", Role.PRESIDING_JUDGE)
    await sign_in(service, page, "ada")
    await set_up_court(page)
    await enter_hearing(service, page)
    assert f"{DAY}T01:30:00+00:00" in await page.content()  # half past nine at the court
    assert "Jane" in await page.content()
    await page.fill("#delay", "12.5")
    await page.click("#plan .button-main")
    desk = await page.get_attribute("#plan a", "href")
    assert desk
    found = await (await service.get(f"/broadcasts/{desk.rpartition('/')[2]}")).json()
    assert (found["case_number"], found["delay_s"]) == (NUMBER, 12.5)
    assert found["medium"] == ["video", "image_text"]
    await page.uncheck("#plan [value=image_text]")
    async with page.expect_navigation():
        await page.click("#plan .button-main")
    await expect(page.locator("#plan [value=image_text]")).not_to_be_checked()
    await page.fill("#until", f"{LATER}T14:00")
    await page.fill("#off-reason", "需要鉴定")
    async with page.expect_navigation():
        await page.click("#call-off button")
    await expect(page.locator("#off-title ~ .notice")).to_contain_text("需要鉴定")
    assert f"{LATER}T06:00:00+00:00" in await page.content()
    await page.click("#sign-out")
    await page.wait_for_url(str(service.client.make_url("/")))
    await page.goto(str(service.client.make_url("/console/calendar")))
    assert "/console/sign-in" in page.url


async def test_a_plan_is_shown_and_not_changed_by_those_who_do_not_schedule(
    service: Service, hall: Hall
) -> None:
    clerk = await service.token("cleo", Role.CLERK, hall.court)
    found = await (await service.get("/hearings?when=today", headers=clerk)).json()
    path = f"/console/hearings/{found['hearings'][0]['id']}"
    text = await (await service.client.get(path, headers=PAGE | clerk)).text()
    assert 'id="plan"' not in text
    assert "全景, 审判席" in text
    text = await (await service.client.get(path, headers=PAGE | hall.technician)).text()
    assert 'id="plan"' in text


def test_every_layout_can_be_chosen() -> None:
    assert {name for name in WORDS if name.startswith("layout_")} == {
        f"layout_{name}" for name in LAYOUTS
    }


async def test_a_court_that_is_set_up_goes_by_the_policy_that_was_chosen(
    service: Service, page: Page
) -> None:
    await service.person("ada", Role.ADMINISTRATOR)
    await sign_in(service, page, "ada")
    await set_up_court(page, "uk-crown-sentencing")
    [court] = (await (await service.get("/courts")).json())["courts"]
    told = await service.get(
        f"/courts/{court['id']}/policy", headers=await service.token("olga", Role.AUDITOR)
    )
    assert (await told.json())["policy"]["name"] == "uk-crown-sentencing"


async def two_divisions(service: Service, hall: Hall, page: Page) -> dict[str, str]:
    """Make divisions on the page of courts, Jane a judge of the first; return ids by name."""
    jane = await service.person("jane", Role.PRESIDING_JUDGE, hall.court)
    await page.goto(str(service.client.make_url("/console/courtrooms")))
    for name in ("刑事审判庭", "民事审判庭"):
        await page.fill("[data-new-division] [name=name]", name)
        async with page.expect_navigation():
            await page.click("[data-new-division] button")
    listed = await (await service.get(f"/courts/{hall.court}/divisions", headers=hall.admin)).json()
    of = {one["name"]: one["id"] for one in listed["divisions"]}
    role = {"role": "presiding_judge", "court": hall.court, "division": of["刑事审判庭"]}
    path = f"/api/v1/people/{jane.id}"
    answer = await service.client.patch(path, json={"roles": [role]}, headers=hall.admin)
    assert answer.status == 200
    return of


async def test_judges_are_offered_by_division_and_a_closed_one_is_not(
    service: Service, hall: Hall, page: Page
) -> None:
    await service.person("eve", Role.ADMINISTRATOR)
    await service.person("kim", Role.PRESIDING_JUDGE, hall.court)
    await sign_in(service, page, "eve")
    of = await two_divisions(service, hall, page)
    form = str(service.client.make_url("/console/calendar/new"))
    await page.goto(form)
    offered = page.locator("#judge option:enabled")
    await page.select_option("#judge", label="Jane")
    await page.select_option("#division", of["民事审判庭"])
    await expect(offered).to_have_text(["Not named yet", "Kim"])
    assert await page.input_value("#judge") == ""
    await page.select_option("#division", of["刑事审判庭"])
    await expect(offered).to_have_text(["Not named yet", "Jane", "Kim"])
    await page.goto(str(service.client.make_url("/console/courtrooms")))
    row = page.locator(f"[data-division='{of['刑事审判庭']}']")
    await row.locator("[data-close]").click()
    async with page.expect_navigation():
        await row.locator("[data-close]").click()
    await expect(row.locator("[data-open]")).to_be_visible()
    await page.goto(form)
    await expect(page.locator("#division option")).to_have_text(["Not named yet", "民事审判庭"])
