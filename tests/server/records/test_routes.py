"""Sheets, copies and retention over HTTP: who may have them, and what is noted of it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from media.assignment import FilingAssignment
from media.feeds.clip import load_clip
from media.filing import file_record
from media.orders import append_order
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.signature import CourtKey, fingerprint_of, read_public_key
from server.accounts.roles import Role
from server.broadcasts.service import BROADCASTS
from server.broadcasts.tables import broadcasts
from server.database import DATABASE
from server.journal.store import entries
from tests.media.export.test_remux import SECOND, sent
from tests.media.feeds.cameras import make_clip
from tests.media.spool.recorded import T0
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

pytestmark = pytest.mark.media
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=6)


@pytest.fixture
async def filed(service: Service, film: Path) -> Hall:
    """A hall whose hearing of five seconds is over and filed; its fourth second was closed."""
    hall = await furnish(service)

    def record() -> None:
        key = CourtKey.at(hall.places.keys / "court.pem")
        spool, clip = hall.places.spool(hall.room), load_clip(film)
        with Head.create(spool) as head:
            for camera in hall.cameras:
                writer = SpoolWriter(spool, camera, head, court_key=key)
                for description in clip.descriptions:
                    writer.append(description)
                for packet in sent(clip):
                    writer.append(packet)
                writer.close()
        for order, at in (("start", 0.5), ("closed", 3.2), ("open", 3.8), ("end", 5.5)):
            append_order(hall.directory, order, T0 + round(at * SECOND), order, "tom")
        court_key = str(hall.places.keys / "court.pem")
        file_record(
            FilingAssignment(hall.broadcast, hall.room, str(spool), str(hall.directory), court_key)
        )

    await asyncio.to_thread(record)
    return hall


def at(seconds: float) -> str:
    return datetime.fromtimestamp(T0 / SECOND + seconds, UTC).isoformat()


async def begin(hall: Hall, by: dict[str, str], **wish: Any) -> Any:  # noqa: ANN401
    return await hall.service.post(f"/broadcasts/{hall.broadcast}/exports", wish, headers=by)


def make_wanted(hall: Hall) -> None:
    """Run what the supervisor would run."""
    for path in hall.places.wanted.glob("export-*.json"):
        wanted = json.loads(path.read_text())
        assert wanted["once"]
        assignment = hall.places.data / "assignment.json"
        assignment.write_text(json.dumps(wanted["assignment"]))
        subprocess.run([sys.executable, "-m", wanted["module"], assignment], cwd=ROOT, check=True)


async def deeds(hall: Hall) -> list[str]:
    async with hall.service.app[DATABASE].read() as connection:
        return [one.action async for one in entries(connection, f"broadcast:{hall.broadcast}")]


async def test_a_copy_is_made_in_the_background_and_every_reading_is_noted(filed: Hall) -> None:
    made = await begin(filed, filed.technician, from_time=at(1), to_time=at(2))
    assert made.status == 202, await made.text()
    export = await made.json()
    assert (export["state"], export["cameras"]) == ("waiting", sorted(filed.cameras))
    await asyncio.to_thread(make_wanted, filed)
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
    await asyncio.to_thread(make_wanted, filed)
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


async def finish(hall: Hall) -> None:
    """Have the broadcast be over since sixty days."""
    await hall.service.app[BROADCASTS].finish(hall.broadcast)
    async with hall.service.app[DATABASE].begin() as connection:
        await connection.execute(
            update(broadcasts).values(
                state="ended", ended_at=datetime.now(UTC) - timedelta(days=60)
            )
        )
