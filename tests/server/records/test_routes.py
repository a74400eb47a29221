"""Sheets, copies and retention over HTTP: who may have them, and what is noted of it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from yarl import URL

from media.spool.signature import CourtKey, fingerprint_of, read_public_key
from server.accounts.roles import Role
from tests.media.export.test_remux import SECOND
from tests.media.spool.recorded import T0
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service
from tests.server.records.conftest import deeds, finish, make_wanted

pytestmark = pytest.mark.media


def at(seconds: float) -> str:
    return datetime.fromtimestamp(T0 / SECOND + seconds, UTC).isoformat()


async def begin(hall: Hall, by: dict[str, str], **wish: Any) -> Any:  # noqa: ANN401
    return await hall.service.post(f"/broadcasts/{hall.broadcast}/exports", wish, headers=by)


async def test_a_copy_is_made_in_the_background_and_every_reading_is_noted(filed: Hall) -> None:
    made = await begin(filed, filed.technician, from_time=at(1), to_time=at(2))
    assert made.status == 202, await made.text()
    export = await made.json()
    assert (export["state"], export["cameras"]) == ("waiting", sorted(filed.cameras))
    await asyncio.to_thread(make_wanted, filed, "export")
    path = f"/broadcasts/{filed.broadcast}/exports/{export['id']}"
    shown = await (await filed.service.get(path, headers=filed.technician)).json()
    assert (shown["state"], shown["done"], len(shown["films"])) == ("done", 1.0, 2)
    assert not list(filed.places.wanted.glob("export-*"))
    film = shown["films"][0]
    response = await filed.service.get(f"{path}/{film['name']}", headers=filed.technician)
    assert response.content_type == "video/mp4"
    assert len(await response.read()) == film["bytes"]
    wrong = await filed.service.get(f"{path}/progress.json", headers=filed.technician)
    assert wrong.status == 404
    listed = await filed.service.get(
        f"/broadcasts/{filed.broadcast}/exports", headers=filed.technician
    )
    assert [one["id"] for one in (await listed.json())["exports"]] == [export["id"]]
    removed = await filed.service.client.delete(f"/api/v1{path}", headers=filed.technician)
    assert removed.status == 204
    assert (await filed.service.get(path, headers=filed.technician)).status == 404
    noted = await deeds(filed)
    assert noted[-3:] == ["record.export", "record.read", "record.export_removed"]


async def test_no_address_deletes_or_moves_what_was_recorded(filed: Hall) -> None:
    def kept() -> dict[str, bytes]:
        folders = (filed.places.spool(filed.room), filed.directory)
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in files}

    await finish(filed)
    before = await asyncio.to_thread(kept)
    deleting = [
        route.resource.canonical
        for route in filed.service.app.router.routes()
        if route.method == "DELETE" and route.resource is not None
    ]
    for tried in ("nothing", "..%2f..%2fspool", f"..%2f..%2fbroadcasts%2f{filed.broadcast}"):
        for address in deleting:
            known = address.replace("{broadcast}", filed.broadcast)
            known = known.replace("{camera}", filed.cameras[0])
            path = re.sub(r"{\w+}", tried, known)
            await filed.service.client.delete(URL(path, encoded=True), headers=filed.admin)
    assert await asyncio.to_thread(kept) == before


async def test_closed_parts_need_their_own_right(filed: Hall) -> None:
    judge = await filed.service.token("jin", Role.PRESIDING_JUDGE, filed.court)
    clerk = await filed.service.token("cai", Role.CLERK, filed.court)
    stranger = await filed.service.token("eve", Role.TECHNICIAN, "another")
    whole = {"from_time": at(2), "to_time": at(5)}
    for by in (clerk, stranger):
        assert (await begin(filed, by, **whole)).status == 403
    assert (await begin(filed, filed.technician, **whole)).status == 403
    assert (await begin(filed, filed.technician, closed=True, **whole)).status == 403
    assert (await begin(filed, judge, **whole)).status == 403  # it has to be asked for
    made = await begin(filed, judge, closed=True, **whole)
    assert made.status == 202, await made.text()
    export = await made.json()
    path = f"/broadcasts/{filed.broadcast}/exports/{export['id']}"
    assert (await filed.service.get(path, headers=filed.technician)).status == 403
    await asyncio.to_thread(make_wanted, filed, "export")
    assert (await (await filed.service.get(path, headers=judge)).json())["state"] == "done"


async def test_nothing_outside_the_hearing_can_be_copied(filed: Hall) -> None:
    for wish in (
        {"from_time": at(0), "to_time": at(2)},
        {"from_time": at(2), "to_time": at(6)},
        {"from_time": at(2), "to_time": at(2)},
        {"from_time": at(1), "to_time": at(2), "cameras": ["../judge"]},
        {"from_time": "yesterday"},
    ):
        assert (await begin(filed, filed.technician, **wish)).status == 422


async def test_before_it_is_filed_a_record_cannot_be_copied(service: Service) -> None:
    hall = await furnish(service)
    assert (await begin(hall, hall.technician)).status == 409
    path = f"/broadcasts/{hall.broadcast}/record"
    assert (await service.get(path, headers=hall.technician)).status == 404


async def test_the_sheet_and_the_key_are_shown(filed: Hall) -> None:
    path = f"/broadcasts/{filed.broadcast}/record"
    assert (await filed.service.get(path)).status == 401
    record = await (await filed.service.get(path, headers=filed.technician)).json()
    assert [one["camera"] for one in record["sheet"]["cameras"]] == sorted(filed.cameras)
    assert [one["reason"] for one in record["sheet"]["interruptions"]] == ["closed_evidence"]
    response = await filed.service.get("/record-key")
    assert response.status == 200
    pem = await response.read()
    assert fingerprint_of(read_public_key(pem)) == record["fingerprint"]
    key = await asyncio.to_thread(CourtKey.at, filed.places.keys / "court.pem")
    assert (pem, record["fingerprint"]) == (key.public_pem, key.fingerprint)


async def test_a_policy_marks_and_nothing_deletes(filed: Hall) -> None:
    path = f"/courts/{filed.court}/retention"
    auditor = await filed.service.token("ann", Role.AUDITOR, filed.court)
    nothing: dict[str, Any] = {"days": None, "due": []}
    assert await (await filed.service.get(path, headers=auditor)).json() == nothing
    await finish(filed)
    assert (await filed.service.put(path, {"days": 30}, headers=filed.technician)).status == 403
    assert (await filed.service.put(path, {"days": 0}, headers=filed.admin)).status == 422
    assert (await filed.service.put(path, {"days": 30}, headers=filed.admin)).status == 204
    shown = await (await filed.service.get(path, headers=auditor)).json()
    assert [one["broadcast"] for one in shown["due"]] == [filed.broadcast]
    assert (await filed.service.put(path, {"days": 3000}, headers=filed.admin)).status == 204
    assert (await (await filed.service.get(path, headers=auditor)).json())["due"] == []
    unknown = await filed.service.get("/courts/none/retention", headers=filed.admin)
    assert unknown.status == 404
