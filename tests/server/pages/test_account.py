"""The pages of one's own account."""

import base64
import re
import time
from html import unescape

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

from server.accounts.roles import Role
from server.accounts.totp import hotp, step_at
from tests.server.conftest import PASSWORD, Service

PAGE = {"Accept": "text/html"}


async def test_the_account_shows_what_is_one_s_own(service: Service) -> None:
    await service.person("tom", Role.TECHNICIAN)
    await service.person("eve", Role.CLERK)
    await service.post("/sign-in", {"name": "eve", "password": PASSWORD})
    signed_in = await service.post("/sign-in", {"name": "tom", "password": PASSWORD})
    assert signed_in.status == 200
    for language, words in (("en", "This session"), ("zh-CN", "本次登录")):
        text = await (
            await service.client.get(f"/console/account?lang={language}", headers=PAGE)
        ).text()
        assert text.count(words) == 1
        assert 'value="order"' in text  # a right that a technician's token may have
        assert 'value="report"' not in text
        assert "data-end=" not in text  # there is no other session


async def test_auditors_find_the_journal(service: Service) -> None:
    auditor = PAGE | await service.token("olga", Role.AUDITOR)
    assert (
        'href="/console/journal"'
        in await (await service.client.get("/console/statistics", headers=auditor)).text()
    )
    await service.client.get("/console/journal", headers=auditor)
    text = await (await service.client.get("/console/journal?most=1", headers=auditor)).text()
    assert text.count("<code>journal.read</code>") == 1
    older = re.findall(r'href="(/console/journal\?[^"]*before=\d+)"', text)
    text = await (await service.client.get(unescape(older[0]), headers=auditor)).text()
    assert text.count("<code>journal.read</code>") == 1  # the first look
    local = PAGE | await service.token("lea", Role.AUDITOR, "east")
    text = await (await service.client.get("/console/journal", headers=local)).text()
    assert text.count("<code>journal.read</code>") == 1  # this one: it was done at their court
    assert "scripts/journal" in text


async def test_a_token_opens_no_account(service: Service) -> None:
    headers = PAGE | await service.token("ada", Role.ADMINISTRATOR)
    assert (await service.client.get("/console/account", headers=headers)).status == 403


async def test_an_invitation_opens_for_everybody_and_tells_nothing(service: Service) -> None:
    response = await service.client.get("/console/invitation", headers=PAGE)
    assert response.status == 200
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert 'id="accept-invitation"' in await response.text()


# All that a page can do to write with the visitor's cookie.
EVIL = """<!doctype html><title>trying</title><iframe name="hidden"></iframe>
<form method="post" enctype="text/plain" target="hidden" action="TARGET/sign-out">
<input name='{"x' value='"}'></form><script>
document.querySelector("form").submit();
const tries = ["POST", "PUT", "PATCH", "DELETE"].flatMap((method) =>
  ["no-cors", "cors"].map((mode) =>
    fetch("TARGET/me/sessions", { method, mode, credentials: "include", body: "{}" })));
tries.push(fetch("TARGET/sign-out", { method: "POST", mode: "no-cors", credentials: "include" }));
Promise.allSettled(tries).then(() => { document.title = "done"; });
</script>"""


async def attacked(service: Service, page: Page) -> set[int]:
    """Visit another site, on the same host; return how our service answered its requests."""
    text = EVIL.replace("TARGET", str(service.client.make_url("/api/v1")))

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    answers: set[int] = set()
    async with TestServer(app, host="127.0.0.1") as evil:
        own = str(service.client.make_url("/"))
        page.on(
            "response", lambda one: answers.add(one.status) if one.url.startswith(own) else None
        )
        await page.goto(str(evil.make_url("/")))
        await page.wait_for_function("document.title === 'done'")
    return answers


async def invited(service: Service) -> str:
    """Invite a technician, whose role needs a second factor; return the link."""
    admin = await service.token("ada", Role.ADMINISTRATOR)
    roles = [{"role": "technician", "court": None}]
    body = {"name": "tina", "display_name": "Tina", "roles": roles}
    added = await (await service.post("/people", body, headers=admin)).json()
    assert (
        await service.put("/second-factor-rules", {"rules": roles}, headers=admin)
    ).status == 200
    return str(added["invitation"])


async def accept(page: Page, link: str) -> None:
    """Choose a password and go on to the sign-in."""
    await page.goto(link)
    assert "#" not in page.url
    for name in ("new_password", "again"):
        await page.fill(f"input[name={name}]", PASSWORD)
    await page.click("#accept-invitation button")
    assert await page.text_content("#accepted-name:visible") == "tina"
    await page.click("#accepted a")


async def sign_in(page: Page) -> None:
    """Enter name and password."""
    await page.fill("#name", "tina")
    await page.fill("#password", PASSWORD)
    await page.click("#sign-in-send")


async def set_up_factor(page: Page) -> list[str]:
    """Set the second factor up as a person does; return the recovery codes."""
    await page.fill("#begin-password", PASSWORD)
    await page.click("#begin-factor button")
    typed = await page.text_content("#factor-secret:visible") or ""
    secret = base64.b32decode(typed.replace(" ", ""))
    await page.fill("#factor-code", hotp(secret, step_at(time.time())))
    await page.click("#confirm-factor button")
    codes = await page.text_content("#told-once-text:visible") or ""
    await page.click("#told-once-done")
    return codes.split()


async def make_token(page: Page) -> str:
    """Make a token that may only stop; return it."""
    await page.click("summary:has-text('API')")
    await page.fill("#token-label", "cron")
    await page.check("input[name=scopes][value=stop]")
    await page.click("#new-token .button-main")
    return await page.text_content("#told-once-text:visible") or ""


async def test_from_an_invitation_to_a_token_in_a_browser(service: Service, page: Page) -> None:
    await accept(page, await invited(service))
    await sign_in(page)
    await page.wait_for_url("**/console/account")  # the second factor comes before all else
    codes = await set_up_factor(page)
    token = await make_token(page)
    me = await service.get("/me", headers={"Authorization": f"Bearer {token}"})
    assert (await me.json())["permissions"] == ["stop"]
    assert await attacked(service, page) == {403}
    await page.goto(str(service.client.make_url("/console/account")))  # still signed in
    await page.click("#sign-out")
    await page.wait_for_url(str(service.client.make_url("/")))
    await page.goto(str(service.client.make_url("/console/sign-in")))
    await sign_in(page)
    await page.fill("#code:visible", codes[0])
    await page.click("#sign-in-send")
    await page.wait_for_url("**/console")
