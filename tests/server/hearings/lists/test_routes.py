"""A list through the API: looked at, taken over once, refused as a whole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from server.accounts.roles import Role
from server.database import DATABASE
from server.journal.store import entries
from tests.server.conftest import Service
from tests.server.hearings.lists.writing import sheet_xml, workbook

DAY = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
HEADINGS = ["案号", "法庭", "开庭时间", "案由", "审判长", "原告", "被告"]
ROWS = [
    ["（2026）苏9999民初1号", "第一法庭", f"{DAY} 09:30", "买卖合同纠纷", "Jo", "甲公司", "乙公司"],
    ["(2026)苏9999民初2号", "第二法庭", f"{DAY} 14:00", "借款纠纷", "", "丙某、丁某", "戊某"],
]


def csv(*rows: list[str]) -> bytes:
    return "\n".join(",".join(row) for row in (HEADINGS, *rows)).encode("gb18030")


@dataclass
class Office:
    """A court with two rooms, its technician and the people who may not import."""

    service: Service
    court: str
    technician: dict[str, str]

    async def send(
        self, data: bytes | BytesIO, plan: str = "", by: dict[str, str] | None = None
    ) -> Any:  # noqa: ANN401
        query = {"lang": "en"} | ({"plan": plan} if plan else {})
        path = f"/api/v1/courts/{self.court}/hearing-list"
        headers = by or self.technician
        return await self.service.client.post(path, params=query, data=data, headers=headers)

    async def look(self, data: bytes) -> Any:  # noqa: ANN401
        response = await self.send(data)
        assert response.status == 200, await response.text()
        return await response.json()

    async def take(self, data: bytes) -> Any:  # noqa: ANN401
        response = await self.send(data, (await self.look(data))["plan"])
        assert response.status == 200, await response.text()
        return await response.json()

    async def hearings(self) -> list[Any]:
        response = await self.service.get(
            "/hearings", params={"when": "future"}, headers=self.technician
        )
        found: list[Any] = (await response.json())["hearings"]
        return found


@pytest.fixture
async def office(service: Service) -> Office:
    admin = await service.token("ann", Role.ADMINISTRATOR)
    court = (await (await service.post("/courts", {"name": "法院"}, headers=admin)).json())["id"]
    for name in ("第一法庭", "第二法庭"):
        await service.post("/courtrooms", {"court": court, "name": name}, headers=admin)
    await service.person("jo", Role.PRESIDING_JUDGE, court)
    return Office(service, court, await service.token("tom", Role.TECHNICIAN, court))


async def test_a_list_is_taken_over_once(office: Office) -> None:
    looked = await office.look(csv(*ROWS))
    assert (looked["add"], looked["wrong"], looked["done"]) == (2, [], False)
    assert await office.hearings() == []
    done = await office.take(csv(*ROWS))
    assert (done["add"], done["done"]) == (2, True)
    first, second = await office.hearings()
    assert (first["title"], first["nature"], first["courtroom_name"]) == (
        "买卖合同纠纷",
        "civil",
        "第一法庭",
    )
    assert first["judge"] is not None
    assert second["case_number"] == "（2026）苏9999民初2号"
    path = f"/hearings/{second['id']}/participants"
    listed = await (await office.service.get(path, headers=office.technician)).json()
    told = [(one["role"], one["name"]) for one in listed["participants"]]
    assert told == [("plaintiff", "丙某"), ("plaintiff", "丁某"), ("defendant", "戊某")]
    # The same from another program changes nothing, in the journal neither.
    again = await office.take(workbook(sheet_xml([HEADINGS, *ROWS])))
    assert (again["same"], again["add"], again["change"]) == (2, 0, 0)
    async with office.service.app[DATABASE].read() as connection:
        noted = [one async for one in entries(connection, f"court:{office.court}")]
    assert [one.action for one in noted if one.action == "hearing.import"] == ["hearing.import"]


async def test_changes_are_shown_and_made(office: Office) -> None:
    await office.take(csv(*ROWS))
    changed = [*ROWS[0][:3], "租赁合同纠纷", "", "甲公司、己公司", "乙公司"]
    looked = await office.look(csv(changed, ROWS[1]))
    assert [one["act"] for one in looked["rows"]] == ["change", "same"]
    assert looked["rows"][0]["changes"] == [
        {"field": "cause", "before": "买卖合同纠纷", "after": "租赁合同纠纷"}
    ]
    assert looked["rows"][0]["parties"] == 1
    await office.take(csv(changed, ROWS[1]))
    assert [one["cause"] for one in await office.hearings()] == ["租赁合同纠纷", "借款纠纷"]


async def test_a_wrong_row_stops_the_whole_list(office: Office) -> None:
    data = csv(ROWS[0], ["x", "第九法庭", "soon", "", "", "", ""])
    looked = await office.look(data)
    assert [(one["row"], one["heading"]) for one in looked["wrong"]] == [
        (3, "案号"),
        (3, "法庭"),
        (3, "开庭时间"),
    ]
    refused = await office.send(data, looked["plan"])
    assert refused.status == 422
    assert [one["field"] for one in (await refused.json())["errors"]][:1] == ["3.case_number"]
    assert await office.hearings() == []


async def test_only_what_was_looked_at_is_taken_over(office: Office) -> None:
    plan = (await office.look(csv(*ROWS)))["plan"]
    assert (await office.send(csv(ROWS[0]), plan)).status == 409  # another list
    await office.take(csv(ROWS[0]))
    assert (await office.send(csv(*ROWS), plan)).status == 409  # another calendar
    assert len(await office.hearings()) == 1


async def test_two_who_import_at_once_enter_each_hearing_once(office: Office) -> None:
    plan = (await office.look(csv(*ROWS)))["plan"]
    both = await asyncio.gather(*(office.send(csv(*ROWS), plan) for _ in range(2)))
    assert sorted(one.status for one in both) == [200, 409]
    assert len(await office.hearings()) == 2


async def test_who_may_not_schedule_here_may_not_import(office: Office) -> None:
    for role, court in ((Role.CLERK, office.court), (Role.TECHNICIAN, "elsewhere")):
        by = await office.service.token(role.value, role, court)
        assert (await office.send(csv(*ROWS), by=by)).status == 403


async def test_what_is_no_list_is_refused(office: Office) -> None:
    assert (await office.send(b"")).status == 422
    assert (await office.send(b"\x00" * 100)).status == 422
    assert (await office.send(BytesIO(b"1" * (2 * 1024 * 1024 + 1)))).status == 413


async def test_a_list_names_the_division_and_a_wrong_one_is_named(office: Office) -> None:
    admin = await office.service.token("abe", Role.ADMINISTRATOR)
    path = f"/courts/{office.court}/divisions"
    for name in ("民事审判第一庭", "民事审判第二庭"):
        await office.service.post(path, {"name": name}, headers=admin)
    listed = await (await office.service.get(path, headers=admin)).json()
    first, second = (one["id"] for one in sorted(listed["divisions"], key=lambda its: its["name"]))

    def row(division: str) -> bytes:
        return "\n".join(
            (f"{','.join(HEADINGS)},审判庭", f"{','.join(ROWS[0])},{division}")
        ).encode()

    looked = await office.look(row("少年庭"))
    assert [(one["row"], one["heading"]) for one in looked["wrong"]] == [(2, "审判庭")]
    await office.take(row("民事审判第一庭"))
    assert [one["division"] for one in await office.hearings()] == [first]
    [step] = (await office.look(row("民事审判第二庭")))["rows"]
    told = {"field": "division", "before": "民事审判第一庭", "after": "民事审判第二庭"}
    assert step["changes"] == [told]
    await office.take(row("民事审判第二庭"))
    assert [one["division"] for one in await office.hearings()] == [second]
    gone = await office.service.client.delete(f"/api/v1{path}/{second}", headers=admin)
    assert gone.status == 204
    assert (await office.look(row("民事审判第二庭")))["wrong_count"] == 1
    assert (await office.look(csv(ROWS[0])))["same"] == 1  # a list without the column says nothing
