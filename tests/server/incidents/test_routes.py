"""Incident forms over HTTP: written by the desk, signed by the judge, noted in the journal."""

from __future__ import annotations

from typing import Any

import pytest

from media import append_order
from server.accounts.roles import Role
from server.database import DATABASE
from server.journal.store import entries
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

SECOND = 1_000_000
TOLD = {
    "kind": "cut",
    "since": "2026-11-26T14:00:00+08:00",
    "until": "2026-11-26T14:00:09.5+08:00",
    "what": "A juror was in the picture.",
    "decided": "Judge Jin",
    "measures": "The camera was turned.",
}


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A broadcast that was cut once."""
    hall = await furnish(service)
    for order, at in (("start", 1), ("dump", 5), ("resume", 9)):
        append_order(hall.directory, order, at * SECOND, order, "tom")
    return hall


async def judge(hall: Hall) -> dict[str, str]:
    return await hall.service.token("jin", Role.PRESIDING_JUDGE, hall.court)


async def listed(hall: Hall, by: dict[str, str]) -> Any:  # noqa: ANN401
    response = await hall.service.get(f"/broadcasts/{hall.broadcast}/incidents", headers=by)
    assert response.status == 200, await response.text()
    return await response.json()


async def write(hall: Hall, by: dict[str, str], **more: Any) -> Any:  # noqa: ANN401
    path = f"/broadcasts/{hall.broadcast}/incidents"
    return await hall.service.post(path, TOLD | more, headers=by)


async def written(hall: Hall, **more: Any) -> Any:  # noqa: ANN401
    response = await write(hall, hall.technician, **more)
    assert response.status == 201, await response.text()
    return await response.json()


async def sign(hall: Hall, form: Any, by: dict[str, str]) -> Any:  # noqa: ANN401
    path = f"/incidents/{form['id']}/signature"
    return await hall.service.post(path, {"written_at": form["written_at"]}, headers=by)


async def test_a_cut_is_suggested_until_it_has_its_form(hall: Hall) -> None:
    [suggested] = (await listed(hall, hall.technician))["suggestions"]
    assert (suggested["source"], suggested["kind"]) == ("order:2", "cut")
    form = await written(hall, source="order:2")
    found = await listed(hall, hall.technician)
    assert found["suggestions"] == []
    assert [one["id"] for one in found["incidents"]] == [form["id"]]
    assert (form["written_by"], form["signed_by"]) == ("Tom", None)
    assert (await write(hall, hall.technician, source="order:2")).status == 409
    await written(hall)
    await written(hall)  # what answers no suggestion may be told as often as it happened


async def test_the_judge_signs_and_then_it_stays(hall: Hall) -> None:
    form, jin = await written(hall), await judge(hall)
    path = f"/incidents/{form['id']}"
    for by in (hall.technician, hall.admin):
        assert (await sign(hall, form, by)).status == 403
    changed = await hall.service.put(path, TOLD | {"measures": "More."}, headers=hall.technician)
    assert changed.status == 200
    assert (await sign(hall, form, jin)).status == 409  # another text than was read
    signed = await sign(hall, await changed.json(), jin)
    assert signed.status == 200, await signed.text()
    assert (await signed.json())["signed_by"] == "Jin"
    late = await hall.service.put(path, TOLD, headers=hall.technician)
    assert late.status == 409
    assert (await sign(hall, await changed.json(), jin)).status == 409
    async with hall.service.app[DATABASE].read() as connection:
        about = f"broadcast:{hall.broadcast}"
        noted = [one async for one in entries(connection, about)]
    deeds = [one for one in noted if one.action.startswith("incident.")]
    assert [one.action for one in deeds] == ["incident.write", "incident.change", "incident.sign"]
    assert "The camera was turned." in deeds[0].details
    assert "More." in deeds[2].details


async def test_who_wrote_it_does_not_sign_it(hall: Hall) -> None:
    person = await hall.service.person("both", Role.TECHNICIAN, hall.court)
    both = await hall.service.token("both2", Role.TECHNICIAN, hall.court)
    assert person.name == "both"
    roles = [{"role": role, "court": hall.court} for role in ("technician", "presiding_judge")]
    people = await (await hall.service.get("/people", headers=hall.admin)).json()
    [its] = [one["id"] for one in people["people"] if one["name"] == "both2"]
    given = await hall.service.client.patch(
        f"/api/v1/people/{its}", json={"roles": roles}, headers=hall.admin
    )
    assert given.status == 200, await given.text()
    response = await write(hall, both)
    assert response.status == 201
    assert (await sign(hall, await response.json(), both)).status == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": " "},
        {"what": "x" * 4001},
        {"kind": "joke"},
        {"since": "2026-11-26T14:00:00"},
        {"until": "2026-11-26T13:00:00+08:00"},
        {"decided": "x" * 121},
        {"source": "x" * 81},
    ],
)
async def test_what_is_no_form_is_refused(hall: Hall, wrong: dict[str, str]) -> None:
    assert (await write(hall, hall.technician, **wrong)).status == 422


async def test_strangers_have_no_part_in_it(hall: Hall) -> None:
    form = await written(hall)
    stranger = await hall.service.token("eve", Role.TECHNICIAN, "another")
    clerk = await hall.service.token("cai", Role.CLERK, hall.court)
    other_judge = await hall.service.token("jun", Role.PRESIDING_JUDGE, "another")
    path = f"/incidents/{form['id']}"
    assert (await hall.service.get(path, headers=clerk)).status == 200
    assert (await write(hall, clerk)).status == 403
    assert (await write(hall, stranger)).status == 403
    assert (await hall.service.get(path, headers=stranger)).status == 403
    assert (await hall.service.put(path, TOLD, headers=stranger)).status == 403
    assert (await sign(hall, form, other_judge)).status == 403
    assert (await hall.service.get("/incidents/none", headers=clerk)).status == 404


async def test_a_log_that_cannot_be_read_hides_no_form(hall: Hall) -> None:
    await written(hall)
    (hall.directory / "orders.log").write_bytes(b"{}\n")
    found = await listed(hall, hall.technician)
    assert (len(found["incidents"]), found["suggestions"]) == (1, [])
