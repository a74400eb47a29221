"""Administrators manage people, within the courts that are theirs."""

import asyncio
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select, update

from server.accounts.roles import Role
from server.accounts.tables import invitations
from server.database import DATABASE
from server.event_stream import STREAMS
from server.journal.tables import journal
from tests.server.conftest import Service, StartService

NEW = "another way to the court"
Headers = dict[str, str]


@pytest.fixture
async def admin(service: Service) -> Headers:
    """Headers of an administrator of every court."""
    return await service.token("ada", Role.ADMINISTRATOR)


async def court(service: Service, admin: Headers, name: str) -> str:
    """Add a court; return its id."""
    response = await service.post("/courts", {"name": name}, headers=admin)
    return str((await response.json())["id"])


def role(name: str, court: str | None = None) -> dict[str, str | None]:
    return {"role": name, "court": court, "division": None}


async def add(service: Service, admin: Headers, name: str, *roles: object) -> dict[str, Any]:
    """Add a person; return the answer."""
    body = {"name": name, "display_name": name.title(), "roles": roles or [role("technician")]}
    response = await service.post("/people", body, headers=admin)
    assert response.status == HTTPStatus.CREATED, await response.text()
    answer: dict[str, Any] = await response.json()
    return answer


async def sign_in(service: Service, name: str, password: str) -> Headers:
    """Sign in; return the session's headers."""
    response = await service.post("/sign-in", {"name": name, "password": password})
    assert response.status == HTTPStatus.OK, await response.text()
    cookie = response.cookies["tingbo_session"].value
    service.client.session.cookie_jar.clear()
    return {"Cookie": f"tingbo_session={cookie}"}


async def status_of(service: Service, headers: Headers) -> int:
    return (await service.get("/me", headers=headers)).status


async def me_may(service: Service, headers: Headers) -> set[str]:
    return set((await (await service.get("/me", headers=headers)).json())["permissions"])


@pytest.mark.parametrize("other", [one for one in Role if one is not Role.ADMINISTRATOR])
async def test_only_administrators_manage_people(service: Service, other: Role) -> None:
    headers = await service.token("tom", other)
    calls = [
        service.get("/people", headers=headers),
        service.post("/people", {}, headers=headers),
        service.client.patch("/api/v1/people/x", json={}, headers=headers),
        *(service.post(f"/people/x/{act}", headers=headers) for act in ("invitation", "leave")),
        service.post("/people/x/return", headers=headers),
    ]
    assert {(await call).status for call in calls} == {HTTPStatus.FORBIDDEN}


async def accept(service: Service, invitation: str, password: str = NEW) -> int:
    """Choose a password by an invitation's link; return the status."""
    body = {"secret": invitation.partition("#")[2], "new_password": password}
    return (await service.post("/invitations/accept", body)).status


async def invited(service: Service, admin: Headers, name: str, *roles: object) -> dict[str, Any]:
    """Add a person who chooses NEW."""
    added = await add(service, admin, name, *roles)
    assert await accept(service, added["invitation"]) == HTTPStatus.OK
    return added


async def test_whoever_is_invited_chooses_the_password_once(
    service: Service, admin: Headers
) -> None:
    added = await add(service, admin, "Tina", role("administrator"))
    assert (added["name"], added["must_change_password"]) == ("tina", False)
    assert added["invitation"].startswith(f"{service.client.make_url('/console/invitation')}#")
    for nothing in ("", "tina", "guess"):  # there is no password, not even a default one
        refused = await service.post("/sign-in", {"name": "tina", "password": nothing or " x"})
        assert refused.status == HTTPStatus.UNAUTHORIZED
    listed = await service.get("/people", headers=admin)
    text = await listed.text()
    assert added["invitation"].partition("#")[2] not in text
    assert [one["invited_until"] for one in json.loads(text)["people"]] == [
        None,
        added["invited_until"],
    ]
    assert await accept(service, added["invitation"], "short") == HTTPStatus.UNPROCESSABLE_ENTITY
    assert await accept(service, added["invitation"]) == HTTPStatus.OK
    assert await accept(service, added["invitation"], "quite another one") == HTTPStatus.GONE
    headers = await sign_in(service, "tina", NEW)
    assert (await service.get("/people", headers=headers)).status == HTTPStatus.OK


async def test_an_invitation_ends_by_time_by_another_and_by_leaving(
    service: Service, admin: Headers
) -> None:
    added = await add(service, admin, "tina")
    newer = await (await service.post(f"/people/{added['id']}/invitation", headers=admin)).json()
    assert await accept(service, added["invitation"]) == HTTPStatus.GONE
    async with service.app[DATABASE].begin() as connection:
        await connection.execute(update(invitations).values(expires_at=datetime.now(UTC)))
    assert await accept(service, newer["invitation"]) == HTTPStatus.GONE
    newest = await (await service.post(f"/people/{added['id']}/invitation", headers=admin)).json()
    await service.post(f"/people/{added['id']}/leave", headers=admin)
    assert await accept(service, newest["invitation"]) == HTTPStatus.GONE
    again = await service.post(f"/people/{added['id']}/invitation", headers=admin)
    assert again.status == HTTPStatus.CONFLICT


async def test_a_name_is_given_once(service: Service, admin: Headers) -> None:
    await add(service, admin, "tina")
    body = {"name": "TINA", "display_name": "T", "roles": [role("clerk")]}
    assert (await service.post("/people", body, headers=admin)).status == HTTPStatus.CONFLICT


@pytest.mark.parametrize(
    "roles", [[], [role("emperor")], [role("clerk", "nowhere")], [{"role": "clerk", "rank": 1}]]
)
async def test_a_wrong_role_is_refused(
    service: Service, admin: Headers, roles: list[object]
) -> None:
    body = {"name": "tina", "display_name": "T", "roles": roles}
    response = await service.post("/people", body, headers=admin)
    assert response.status == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_two_roles_at_two_courts_change_at_once(service: Service, admin: Headers) -> None:
    east, west = await court(service, admin, "东"), await court(service, admin, "西")
    roles = [role("clerk", east), role("technician", west), role("clerk", east)]
    added = await invited(service, admin, "tina", *roles)
    assert added["roles"] == roles[:2]
    headers = await sign_in(service, "tina", NEW)
    assert {"order", "report"} <= await me_may(service, headers)
    path = f"/api/v1/people/{added['id']}"
    change = {"display_name": "Tina T.", "roles": [role("technician", west)]}
    changed = await (await service.client.patch(path, json=change, headers=admin)).json()
    assert (changed["display_name"], changed["roles"]) == ("Tina T.", change["roles"])
    assert "report" not in await me_may(service, headers)
    again = await (await service.client.patch(path, json={"roles": roles}, headers=admin)).json()
    assert sorted(one["role"] for one in again["roles"]) == ["clerk", "technician"]


async def test_a_new_invitation_ends_password_and_sessions(
    service: Service, admin: Headers
) -> None:
    added = await invited(service, admin, "tina")
    headers = await sign_in(service, "tina", NEW)
    assert await status_of(service, headers) == HTTPStatus.OK
    response = await service.post(f"/people/{added['id']}/invitation", headers=admin)
    renewed = await response.json()
    assert response.headers["Cache-Control"] == "no-store"
    assert await status_of(service, headers) == HTTPStatus.UNAUTHORIZED
    refused = await service.post("/sign-in", {"name": "tina", "password": NEW})
    assert refused.status == HTTPStatus.UNAUTHORIZED
    assert await accept(service, renewed["invitation"], f"{NEW}!") == HTTPStatus.OK
    assert await sign_in(service, "tina", f"{NEW}!")


async def test_an_administrator_ends_what_others_are_signed_in_with(
    service: Service, admin: Headers
) -> None:
    token = await service.token("tina", Role.CLERK)
    tina = (await (await service.get("/me", headers=token)).json())["id"]
    session = await sign_in(service, "tina", "a long way to the court")
    path = f"/api/v1/people/{tina}"
    found = await (await service.client.get(f"{path}/sign-ins", headers=admin)).json()
    assert [one["device"] for one in found["sessions"]] == ["Python"]
    [shown] = found["tokens"]
    assert shown["used_at"] is not None
    gone = await service.client.delete(f"{path}/tokens/{shown['id']}", headers=admin)
    assert gone.status == HTTPStatus.NO_CONTENT
    assert await status_of(service, token) == HTTPStatus.UNAUTHORIZED
    assert await status_of(service, session) == HTTPStatus.OK
    assert (await service.client.delete(f"{path}/sessions", headers=admin)).status == 204
    assert await status_of(service, session) == HTTPStatus.UNAUTHORIZED
    gone = await service.client.delete(f"{path}/tokens/{shown['id']}", headers=admin)
    assert gone.status == HTTPStatus.NOT_FOUND


async def test_who_leaves_is_out_at_once_and_may_return(service: Service, admin: Headers) -> None:
    token = await service.token("tina", Role.CLERK)
    session = await sign_in(service, "tina", "a long way to the court")
    tina = (await (await service.get("/me", headers=token)).json())["id"]
    assert await status_of(service, session) == HTTPStatus.OK
    left = await (await service.post(f"/people/{tina}/leave", headers=admin)).json()
    assert left["left_at"] is not None
    assert await status_of(service, session) == HTTPStatus.UNAUTHORIZED
    assert await status_of(service, token) == HTTPStatus.UNAUTHORIZED
    body = {"name": "tina", "password": "a long way to the court"}
    assert (await service.post("/sign-in", body)).status == HTTPStatus.UNAUTHORIZED
    listed = (await (await service.get("/people", headers=admin)).json())["people"]
    assert [one["roles"] for one in listed if one["id"] == tina] == [[role("clerk")]]

    back = await (await service.post(f"/people/{tina}/return", headers=admin)).json()
    assert back["left_at"] is None
    assert await sign_in(service, "tina", "a long way to the court")
    assert await status_of(service, session) == HTTPStatus.UNAUTHORIZED
    assert await status_of(service, token) == HTTPStatus.UNAUTHORIZED


async def test_another_server_hears_of_it(start_service: StartService) -> None:
    service = await start_service()
    admin = await service.token("ada", Role.ADMINISTRATOR)
    token = await service.token("tina", Role.CLERK)
    tina = (await (await service.get("/me", headers=token)).json())["id"]
    over = asyncio.Event()

    async def read() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            over.set()

    task = asyncio.create_task(read())
    await asyncio.sleep(0)
    service.app[STREAMS][task] = tina
    await service.post(f"/people/{tina}/leave", headers=admin)
    async with asyncio.timeout(30):
        await over.wait()
    del service.app[STREAMS][task]


async def test_nobody_locks_out_the_last_administrator(service: Service, admin: Headers) -> None:
    ada = (await (await service.get("/me", headers=admin)).json())["id"]
    path, clerk = f"/api/v1/people/{ada}", {"roles": [role("clerk")]}
    assert (await service.post(f"/people/{ada}/leave", headers=admin)).status == 409
    assert (await service.client.patch(path, json=clerk, headers=admin)).status == 409
    assert await status_of(service, admin) == HTTPStatus.OK
    eve = await add(service, admin, "eve", role("administrator"))
    await service.post(f"/people/{eve['id']}/leave", headers=admin)
    assert (await service.post(f"/people/{ada}/leave", headers=admin)).status == 409
    await service.post(f"/people/{eve['id']}/return", headers=admin)
    assert (await service.post(f"/people/{ada}/leave", headers=admin)).status == 200
    assert await status_of(service, admin) == HTTPStatus.UNAUTHORIZED


async def test_the_machine_s_token_helps_who_lost_the_password(
    service: Service, admin: Headers
) -> None:
    ada = (await (await service.get("/me", headers=admin)).json())["id"]
    first = await service.post(f"/people/{ada}/invitation", headers=admin)
    assert first.status == HTTPStatus.OK
    response = await service.post(f"/people/{ada}/invitation", headers=admin)
    assert await accept(service, (await response.json())["invitation"]) == HTTPStatus.OK
    assert await sign_in(service, "ada", NEW)


async def test_an_administrator_of_one_court_stays_there(service: Service, admin: Headers) -> None:
    east, west = await court(service, admin, "东"), await court(service, admin, "西")
    local = await service.token("lea", Role.ADMINISTRATOR, east)
    tina = await add(service, local, "tina", role("clerk", east))
    both = await add(service, admin, "both", role("clerk", east), role("clerk", west))
    wes = await add(service, admin, "wes", role("clerk", west))
    listed = (await (await service.get("/people", headers=local)).json())["people"]
    assert {one["name"] for one in listed} == {"lea", "tina", "both"}
    for other in (role("clerk", west), role("clerk")):
        body = {"name": "new", "display_name": "N", "roles": [other]}
        assert (await service.post("/people", body, headers=local)).status == HTTPStatus.FORBIDDEN
        path = f"/api/v1/people/{tina['id']}"
        response = await service.client.patch(path, json={"roles": [other]}, headers=local)
        assert response.status == HTTPStatus.FORBIDDEN
    for person in (both, wes):
        for act in ("invitation", "leave", "return"):
            response = await service.post(f"/people/{person['id']}/{act}", headers=local)
            assert response.status == HTTPStatus.FORBIDDEN
    change = {"roles": [role("technician", east), role("clerk", west)]}
    path = f"/api/v1/people/{both['id']}"
    response = await service.client.patch(path, json=change, headers=local)
    assert response.status == HTTPStatus.OK
    assert (await service.post("/people/nobody/leave", headers=admin)).status == 404


async def test_the_journal_tells_it_without_the_secrets(service: Service, admin: Headers) -> None:
    added = await add(service, admin, "tina")
    again = await (await service.post(f"/people/{added['id']}/invitation", headers=admin)).json()
    await accept(service, again["invitation"])
    for act in ("leave", "leave", "return"):
        await service.post(f"/people/{added['id']}/{act}", headers=admin)
    async with service.app[DATABASE].read() as connection:
        query = select(journal).where(journal.c.object == f"person:{added['id']}")
        found = (await connection.execute(query.order_by(journal.c.sequence))).mappings().all()
    deeds = ["add", "invite", "accept", "leave", "return"]
    assert [one["action"] for one in found] == [f"person.{deed}" for deed in deeds]
    secrets = {one["invitation"].partition("#")[2] for one in (added, again)} | {NEW}
    assert not any(secret in one["details"] for one in found for secret in secrets)
