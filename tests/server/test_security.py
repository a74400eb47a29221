import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request
from multidict import CIMultiDict
from playwright.async_api import Page, Response

from server.accounts.access import access_of
from server.accounts.roles import Role
from server.security import SETTINGS, client_address
from server.settings import Settings
from tests.server.conftest import PASSWORD, Service, StartService

EVIL = (
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example", "Accept-Language": "en"},
    {"Sec-Fetch-Site": "same-site", "Accept-Language": "en"},
    {"Origin": "https://evil.example", "Accept-Language": "en"},
    {"Origin": "null", "Accept-Language": "en"},
)

BODY = {"name": "x", "password": "y"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 401),
        ({}, 401),
    ],
)
async def test_other_sites_cannot_write(
    service: Service, headers: dict[str, str], status: int
) -> None:
    assert (await service.post("/sign-in", BODY, headers=headers)).status == status


async def test_no_other_site_can_change_anything(service: Service) -> None:
    """Every address that changes something, also with the session's cookie, which is valid."""
    await service.person("ada", Role.ADMINISTRATOR)
    signed_in = {"name": "ada", "password": PASSWORD}
    assert (await service.post("/sign-in", signed_in)).status == 200
    open_to_any_site, let_in = set(), []
    for route in service.app.router.routes():
        if route.resource is None or route.method in {"GET", "HEAD", "OPTIONS"}:
            continue
        address = re.sub(r"{\w+}", "nothing", route.resource.canonical)
        access = access_of(route.handler)
        if access is not None and access.any_origin:
            open_to_any_site.add(address)
            continue
        for headers in EVIL:
            response = await service.client.request(route.method, address, headers=headers)
            if response.status != 403 or "another site" not in await response.text():
                let_in.append((route.method, address, response.status))
    assert not let_in
    # These know neither cookie nor session: players, encoders, and a provider's signed token.
    assert open_to_any_site
    for address in open_to_any_site - {"/console/sign-in/provider/logout"}:
        assert address.startswith(("/whep/", "/whip/"))
    assert (await service.get("/me")).status == 200


FOREIGN = """<!doctype html><meta charset="utf-8"><title>evil</title>
<iframe name="there"></iframe>
<form method="post" target="there" action="{own}/console/sign-out"></form>
<script type="module">
const court = JSON.stringify({{name: "假法院"}});
const all = {{method: "POST", credentials: "include", body: court}};
const tries = [
  {{...all, mode: "no-cors"}},
  {{...all, mode: "no-cors", headers: {{"Content-Type": "text/plain"}}}},
  {{...all, headers: {{"Content-Type": "application/json"}}}},
];
for (const one of tries) await fetch("{own}/api/v1/courts", one).catch(() => null);
navigator.sendBeacon("{own}/api/v1/courts", new Blob([court], {{type: "text/plain"}}));
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {{ document.title = "done"; }});
document.querySelector("form").submit();
</script>"""


async def test_a_page_of_another_origin_changes_nothing_in_a_real_browser(
    service: Service, page: Page
) -> None:
    own = f"http://{service.client.host}:{service.client.port}"
    await service.person("ada", Role.ADMINISTRATOR)
    signed_in = await page.request.post(
        f"{own}/api/v1/sign-in", data={"name": "ada", "password": PASSWORD}
    )
    assert signed_in.ok

    async def foreign(_: web.Request) -> web.Response:
        return web.Response(text=FOREIGN.format(own=own), content_type="text/html")

    evil = web.Application()
    evil.router.add_get("/", foreign)
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one))  # noqa: PLW0108  (it sets an attribute)
    # Another port is another origin on the same site: the browser does send the cookie along.
    async with TestServer(evil) as server:
        await page.goto(str(server.make_url("/")))
        await page.wait_for_function("document.title === 'done'")
    posts = [one for one in answers if one.request.method == "POST"]
    assert {one.status for one in posts} == {403}
    sent = [await one.request.all_headers() for one in posts]
    assert any("tingbo_session" in headers.get("cookie", "") for headers in sent)
    assert (await page.request.get(f"{own}/api/v1/me")).ok
    assert (await (await service.get("/courts")).json())["courts"] == []


async def test_the_own_origin_may_write(service: Service) -> None:
    origin = f"http://{service.client.host}:{service.client.port}"
    response = await service.post("/sign-in", BODY, headers={"Origin": origin})
    assert response.status == 401


async def test_every_answer_is_protected(service: Service) -> None:
    for path in ("/healthz", "/api/v1/nothing", "/api/v1/courts"):
        response = await service.client.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "default-src 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in response.headers


async def test_behind_tls_cookies_are_secure(start_service: StartService) -> None:
    service = await start_service(behind_tls="true", public_url="https://live.court.example")
    await service.person("ada", Role.ADMINISTRATOR)
    body = {"name": "ada", "password": "a long way to the court"}
    response = await service.post("/sign-in", body)
    cookie = response.cookies["tingbo_session"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "Strict-Transport-Security" in response.headers


@pytest.mark.parametrize(("path", "status"), [("/courts/%00", 404), ("/hearings?day=%00", 422)])
async def test_no_address_has_a_nul(service: Service, path: str, status: int) -> None:
    assert (await service.get(path)).status == status


@pytest.mark.parametrize("lines", [["198.51.100.1, 192.0.2.7"], ["198.51.100.1", "192.0.2.7"]])
def test_the_proxy_says_who_calls_whatever_the_caller_has_written_before(
    lines: list[str], tmp_path: Path
) -> None:
    app = web.Application()
    app[SETTINGS] = Settings(data=tmp_path, trusted_proxies=1)
    headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
    assert client_address(make_mocked_request("GET", "/", headers, app=app)) == "192.0.2.7"
