"""Where a name is withdrawn, what the picture shows of it is one step away, in a browser."""

from playwright.async_api import Page, expect

from server.accounts.roles import Role
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import PASSWORD, Service


async def test_a_withdrawn_name_leads_to_the_stretch_that_shows_it(
    service: Service, page: Page
) -> None:
    hall = await furnish(service)
    await service.person("eve", Role.ADMINISTRATOR)
    path = f"/broadcasts/{hall.broadcast}/withdrawals"
    name = {"kind": "name", "target": "王小明", "reason": "minor"}
    assert (await service.post(path, name, headers=hall.admin)).status == 201
    await page.goto(str(service.client.make_url("/console/sign-in?lang=en")))
    await page.fill("#name", "eve")
    await page.fill("#password", PASSWORD)
    await page.click("#sign-in-send")
    await page.wait_for_url("**/console")
    await page.goto(str(service.client.make_url(f"/console{path}")))
    for kind, offer in (("name", "#name-hint [data-kind]"), ("post", "li [data-kind]")):
        await page.select_option("#kind", kind)
        await page.click(offer)
        await expect(page.locator("#kind")).to_have_value("range")
        await expect(page.locator("#since")).to_be_focused()
