"""The page of a partner's webhooks shows what became of messages, and no secret."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from server.accounts.roles import Role
from tests.server.webhooks.conftest import Office, Receiver, office, receiver

__all__ = ["office", "receiver"]
PAGE = {"Accept": "text/html"}


async def test_the_page_tells_how_messages_were_answered(
    office: Office, receiver: Receiver
) -> None:
    made = await office.add(f"{receiver.url}?token=abc")
    await office.call("POST", f"{office.path}/{made['id']}/test", status=202)
    await office.settled(made["id"], 2)  # the test, and what is on the air
    address = f"/console/partners/{office.partner}/webhooks"
    client = office.service.client
    page = await (await client.get(address, headers=PAGE | office.manager)).text()
    for shown in (receiver.url, "webhook.test", "broadcast.live", "已送达", "204 · "):
        assert shown in page
    for secret in (made["secret"], "token=abc"):
        assert secret not in page
    await office.call("PATCH", f"{office.path}/{made['id']}", {"enabled": False})
    off = await client.get(f"{address}?lang=en", headers=PAGE | office.manager)
    assert "Switched off by hand" in await off.text()

    partners = await client.get("/console/partners", headers=PAGE | office.manager)
    assert address in await partners.text()
    stranger = await office.service.token("pat", Role.PARTNER_MANAGER, "berlin")
    assert (await client.get(address, headers=PAGE | stranger)).status == 404


async def test_a_webhook_is_added_and_tried_in_a_browser(
    office: Office, receiver: Receiver, page: Page
) -> None:
    await page.context.set_extra_http_headers(office.manager)
    base = office.service.client.make_url("/")
    await page.goto(f"{base}console/partners/{office.partner}/webhooks")
    await page.fill("#webhook-url", receiver.url)
    await page.click("#new-webhook button")
    shown = page.locator("#new-secret-text")
    await expect(shown).to_contain_text("whsec_")
    secret = await shown.inner_text()
    await receiver.until(1)
    receiver.verified(secret)
    await page.reload()
    await page.click("[data-test]")
    await expect(page.locator("#webhooks > [data-outcome]")).to_be_visible()
    await receiver.until_told("webhook.test")
    await page.reload()
    await page.click("[data-resend] >> nth=0")
    await receiver.until(3)
    await page.click("[data-switch]")
    await expect(page.locator("[data-enabled=true]")).to_be_visible()
    flaws = (await Axe().run(page)).response["violations"]
    assert not flaws, [one["help"] for one in flaws]
    await page.click("[data-remove]")
    await page.click("[data-remove]")
    await expect(page.locator("[data-webhook]")).to_have_count(0)
