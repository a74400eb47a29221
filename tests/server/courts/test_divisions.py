"""Trial divisions: whose hearing it is, who signs for it, what the calendar and the year show."""

from __future__ import annotations

from typing import Any

from server.accounts.roles import Role
from tests.server.approvals.conftest import Chamber, seat
from tests.server.broadcasts.conftest import furnish, made
from tests.server.conftest import Service


async def divided(service: Service) -> tuple[Chamber, str, str]:
    """Give the court two divisions; the hearing is the first one's."""
    chamber = await seat(await furnish(service))
    path = f"/courts/{chamber.hall.court}/divisions"
    first, second = [
        (await made(service, path, {"name": name}, chamber.hall.admin))["id"]
        for name in ("刑事审判庭", "民事审判庭")
    ]
    await chamber.did("PATCH", f"/hearings/{chamber.hearing}", "technician", {"division": first})
    return chamber, first, second


async def test_a_court_s_divisions_are_its_own(service: Service) -> None:
    chamber, first, _ = await divided(service)
    path = f"/courts/{chamber.hall.court}/divisions"
    listed = (await chamber.did("GET", path, "applicant"))["divisions"]
    assert {one["name"] for one in listed} == {"刑事审判庭", "民事审判庭"}
    assert (await chamber.call("POST", path, "admin", {"name": "刑事审判庭"})).status == 409
    assert (await chamber.call("POST", path, "technician", {"name": "x"})).status == 403
    hearing = f"/hearings/{chamber.hearing}"
    refused = await chamber.call("PATCH", hearing, "technician", {"division": "elsewhere"})
    assert refused.status == 422
    other = await made(service, "/courts", {"name": "西城区人民法院"}, chamber.hall.admin)
    posted: dict[str, Any] = {"roles": [{"role": "clerk", "court": other["id"], "division": first}]}
    person = f"/people/{chamber.ids['head']}"
    assert (await chamber.call("PATCH", person, "admin", posted)).status == 422


async def test_the_head_of_another_division_does_not_sign(service: Service) -> None:
    chamber, first, second = await divided(service)
    application = await chamber.submit(await chamber.apply())
    path, court = f"/people/{chamber.ids['head']}", chamber.hall.court

    async def posted(division: str) -> Any:  # noqa: ANN401
        role = {"role": Role.DIVISION_HEAD.value, "court": court, "division": division}
        return await chamber.did("PATCH", path, "admin", {"roles": [role]})

    await posted(second)
    assert (await chamber.sign(application, "head")).status == 403
    told = await chamber.did("GET", "/applications/reminders", "head")
    assert told["reminders"] == []
    shown = await posted(first)
    assert shown["roles"][0]["division"] == first
    assert (await chamber.sign(application, "head")).status == 200


async def test_the_calendar_is_filtered_by_division(service: Service) -> None:
    chamber, first, second = await divided(service)
    client, headers = service.client, {"Accept": "text/html"} | chamber.hall.technician
    for division, is_there in ((first, True), (second, False), ("", True)):
        query = {"division": division}
        response = await client.get("/console/calendar", params=query, headers=headers)
        assert (chamber.hearing in await response.text()) is is_there


async def test_a_closed_division_keeps_its_hearings_and_takes_no_new_one(service: Service) -> None:
    chamber, first, _ = await divided(service)
    path = f"/courts/{chamber.hall.court}/divisions"
    assert (await chamber.call("DELETE", f"{path}/{first}", "technician")).status == 403
    assert (await chamber.call("DELETE", f"{path}/elsewhere", "admin")).status == 404
    for _ in range(2):  # twice is once
        assert (await chamber.call("DELETE", f"{path}/{first}", "admin")).status == 204
    listed = (await chamber.did("GET", path, "applicant"))["divisions"]
    assert [one["id"] for one in listed if one["closed_at"]] == [first]
    new = {
        "case_number": "（2026）苏0102民初77号",
        "courtroom": chamber.hall.room,
        "title": "甲诉乙",
        "scheduled_at": "2027-03-01T01:30:00Z",
        "division": first,
    }
    assert (await chamber.call("POST", "/hearings", "technician", new)).status == 422
    kept = {"division": first, "cause": "盗窃罪"}
    changed = await chamber.did("PATCH", f"/hearings/{chamber.hearing}", "technician", kept)
    assert changed["division"] == first
    again = await chamber.did("POST", path, "admin", {"name": "刑事审判庭"})
    assert (again["id"], again["closed_at"]) == (first, None)
    await chamber.did("POST", "/hearings", "technician", new)
