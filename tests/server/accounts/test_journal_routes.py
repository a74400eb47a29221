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
    assert [one["action"] for one in first["entries"]] == ["journal.read", "court.add"]
    assert first["entries"][0]["person_name"] == "Olga"
    rest = await read(service, auditor, f"?before={first['before']}")
    assert [one["action"] for one in rest["entries"]] == ["court.add"]
    assert rest["before"] is None
    about = rest["entries"][0]["object"]
    assert len((await read(service, auditor, f"?about={about}"))["entries"]) == 1


async def test_a_stranger_can_hash_what_was_read(service: Service) -> None:
    auditor = await service.token("olga", Role.AUDITOR)
    [told] = (await read(service, auditor))["entries"]
    at_us = to_microseconds(datetime.fromisoformat(told.pop("at")))
    told.pop("person_name")
    entry = Entry(at_us=at_us, **told | {"details": canonical(told["details"])})
    assert digest_of(entry) == entry.digest


async def test_the_journal_of_all_is_for_auditors_of_all(service: Service) -> None:
    local = await service.token("lea", Role.AUDITOR, "east")
    assert (await service.get("/journal", headers=local)).status == 403
    clerk = await service.token("carl", Role.CLERK)
    assert (await service.get("/journal", headers=clerk)).status == 403
    for query in ("?most=0", "?most=201", "?before=0", "?x=1", f"?about={'x' * 121}"):
        auditor = await service.token(f"olga{len(query)}{query[1]}", Role.AUDITOR)
        assert (await service.get(f"/journal{query}", headers=auditor)).status == 422
