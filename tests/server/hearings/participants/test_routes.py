"""Participants and their log through the API: who may write, and that nothing is lost."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.accounts.roles import Role
from server.database import DATABASE
from server.journal.store import entries
from tests.server.conftest import Service


@pytest.fixture
async def hearing(service: Service) -> tuple[str, str]:
    """A court and a hearing there."""
    admin = await service.token("ann", Role.ADMINISTRATOR)
    court = (await (await service.post("/courts", {"name": "法院"}, headers=admin)).json())["id"]
    room = {"court": court, "name": "第一法庭"}
    at = (await (await service.post("/courtrooms", room, headers=admin)).json())["id"]
    new = {
        "case_number": "（2026）苏9999民初1号",
        "courtroom": at,
        "title": "案",
        "scheduled_at": "2026-11-23T09:30:00+08:00",
    }
    return court, (await (await service.post("/hearings", new, headers=admin)).json())["id"]


async def test_the_log_of_a_participant(service: Service, hearing: tuple[str, str]) -> None:
    court, its = hearing
    clerk = await service.token("cai", Role.CLERK, court)
    judge = await service.token("jo", Role.PRESIDING_JUDGE, court)
    stranger = await service.token("sam", Role.CLERK, "elsewhere")
    people = f"/hearings/{its}/participants"
    body = {"role": "witness", "name": "王小明", "alias": "王某"}
    for by in (judge, stranger):
        assert (await service.post(people, body, headers=by)).status == 403
    # Two enter the same person at once: one of them is told.
    both = await asyncio.gather(*(service.post(people, body, headers=clerk) for _ in range(2)))
    assert sorted(one.status for one in both) == [201, 409]
    made = await next(one for one in both if one.status == 201).json()

    log = f"/participants/{made['id']}/log"
    told = {"kind": "notified", "value": "telephone", "at": "2026-11-20T09:00:00+08:00"}
    assert (await service.post(log, told, headers=stranger)).status == 403
    assert (await service.post("/participants/nobody/log", told, headers=clerk)).status == 404
    assert (await service.post(log, {"kind": "consent", "value": "x"}, headers=clerk)).status == 422
    assert (await service.post(log, told, headers=clerk)).status == 201
    said = {"kind": "consent", "value": "yes", "note": "by telephone"}
    shown = await (await service.post(log, said, headers=clerk)).json()
    assert (shown["told_how"], shown["consent"]) == ("telephone", "yes")
    assert [one["kind"] for one in shown["log"]] == ["notified", "consent"]

    assert (await service.get(people, headers=stranger)).status == 403
    listed = await (await service.get(people, headers=judge)).json()
    assert [one["name"] for one in listed["participants"]] == ["王小明"]
    async with service.app[DATABASE].read() as connection:
        noted = [one async for one in entries(connection, f"hearing:{its}")]
    assert [one.action for one in noted][1:] == [
        "participant.add",
        "participant.notified",
        "participant.consent",
    ]
    assert not any("王" in one.details for one in noted)
    with pytest.raises(DBAPIError, match="append-only"):
        async with service.app[DATABASE].begin() as connection:
            await connection.execute(text("UPDATE participant_log SET value = 'no'"))


async def test_hostile_values_are_refused(service: Service, hearing: tuple[str, str]) -> None:
    court, its = hearing
    clerk = await service.token("cai", Role.CLERK, court)
    people = f"/hearings/{its}/participants"
    body = {"role": "witness", "name": "王小明", "alias": ""}
    for wrong in ({"name": "a\u202eb"}, {"alias": "a\nb"}, {"role": "king"}, {"name": ""}):
        assert (await service.post(people, body | wrong, headers=clerk)).status == 422
    made = await (await service.post(people, body, headers=clerk)).json()
    log = f"/participants/{made['id']}/log"
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-20T09:00:00"):
        wrong = {"kind": "notified", "value": "telephone", "at": at}
        assert (await service.post(log, wrong, headers=clerk)).status == 422
