"""What was broadcast goes by the policy that it began under, whatever the court chooses later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError

import server.approvals
from server.approvals.library import Known, Library
from server.approvals.policy import Place, Policy
from server.approvals.service import APPROVALS
from server.approvals.tables import policy_texts
from server.approvals.versions import Versions
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.database import DATABASE, Database
from server.errors import Unavailable
from tests.server.approvals.conftest import seat
from tests.server.broadcasts.conftest import furnish, this_year
from tests.server.conftest import Service, StartService

OWN = Path(server.approvals.__file__).parent / "policies" / "cn-default.toml"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def write(folder: Path, downloads: str) -> None:
    """Write the court's own policy, with everything else as in cn-default."""
    text = OWN.read_text(encoding="utf-8").replace("cn-default", "own")
    folder.mkdir(parents=True, exist_ok=True)
    text = text.replace('downloads = "off"', f'downloads = "{downloads}"')
    (folder / "own.toml").write_text(text, encoding="utf-8")


async def told(service: Service, about: Broadcast) -> tuple[bool, str, str | None]:
    """Return what holds of figures, films and recesses of a broadcast."""
    policies = service.app[APPROVALS].policies
    publicity = await policies.publicity()
    rules = await service.app[BROADCASTS].readiness.rules(about)
    silent, films = publicity.is_silent(about.place), publicity.downloads(about.place)
    return silent, films, rules.recess if rules else None


async def test_a_broadcast_keeps_its_rules_when_court_and_file_change(
    start_service: StartService, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    write(data / "rules" / "policies", "public")
    service = await start_service(data=str(data))
    chamber = await seat(await furnish(service, medium=["image_text"]), "own")
    await chamber.approved(media=["text"])
    assert (await chamber.hall.order("start")).status == 200

    async def about() -> Broadcast:
        found: Broadcast = await service.app[BROADCASTS].about(chamber.hall.broadcast)
        return found

    then = (False, "public", "slate_and_mute")
    assert await told(service, await about()) == then
    path, other = f"/courts/{chamber.hall.court}/policy", {"policy": "icc"}
    await chamber.did("PUT", path, "admin", other)
    assert await told(service, await about()) == then
    year: Any = await (await service.get(f"/statistics/{this_year()}")).json()
    assert (year["total"]["hearings"], year["unpublished"]) == (1, 0)
    old = Place((await about()).court_id, chamber.hall.room)  # it began before rules were kept
    publicity = await service.app[APPROVALS].policies.publicity()
    assert (publicity.is_silent(old), publicity.downloads(old)) == (True, "licence")

    await service.client.close()
    write(data / "rules" / "policies", "licence")
    service = await start_service(data=str(data))
    assert await told(service, await about()) == then
    await service.client.close()
    (data / "rules" / "policies" / "own.toml").unlink()
    service = await start_service(data=str(data))
    assert await told(service, await about()) == then
    plan = await service.app[BROADCASTS].readiness.replay_plan(await about(), NOW)
    assert plan.state == "held"


async def test_what_began_while_a_pilot_ran_is_judged_by_no_policy(service: Service) -> None:
    hall = await furnish(service, medium=["image_text"])
    assert (await hall.order("start")).status == 200
    body = {"policy": "icc"}
    path = f"/courts/{hall.court}/policy"
    assert (await service.put(path, body, headers=hall.admin)).status == 200
    about = await service.app[BROADCASTS].about(hall.broadcast)
    assert await told(service, about) == (False, "off", None)
    plan = await service.app[BROADCASTS].readiness.replay_plan(about, NOW)
    assert (plan.state, plan.until) == ("public", None)


async def test_a_kept_text_is_there_once_and_stays(database: Database) -> None:
    known: Known[Policy] = Library.read().policies["icc"]
    async with database.begin() as connection:
        await Versions().keep(connection, known, NOW)
        await Versions().keep(connection, known, NOW)
    for attempt in (update(policy_texts).values(text=""), delete(policy_texts)):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.begin() as connection:
                await connection.execute(attempt)
    async with database.read() as connection:
        assert await Versions().all(connection) == {known.source.digest: known.rules}
        assert await Versions().of(connection, "another") is None


async def test_a_kept_text_that_cannot_be_read_gives_nothing_out(service: Service) -> None:
    policies = service.app[APPROVALS].policies
    row = {"digest": "d", "name": "old", "version": "1", "text": "secret = 1", "kept_at": NOW}
    async with service.app[DATABASE].begin() as connection:
        await connection.execute(insert(policy_texts).values(row))
    where = Place("c", "r", "d")
    publicity = await policies.publicity()
    assert (publicity.is_silent(where), publicity.downloads(where)) == (True, "off")
    with pytest.raises(Unavailable):
        await policies.at(where)
