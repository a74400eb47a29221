"""One's own account: second factor, sessions, API tokens."""

import base64
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.accounts.roles import Role
from server.accounts.totp import hotp, step_at
from tests.server.conftest import PASSWORD, Service

Headers = dict[str, str]
AGAIN = {"password": PASSWORD}


async def sign_in(service: Service, name: str, **more: Any) -> Headers:  # noqa: ANN401
    """Sign in as a browser that has never been here; return the session's headers."""
    service.client.session.cookie_jar.clear()
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/146.0"}
    response = await service.post("/sign-in", {"name": name, **AGAIN, **more}, headers=agent)
    assert response.status == 200, await response.text()
    cookie = response.cookies["tingbo_session"].value
    assert response.cookies["tingbo_browser"]["httponly"]
    service.client.session.cookie_jar.clear()
    return {"Cookie": f"tingbo_session={cookie}"}


@pytest.fixture
async def tom(service: Service) -> Headers:
    """A session of a technician at the court of the east."""
    await service.person("tom", Role.TECHNICIAN, "east")
    return await sign_in(service, "tom")


def asked(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a token that may be asked for."""
    until = datetime.now(UTC) + timedelta(days=30)
    return {"label": "cron", "scopes": ["stop"], "expires_at": until.isoformat()} | more


async def test_the_second_factor_from_begin_to_end(service: Service, tom: Headers) -> None:
    other = await sign_in(service, "tom")
    refused = await service.post("/me/second-factor", {"password": "x"}, headers=tom)
    assert refused.status == 422
    begun = await (await service.post("/me/second-factor", AGAIN, headers=tom)).json()
    secret = base64.b32decode(begun["secret"])
    assert begun["secret"] in begun["uri"]
    now = step_at(time.time())
    body = {"code": hotp(secret, now)}
    confirmed = await service.post("/me/second-factor/confirm", body, headers=tom)
    codes = (await confirmed.json())["codes"]
    assert (await service.get("/me", headers=other)).status == 401
    asks = await service.post("/sign-in", {"name": "tom", **AGAIN})
    assert (asks.status, (await asks.json())["code"]) == (401, "code-needed")
    again = await sign_in(service, "tom", code=hotp(secret, now + 1))
    state = await (await service.get("/me/second-factor", headers=again)).json()
    assert (state["since"] is not None, state["recovery_codes_left"]) == (True, 10)
    renewed = await service.post("/me/recovery-codes", AGAIN, headers=again)
    assert not set(codes) & set((await renewed.json())["codes"])
    gone = await service.post("/me/second-factor/remove", AGAIN, headers=again)
    assert gone.status == 204
    await sign_in(service, "tom")


async def test_whose_role_needs_it_sets_it_up_before_all_else(
    service: Service, tom: Headers
) -> None:
    admin = await service.token("ada", Role.ADMINISTRATOR)
    rules = {"rules": [{"role": "technician", "court": "east"}]}
    assert (await service.put("/second-factor-rules", rules, headers=admin)).status == 200
    refused = await service.get("/courtrooms", headers=tom)
    assert refused.status == 403
    page = await service.client.get(
        "/console/records", headers=tom | {"Accept": "text/html"}, allow_redirects=False
    )
    assert page.headers["Location"] == "/console/account"
    # No token is a way around it.
    assert (await service.post("/me/tokens", asked(), headers=tom)).status == 403
    begun = await (await service.post("/me/second-factor", AGAIN, headers=tom)).json()
    code = hotp(base64.b32decode(begun["secret"]), step_at(time.time()))
    await service.post("/me/second-factor/confirm", {"code": code}, headers=tom)
    assert (await service.get("/courtrooms", headers=tom)).status == 200
    me = (await (await service.get("/me", headers=tom)).json())["id"]
    # An administrator helps who has lost the app; then it must be set up anew.
    listed = (await (await service.get("/people", headers=admin)).json())["people"]
    assert [one["name"] for one in listed if one["has_second_factor"]] == ["tom"]
    lost = await service.client.delete(f"/api/v1/people/{me}/second-factor", headers=admin)
    assert lost.status == 200
    tom = await sign_in(service, "tom")
    assert (await service.get("/courtrooms", headers=tom)).status == 403


async def test_sessions_are_seen_and_ended(service: Service, tom: Headers) -> None:
    other = await sign_in(service, "tom")
    third = await sign_in(service, "tom")
    found = (await (await service.get("/me/sessions", headers=tom)).json())["sessions"]
    assert [one["device"] for one in found] == ["Firefox, Windows"] * 3
    assert [one["is_this"] for one in found] == [False, False, True]
    assert all(one["seen_at"] for one in found)
    path = f"/api/v1/me/sessions/{found[1]['id']}"
    judy = await service.person("judy", Role.CLERK)
    judys = await sign_in(service, judy.name)
    assert (await service.client.delete(path, headers=judys)).status == 404
    assert (await service.client.delete(path, headers=tom)).status == 204
    assert (await service.get("/me", headers=other)).status == 401
    assert (await service.client.delete("/api/v1/me/sessions", headers=tom)).status == 204
    assert (await service.get("/me", headers=third)).status == 401
    assert (await service.get("/me", headers=tom)).status == 200


async def test_a_token_does_what_was_asked_for_and_no_more(service: Service) -> None:
    person = await service.person("tom", Role.ADMINISTRATOR)
    tom = await sign_in(service, person.name)
    made = await service.post("/me/tokens", asked(scopes=["equip"], court="east"), headers=tom)
    assert made.status == 201
    token = await made.json()
    by = {"Authorization": f"Bearer {token['token']}"}
    me = await (await service.get("/me", headers=by)).json()
    assert (me["permissions"], me["roles"]) == (
        ["equip"],
        [{"role": "administrator", "court": "east", "division": None}],
    )
    court = await (await service.post("/courts", {"name": "西城法院"}, headers=tom)).json()
    body = {"court": court["id"], "name": "第一法庭"}
    assert (await service.post("/courtrooms", body, headers=by)).status == 403
    assert (await service.get("/people", headers=by)).status == 403
    listed = (await (await service.get("/me/tokens", headers=tom)).json())["tokens"]
    assert [(one["label"], one["scopes"]) for one in listed] == [("cron", ["equip"])]
    assert listed[0]["used_at"] is not None
    assert "token" not in listed[0]
    gone = await service.client.delete(f"/api/v1/me/tokens/{token['id']}", headers=tom)
    assert gone.status == 204
    assert (await service.get("/me", headers=by)).status == 401


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"scopes": ["administer"]}, 403),
        ({"court": "west"}, 403),
        ({"scopes": []}, 422),
        ({"scopes": ["fly"]}, 422),
        ({"expires_at": "2020-01-01T00:00:00+00:00"}, 422),
        ({"expires_at": "2999-01-01T00:00:00+00:00"}, 422),
        ({"expires_at": "2026-11-26T00:00:00"}, 422),
        ({"label": ""}, 422),
    ],
)
async def test_a_token_that_may_not_be(
    service: Service, tom: Headers, more: dict[str, Any], status: int
) -> None:
    assert (await service.post("/me/tokens", asked(**more), headers=tom)).status == status


async def test_a_token_changes_nothing_of_its_person(service: Service) -> None:
    token = await service.token("ada", Role.ADMINISTRATOR)
    calls = [
        ("POST", "tokens", asked()),
        ("GET", "tokens", None),
        ("GET", "sessions", None),
        ("DELETE", "sessions", None),
        ("POST", "second-factor", AGAIN),
        ("POST", "second-factor/confirm", {"code": "000000"}),
        ("POST", "second-factor/remove", AGAIN),
        ("POST", "recovery-codes", AGAIN),
    ]
    for method, path, body in calls:
        response = await service.client.request(
            method, f"/api/v1/me/{path}", json=body, headers=token
        )
        assert response.status == 403, path


async def test_a_known_browser_gets_in_past_a_neighbour_who_guesses(service: Service) -> None:
    """All come from one address here, as a court does behind its router."""
    await service.person("tom", Role.TECHNICIAN)
    known = (await service.post("/sign-in", {"name": "tom", **AGAIN})).cookies["tingbo_browser"]
    service.client.session.cookie_jar.clear()
    for number in range(60):
        guess = await service.post("/sign-in", {"name": f"guess{number}", "password": "guess"})
        assert guess.status == 401
    body = {"name": "tom", **AGAIN}
    assert (await service.post("/sign-in", body)).status == 429
    headers = {"Cookie": f"tingbo_browser={known.value}"}
    assert (
        await service.post("/sign-in", {**body, "name": "guess1"}, headers=headers)
    ).status == 429
    assert (await service.post("/sign-in", body, headers=headers)).status == 200


async def test_a_session_does_not_help_to_guess_the_password(
    service: Service, tom: Headers
) -> None:
    for _ in range(8):
        wrong = await service.post("/me/second-factor", {"password": "guess"}, headers=tom)
        assert wrong.status == 422
    assert (await service.post("/me/second-factor", AGAIN, headers=tom)).status == 429
    change = {"old_password": PASSWORD, "new_password": "another way to the court"}
    assert (await service.post("/me/password", change, headers=tom)).status == 429
    tom = await sign_in(service, "tom")  # the owner is not locked out
    assert (await service.post("/me/second-factor", AGAIN, headers=tom)).status == 201
