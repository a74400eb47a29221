"""Auditors read the journal, and stand in it."""

from datetime import datetime
from typing import Any

from server.accounts.roles import Role
from server.database.metadata import to_microseconds
from server.journal.chain import Entry, canonical, digest_of
from tests.server.conftest import Service


async def read(service: Service, by: dict[str, str], query: str = "") -> Any:  # noqa: ANN401
    response = await service.get(f"/journal{query}", headers=by)
    assert response.status == 200, await response.text()
    return await response.json()


async def test_who_reads_the_journal_stands_in_it(service: Service) -> None:
    admin = await service.token("ada", Role.ADMINISTRATOR)
    for name in ("东城区人民法院", "西城区人民法院"):
        await service.post("/courts", {"name": name}, headers=admin)
    auditor = await service.token("olga", Role.AUDITOR)
    first = await read(service, auditor, "?most=2")
    assert [one["action"] for one in first["entries"]] == ["journal.read", "person.add"]
    assert first["entries"][0]["person_name"] == "Olga"
    rest = await read(service, auditor, f"?before={first['before']}")
    assert [one["action"] for one in rest["entries"]] == ["court.add", "court.add", "person.add"]
    assert rest["before"] is None
    about = rest["entries"][0]["object"]
    assert len((await read(service, auditor, f"?about={about}"))["entries"]) == 1


async def test_a_stranger_can_hash_what_was_read(service: Service) -> None:
    auditor = await service.token("olga", Role.AUDITOR)
    [told] = (await read(service, auditor, "?most=1"))["entries"]
    at_us = to_microseconds(datetime.fromisoformat(told.pop("at")))
    told.pop("person_name")
    entry = Entry(at_us=at_us, **told | {"details": canonical(told["details"])})
    assert digest_of(entry) == entry.digest


async def test_only_auditors_read_it(service: Service) -> None:
    clerk = await service.token("carl", Role.CLERK)
    assert (await service.get("/journal", headers=clerk)).status == 403
    for query in (
        "?most=0",
        "?most=201",
        "?before=0",
        f"?before={2**31}",
        "?x=1",
        f"?about={'x' * 121}",
    ):
        auditor = await service.token(f"olga{len(query)}{query[1]}", Role.AUDITOR)
        assert (await service.get(f"/journal{query}", headers=auditor)).status == 422


async def test_who_audits_a_court_sees_what_was_done_there(service: Service) -> None:
    admin = await service.token("ada", Role.ADMINISTRATOR)
    east, west = [
        (await (await service.post("/courts", {"name": name}, headers=admin)).json())["id"]
        for name in ("东城区人民法院", "西城区人民法院")
    ]
    for court in (east, west):
        room = await service.post("/courtrooms", {"court": court, "name": "一"}, headers=admin)
        camera = {"name": "全景", "url": "rtsp://192.0.2.7/"}
        its = f"/courtrooms/{(await room.json())['id']}/cameras"
        assert (await service.post(its, camera, headers=admin)).status == 201
        roles = [{"role": "clerk", "court": court}]
        person = {"name": f"of-{court}", "display_name": "Eve", "roles": roles}
        assert (await service.post("/people", person, headers=admin)).status == 201
    everywhere = [{"role": "clerk", "court": None}]
    person = {"name": "everywhere", "display_name": "Eve", "roles": everywhere}
    assert (await service.post("/people", person, headers=admin)).status == 201

    lea = await service.token("lea", Role.AUDITOR, east)
    found = await read(service, lea)
    assert {one["court"] for one in found["entries"]} == {east}
    assert [one["action"] for one in found["entries"]] == [
        "journal.read", "person.add", "person.add", "camera.add", "courtroom.add", "court.add",
    ]  # fmt: skip
    about = f"?about=court:{west}"
    assert (await read(service, lea, about))["entries"] == []
    whole = await read(service, await service.token("olga", Role.AUDITOR))
    assert {one["court"] for one in whole["entries"]} == {east, west, ""}


async def test_somebody_of_two_courts_is_read_of_by_none_of_them(service: Service) -> None:
    admin = await service.token("ada", Role.ADMINISTRATOR)
    courts = [
        (await (await service.post("/courts", {"name": name}, headers=admin)).json())["id"]
        for name in ("东城区人民法院", "西城区人民法院")
    ]
    roles = [{"role": "clerk", "court": court} for court in courts]
    person = {"name": "eve", "display_name": "Eve", "roles": roles}
    assert (await service.post("/people", person, headers=admin)).status == 201
    lea = await service.token("lea", Role.AUDITOR, courts[0])
    found = (await read(service, lea))["entries"]
    its_own = ["journal.read", "person.add", "court.add"]  # with Lea, without Eve
    assert [one["action"] for one in found] == its_own
