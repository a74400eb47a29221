"""Bad input gets the right status, one shape, and the reader's language."""

import json
from io import BytesIO
from typing import Any

import pytest

from server.accounts.roles import Role
from tests.server.conftest import Service


async def problem(response: Any, status: int) -> dict[str, Any]:  # noqa: ANN401
    """Check the shape of a problem and return it."""
    assert response.status == status, await response.text()
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = json.loads(await response.read())
    assert {"type", "title", "status", "code", "request_id"} <= set(body)
    assert body["status"] == status
    assert body["type"] == f"urn:tingbo:problem:{body['code']}"
    return body


@pytest.mark.parametrize(
    ("headers", "title"),
    [
        ({"Accept-Language": "zh-CN,en;q=0.5"}, "此地址没有内容"),
        ({"Accept-Language": "en-GB"}, "There is nothing at this address"),
        ({"Cookie": "tingbo_lang=en", "Accept-Language": "zh"}, "There is nothing at this address"),
        ({}, "此地址没有内容"),
    ],
)
async def test_a_problem_speaks_the_reader_s_language(
    service: Service, headers: dict[str, str], title: str
) -> None:
    response = await service.get("/broadcasts/nothing", headers=headers)
    assert (await problem(response, 404))["title"] == title


async def test_the_language_can_be_chosen_and_is_kept(service: Service) -> None:
    response = await service.get("/courts?lang=en")
    assert response.cookies["tingbo_lang"].value == "en"
    assert response.cookies["tingbo_lang"]["samesite"] == "Lax"


async def test_fields_are_named(service: Service) -> None:
    admin = await service.token("ada", Role.ADMINISTRATOR)
    body = {"name": "", "level": "galactic", "nmae_en": "x"}
    response = await service.post("/courts?lang=en", body, headers=admin)
    found = await problem(response, 422)
    assert {one["field"] for one in found["errors"]} == {"name", "level", "nmae_en"}
    assert all(one["message"] for one in found["errors"])


async def test_what_is_not_json_is_refused(service: Service) -> None:
    for data, media, status in (
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"null", "application/json", 422),
        (b"name=x", "application/x-www-form-urlencoded", 415),
    ):
        response = await service.client.post(
            "/api/v1/sign-in", data=data, headers={"Content-Type": media}
        )
        await problem(response, status)


async def test_too_much_is_refused(service: Service) -> None:
    big = b'"' + b"x" * (2 << 20) + b'"'
    response = await service.client.post(
        "/api/v1/sign-in", data=BytesIO(big), headers={"Content-Type": "application/json"}
    )
    await problem(response, 413)


async def test_a_wrong_method_is_told(service: Service) -> None:
    response = await service.client.put("/api/v1/courts")
    assert (await problem(response, 405))["code"] == "http-405"
    assert "GET" in response.headers["Allow"]


async def test_people_get_a_page(service: Service) -> None:
    response = await service.client.get("/nothing?lang=en", headers={"Accept": "text/html"})
    assert response.status == 404
    assert response.content_type == "text/html"
    assert 'lang="en"' in await response.text()
