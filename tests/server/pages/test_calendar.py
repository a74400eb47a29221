"""The staff's calendar: a page at a time, only one's own courts, a hearing with its people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.accounts.roles import Role
from server.hearings.service import PAGE
from tests.server.conftest import Service

PAGE_HEADERS = {"Accept": "text/html"}
TODAY = datetime.now(UTC).date()
DAY, LATER = (str(TODAY + timedelta(days=days)) for days in (30, 37))


@dataclass
class Desk:
    """Two courts; the technician works at the first."""

    service: Service
    courts: list[str]
    technician: dict[str, str]
    admin: dict[str, str]
    hearings: list[str]

    async def page(self, path: str, by: dict[str, str] | None = None, **query: str) -> str:
        headers = PAGE_HEADERS | (by or self.technician)
        response = await self.service.client.get(path, params=query, headers=headers)
        assert response.status == 200, await response.text()
        return await response.text()

    async def calendar(self, **query: str) -> list[str]:
        text = await self.page("/console/calendar", None, **query)
        return re.findall(r'data-hearing="(\w+)"', text)


@pytest.fixture
async def desk(service: Service) -> Desk:
    admin = await service.token("ann", Role.ADMINISTRATOR)

    async def made(path: str, body: Any) -> str:  # noqa: ANN401
        response = await service.post(path, body, headers=admin)
        assert response.status == 201, await response.text()
        return str((await response.json())["id"])

    courts = [await made("/courts", {"name": name}) for name in ("甲法院", "乙法院")]
    hearings = []
    for court, number, day in ((0, 1, DAY), (0, 2, DAY), (1, 3, DAY), (0, 1, LATER)):
        room = await made("/courtrooms", {"court": courts[court], "name": f"法庭{number}"})
        hearing = {
            "case_number": f"（2026）苏9999民初{number}号",
            "courtroom": room,
            "title": f"<b>案{number}</b>",
            "scheduled_at": f"{day}T09:30:00+08:00",
        }
        hearings.append(await made("/hearings", hearing))
    technician = await service.token("tom", Role.TECHNICIAN, courts[0])
    return Desk(service, courts, technician, admin, hearings)


async def test_a_day_shows_the_hearings_of_ones_own_courts(desk: Desk) -> None:
    assert set(await desk.calendar(day=DAY)) == set(desk.hearings[:2])
    assert await desk.calendar(day=DAY, court=desk.courts[1]) == []
    of_case = await desk.calendar(number="(2026) 苏9999民初1号")
    assert of_case == [
        desk.hearings[0],
        desk.hearings[3],
    ]
    assert await desk.calendar(number="（2026）苏9999民初3号") == []
    text = await desk.page("/console/calendar", day=DAY, lang="en")
    assert "&lt;b&gt;案1" in text
    assert f'rel="next" href="?day={LATER}' in text
    everywhere = await desk.page("/console/calendar", desk.admin, day=DAY)
    assert everywhere.count("data-hearing") == 3


async def test_what_is_no_page_is_refused(desk: Desk) -> None:
    for query in (
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"day": "x"},
        {"after": "9" * 40},
        {"number": "1" * 65},
        {"other": "1"},
    ):
        headers = PAGE_HEADERS | desk.technician
        response = await desk.service.client.get("/console/calendar", params=query, headers=headers)
        assert response.status in (400, 422), query


async def test_a_long_day_is_shown_a_page_at_a_time(desk: Desk) -> None:
    rows = "\n".join(
        f"（2026）苏9999民初{number}号,法庭2,{DAY} 10:00" for number in range(100, 100 + PAGE)
    )
    path = f"/api/v1/courts/{desk.courts[0]}/hearing-list"
    data = f"案号,法庭,开庭时间\n{rows}".encode()
    client, by = desk.service.client, desk.technician
    plan = (await (await client.post(path, data=data, headers=by)).json())["plan"]
    await client.post(path, data=data, headers=by, params={"plan": plan})
    text = await desk.page("/console/calendar", day=DAY)
    first = re.findall(r'data-hearing="(\w+)"', text)
    [after] = re.findall(r"after=([\w.]+)\">", text)
    rest = await desk.calendar(day=DAY, after=after)
    assert (len(first), len(rest)) == (PAGE, 2)
    assert not set(first) & set(rest)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_a_hearing_shows_who_was_told(desk: Desk, language: str) -> None:
    path = f"/api/v1/hearings/{desk.hearings[0]}/participants"
    client, by = desk.service.client, desk.technician
    body = {"role": "plaintiff", "name": "<i>甲</i>", "alias": "某"}
    made = await (await client.post(path, json=body, headers=by)).json()
    log = f"/api/v1/participants/{made['id']}/log"
    await client.post(log, json={"kind": "notified", "value": "letter"}, headers=by)
    text = await desk.page(f"/console/hearings/{desk.hearings[0]}", lang=language)
    assert "&lt;i&gt;甲" in text
    assert ("by letter" in text) == (language == "en")
    assert 'id="new-participant"' in text
    assert 'id="publish"' in text
    judge = await desk.service.token("jo", Role.PRESIDING_JUDGE, desk.courts[0])
    seen = await desk.page(f"/console/hearings/{desk.hearings[0]}", judge)
    assert 'id="new-participant"' not in seen
    other = f"/console/hearings/{desk.hearings[2]}"
    refused = await client.get(other, headers=PAGE_HEADERS | by)
    assert refused.status == 403


async def test_who_schedules_may_import(desk: Desk) -> None:
    applicant = await desk.service.token("abe", Role.APPLICANT, desk.courts[0])
    text = await desk.page("/console/calendar/import", applicant)
    assert desk.courts[0] in text
    assert desk.courts[1] not in text
    judge = await desk.service.token("jo", Role.PRESIDING_JUDGE, desk.courts[0])
    refused = await desk.service.client.get(
        "/console/calendar/import", headers=PAGE_HEADERS | judge
    )
    assert refused.status == 403


async def test_applicants_read_the_calendar_of_their_court_and_apply_from_it(desk: Desk) -> None:
    abe = await desk.service.token("abe", Role.APPLICANT, desk.courts[0])
    apply = f"/console/hearings/{desk.hearings[0]}/application"
    assert apply not in await desk.page("/console/calendar", abe, day=DAY)  # no rules are chosen
    path, chosen = f"/courts/{desk.courts[0]}/policy", {"policy": "cn-default"}
    assert (await desk.service.put(path, chosen, headers=desk.admin)).status == 200
    text = await desk.page("/console/calendar", abe, day=DAY)
    assert apply in text
    assert "Control desk" not in text
    assert desk.hearings[2] not in text  # another court's
    assert await desk.page(f"/console/hearings/{desk.hearings[0]}", abe)
    head = await desk.service.token("hal", Role.DIVISION_HEAD, desk.courts[0])
    text = await desk.page(f"/console/hearings/{desk.hearings[0]}", head, lang="en")
    assert "Participants" not in text  # whose duty it is not
    assert "Apply for a broadcast" not in text


async def test_a_hearing_is_given_to_another_division_on_its_page(desk: Desk) -> None:
    page, court = f"/console/hearings/{desk.hearings[0]}", desk.courts[0]
    assert 'id="division"' not in await desk.page(page)  # the court has none
    made = [
        await (
            await desk.service.post(
                f"/courts/{court}/divisions", {"name": name}, headers=desk.admin
            )
        ).json()
        for name in ("民一庭", "民二庭")
    ]
    first, second = (one["id"] for one in made)
    for division in (first, second, None):
        url = f"/api/v1/hearings/{desk.hearings[0]}"
        given = {"division": division}
        changed = await desk.service.client.patch(url, json=given, headers=desk.technician)
        assert changed.status == 200, await changed.text()
        assert (f'value="{division}" selected' in await desk.page(page)) is bool(division)
    clerk = await desk.service.token("cai", Role.CLERK, court)
    assert 'id="division"' not in await desk.page(page, clerk)
    gone = f"/api/v1/courts/{court}/divisions/{first}"
    assert (await desk.service.client.delete(gone, headers=desk.admin)).status < 300
    assert f'value="{first}"' not in await desk.page(page)
