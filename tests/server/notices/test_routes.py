"""Public notices through the API and on the portal: what the public reads, and until when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.accounts.roles import Role
from server.database import DATABASE
from tests.server.conftest import Service

PAGE = {"Accept": "text/html"}


@dataclass
class Registry:
    """A court of cn-default with a civil hearing in so many days."""

    service: Service
    court: str
    room: str
    applicant: dict[str, str]
    technician: dict[str, str]

    async def did(self, method: str, path: str, body: object = None, status: int = 201) -> Any:  # noqa: ANN401
        response = await self.service.client.request(
            method, f"/api/v1{path}", json=body, headers=self.applicant, params={"lang": "en"}
        )
        assert response.status == status, await response.text()
        return await response.json()

    async def hearing(self, days: int, number: int = 1) -> str:
        body = {
            "case_number": f"（2026）苏9999民初{number}号",
            "courtroom": self.room,
            "title": "甲公司诉乙公司",
            "cause": "买卖合同纠纷",
            "scheduled_at": (datetime.now(UTC) + timedelta(days=days)).isoformat(),
        }
        return str((await self.did("POST", "/hearings", body))["id"])

    async def parties(self, hearing: str) -> None:
        for role, name, alias in (
            ("plaintiff", "甲公司", ""),
            ("defendant", "王小明", "王某"),
            ("witness", "李某", ""),
        ):
            body = {"role": role, "name": name, "alias": alias}
            path = f"/api/v1/hearings/{hearing}/participants"
            response = await self.service.client.post(path, json=body, headers=self.technician)
            assert response.status == 201

    async def page(self, path: str, language: str = "en") -> str:
        response = await self.service.client.get(path, params={"lang": language}, headers=PAGE)
        assert response.status == 200
        return await response.text()


@pytest.fixture
async def registry(service: Service) -> Registry:
    admin = await service.token("ann", Role.ADMINISTRATOR)
    court = (await (await service.post("/courts", {"name": "法院"}, headers=admin)).json())["id"]
    room = {"court": court, "name": "第一法庭", "name_en": "Courtroom 1"}
    made = await (await service.post("/courtrooms", room, headers=admin)).json()
    await service.put(f"/courts/{court}/policy", {"policy": "cn-default"}, headers=admin)
    applicant = await service.token("abe", Role.APPLICANT, court)
    technician = await service.token("tom", Role.TECHNICIAN, court)
    return Registry(service, court, made["id"], applicant, technician)


async def test_a_notice_in_time_is_public_until_it_is_withdrawn(registry: Registry) -> None:
    hearing = await registry.hearing(3)
    path = f"/hearings/{hearing}/notice"
    assert (await registry.did("GET", path, status=200))["missing"] == ["parties"]
    assert (await registry.did("POST", path, {}, 422))["errors"][0]["field"] == "parties"
    await registry.parties(hearing)
    its = await registry.did("POST", path, {})
    assert (its["days"], its["needed_days"], its["flaw"]) == (3, 3, None)
    await registry.did("POST", path, {}, 409)  # it is out
    notice = its["current"]["id"]

    [listed] = (await (await registry.service.get("/notices")).json())["notices"]
    assert listed["text"]["parties"] == [
        {"role": "plaintiff", "name": "甲公司"},
        {"role": "defendant", "name": "王某"},
    ]
    for address in ("/notices", f"/notices/{notice}"):
        for language in ("en", "zh-CN"):
            shown = await registry.page(address, language)
            assert "买卖合同纠纷" in shown
            assert "王某" in shown
            for secret in ("王小明", "李某", "苏9999", "甲公司诉"):
                assert secret not in shown

    reason = {"reason": "调解"}
    other = registry.service.client.post(
        f"/api/v1/notices/{notice}/withdrawal",
        json=reason,
        headers=await registry.service.token("eve", Role.TECHNICIAN, "elsewhere"),
    )
    assert (await other).status == 403
    withdrawn = await registry.did("POST", f"/notices/{notice}/withdrawal", reason, 200)
    assert (withdrawn["state"], withdrawn["text"]) == ("withdrawn", None)
    await registry.did("POST", f"/notices/{notice}/withdrawal", reason, 409)
    tombstone = await registry.page(f"/notices/{notice}")
    assert "调解" in tombstone
    assert "王某" not in tombstone
    assert "王某" not in await registry.page("/notices")


async def test_before_its_notice_no_page_names_a_case(registry: Registry) -> None:
    hearing = await registry.hearing(5)
    plan = {"hearing": hearing, "medium": ["image_text"]}
    broadcast = (await registry.did("POST", "/broadcasts", plan))["id"]
    page = f"/broadcasts/{broadcast}"
    pages = ("/", page, f"{page}/complaint", f"{page}/corrections", f"/embed/{broadcast}")
    answers = ("/broadcasts?state=upcoming", page)

    async def shown() -> list[str]:
        said = [await registry.page(one) for one in pages]
        return said + [await (await registry.service.get(one)).text() for one in answers]

    async def fed() -> str:
        answer = await registry.service.client.get("/feeds/hearings.atom")
        assert answer.status == 200
        return await answer.text()

    assert "<entry>" not in await fed()
    for text_shown in await shown():
        assert "Case not announced yet" in text_shown or "案件尚未公告" in text_shown
        for secret in ("甲公司", "苏9999", "买卖合同"):
            assert secret not in text_shown
    await registry.parties(hearing)
    await registry.did("POST", f"/hearings/{hearing}/notice", {})
    for text_shown in [*await shown(), await fed()]:
        assert "买卖合同纠纷" in text_shown
        assert "王某" in text_shown
        for secret in ("苏9999", "甲公司诉", "王小明"):
            assert secret not in text_shown


async def test_a_late_notice_needs_a_reason(registry: Registry) -> None:
    hearing = await registry.hearing(2)
    await registry.parties(hearing)
    path = f"/hearings/{hearing}/notice"
    refused = await registry.did("POST", path, {}, 409)
    assert "must be out 3 days before the hearing, and there are 2" in refused["detail"]
    its = await registry.did("POST", path, {"late_reason": "Both sides agree."})
    assert its["flaw"] is None


async def test_a_changed_hearing_needs_a_new_notice(registry: Registry) -> None:
    hearing = await registry.hearing(5)
    await registry.parties(hearing)
    path = f"/hearings/{hearing}/notice"
    first = (await registry.did("POST", path, {}))["current"]["id"]
    later = {"scheduled_at": (datetime.now(UTC) + timedelta(days=6)).isoformat()}
    await registry.did("PATCH", f"/hearings/{hearing}", later, 200)
    assert (await registry.did("GET", path, status=200))["flaw"] == "changed"
    assert "new notice" in await registry.page(f"/notices/{first}")
    its = await registry.did("POST", path, {})
    assert [one["state"] for one in its["notices"]] == ["published", "replaced"]
    assert f"/notices/{its['current']['id']}" in await registry.page(f"/notices/{first}")


async def test_two_who_publish_at_once_leave_one_notice(registry: Registry) -> None:
    hearing = await registry.hearing(5)
    await registry.parties(hearing)
    path = f"/api/v1/hearings/{hearing}/notice"

    async def publish() -> int:
        post = registry.service.client.post
        return (await post(path, json={}, headers=registry.applicant)).status

    assert sorted(await asyncio.gather(publish(), publish())) == [201, 409]
    listed = (await (await registry.service.get("/notices")).json())["notices"]
    assert len(listed) == 1


async def test_the_list_goes_on(registry: Registry) -> None:
    for number in range(1, 4):
        hearing = await registry.hearing(4, number)
        await registry.parties(hearing)
        await registry.did("POST", f"/hearings/{hearing}/notice", {})
    listed = (await (await registry.service.get("/notices")).json())["notices"]
    at = datetime.fromisoformat(listed[0]["text"]["scheduled_at"])
    place = f"{round(at.timestamp() * 1_000_000)}.{listed[0]['id']}"
    rest = await (await registry.service.get("/notices", params={"after": place})).json()
    assert [one["id"] for one in rest["notices"]] == [one["id"] for one in listed[1:]]
    for place in ("x", "9" * 30 + ".a", "-1.a", "1."):
        assert (await registry.service.get("/notices", params={"after": place})).status == 400


async def test_what_was_public_stays_on_record(registry: Registry) -> None:
    hearing = await registry.hearing(4)
    await registry.parties(hearing)
    await registry.did("POST", f"/hearings/{hearing}/notice", {})
    for table in ("notices", "participants"):
        for statement in (f"UPDATE {table} SET id = 'x'", f"DELETE FROM {table}"):  # noqa: S608
            with pytest.raises(DBAPIError, match="append-only"):
                async with registry.service.app[DATABASE].begin() as connection:
                    await connection.execute(text(statement))


async def test_a_name_withdrawn_from_the_broadcast_goes_from_the_notice(registry: Registry) -> None:
    hearing = await registry.hearing(5)
    await registry.parties(hearing)
    its = await registry.did("POST", f"/hearings/{hearing}/notice", {})
    plan = {"hearing": hearing, "delay_s": 30, "medium": ["image_text"]}
    broadcast = await registry.did("POST", "/broadcasts", plan)
    what = {"kind": "name", "target": "王某", "mark": "被告甲", "reason": "minor"}
    judge = await registry.service.token("jin", Role.PRESIDING_JUDGE, registry.court)
    made = await registry.service.client.post(
        f"/api/v1/broadcasts/{broadcast['id']}/withdrawals", json=what, headers=judge
    )
    assert made.status == 201, await made.text()
    addresses = ("/notices", f"/notices/{its['current']['id']}")
    listed = await (await registry.service.get("/notices")).json()
    for shown in (*[await registry.page(one) for one in addresses], str(listed)):
        assert "王某" not in shown
        assert "被告甲" in shown
    # The court itself goes on working with the name.
    its = await registry.did("GET", f"/hearings/{hearing}/notice", status=200)
    assert "王某" in str(its["current"])
    withdrawal = (await made.json())["id"]
    back = await registry.service.client.post(
        f"/api/v1/withdrawals/{withdrawal}/restore", json={"note": "asked"}, headers=judge
    )
    assert back.status == 200
    assert "王某" in await registry.page(addresses[0])
