import re

import pytest

from server.accounts.access import access_of
from server.accounts.roles import Role
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
            open_to_any_site.add(address.split("/")[1])
            continue
        for headers in EVIL:
            response = await service.client.request(route.method, address, headers=headers)
            if response.status != 403 or "another site" not in await response.text():
                let_in.append((route.method, address, response.status))
    assert not let_in
    assert open_to_any_site <= {"whep", "whip"}  # they know neither cookie nor session
    assert (await service.get("/me")).status == 200


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
