"""Anybody complains, the court of the broadcast answers, and nobody else reads it."""

from __future__ import annotations

from server.accounts.roles import Role
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

TOLD = {"text": "My daughter's face is seen.", "contact": "+86 555 0100"}


async def complain(hall: Hall, **more: object) -> int:
    path = f"/broadcasts/{hall.broadcast}/complaints"
    return (await hall.service.post(path, TOLD | more)).status


async def test_a_complaint_is_answered_by_its_court(service: Service) -> None:
    hall = await furnish(service)
    assert await complain(hall, moment="2026-11-26T14:00:00+08:00") == 201
    judge = await service.token("jin", Role.PRESIDING_JUDGE, hall.court)
    for by, status in ((hall.technician, 403), ({}, 401), (judge, 200)):
        assert (await service.get("/complaints", headers=by)).status == status
    stranger = await service.token("sven", Role.TRIAL_MANAGEMENT, "elsewhere")
    assert (await (await service.get("/complaints", headers=stranger)).json())["complaints"] == []
    [one] = (await (await service.get("/complaints", headers=judge)).json())["complaints"]
    assert (one["text"], one["late"]) == (TOLD["text"], False)
    page = await service.client.get("/console/complaints", headers=judge)
    assert "daughter" in await page.text()
    path = f"/complaints/{one['id']}/close"
    body = {"outcome": "withdrawn", "remark": "range taken out"}
    assert (await service.post(path, body, headers=stranger)).status == 403
    assert (await service.post(path, body, headers=judge)).status == 200
    assert (await service.post(path, body, headers=judge)).status == 409
    assert (await (await service.get("/complaints", headers=judge)).json())["complaints"] == []
    closed = await service.get("/complaints?state=closed", headers=judge)
    assert [one["outcome"] for one in (await closed.json())["complaints"]] == ["withdrawn"]


async def test_what_is_no_complaint_and_a_flood_are_refused(service: Service) -> None:
    hall = await furnish(service)
    form = await service.client.get(f"/broadcasts/{hall.broadcast}/complaint")
    assert form.status == 200
    for wrong in ({"text": " "}, {"text": "x" * 2001}, {"contact": "x" * 121}, {"other": "x"}):
        assert await complain(hall, **wrong) == 422
    statuses = [await complain(hall) for _ in range(8)]
    assert statuses == [201] * 6 + [429] * 2
