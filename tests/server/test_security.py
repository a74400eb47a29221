import pytest

from server.accounts.roles import Role
from tests.server.conftest import Service, StartService

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
