"""The public notice and the participants' log stand between a broadcast and the air.

So do they against whoever writes rows past the service: a row without its entry in the journal
counts for nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from media import read_orders
from server.broadcasts.service import BROADCASTS
from server.database import DATABASE
from tests.server.approvals.conftest import Chamber, chamber, seat, withdraw_notice
from tests.server.broadcasts.conftest import furnish
from tests.server.broadcasts.test_readiness import confirm, execute, readiness, ready, start
from tests.server.conftest import Service, StartService

__all__ = ["chamber"]


async def test_nothing_begins_without_its_notice(chamber: Chamber) -> None:
    await ready(chamber)
    await withdraw_notice(chamber)
    path = f"/hearings/{chamber.hearing}/notice"
    assert (await start(chamber))["B-07"] == "本场庭审尚未发布公告。"
    assert (await chamber.call("POST", path, "technician", {})).status == 409  # it is late
    late = {"late_reason": "Both sides agree."}
    await chamber.did("POST", path, "technician", late)
    accused = {"role": "accused", "name": "Li"}
    people = f"/hearings/{chamber.hearing}/participants"
    made = await chamber.did("POST", people, "technician", accused)
    assert set(await start(chamber)) == {"B-07", "B-08"}  # it does not name him, nor was he told
    told = {"kind": "notified", "value": "in_person"}
    await chamber.did("POST", f"/participants/{made['id']}/log", "technician", told)
    await chamber.did("POST", path, "technician", late)
    assert await start(chamber) == {}


async def test_an_objection_is_decided_by_name_and_reason(chamber: Chamber) -> None:
    await ready(chamber)
    people = f"/hearings/{chamber.hearing}/participants"
    [accused] = (await chamber.did("GET", people, "technician"))["participants"]
    log = f"/participants/{accused['id']}/log"

    async def decide(**more: Any) -> int:  # noqa: ANN401
        return int((await confirm(chamber, "objections", "judge", **more)).status)

    for said in ("yes", "withdrawn"):
        await chamber.did("POST", log, "technician", {"kind": "consent", "value": said})
    assert set(await start(chamber)) == {"B-06"}
    assert await decide() == 409
    assert await decide(override=True, reason="The public interest prevails.") == 200
    assert (await readiness(chamber))["ready"] is True
    # Whoever is against it later is not decided of.
    await chamber.did("POST", log, "technician", {"kind": "consent", "value": "no"})
    assert set(await start(chamber)) == {"B-06"}


async def test_a_protected_person_is_not_named_in_the_title(chamber: Chamber) -> None:
    await ready(chamber)
    people = f"/hearings/{chamber.hearing}/participants"
    witness = {"role": "witness", "name": "张 某", "alias": "证人甲"}
    made = await chamber.did("POST", people, "technician", witness)
    told = {"kind": "notified", "value": "letter"}
    await chamber.did("POST", f"/participants/{made['id']}/log", "technician", told)
    assert set(await start(chamber)) == {"B-18"}  # 被告人张某盗窃案
    other = {"title": "被告人甲盗窃案"}
    await chamber.did("PATCH", f"/hearings/{chamber.hearing}", "technician", other)
    await execute(chamber, "UPDATE hearings SET title_en = '张某, a theft'")
    assert set(await start(chamber)) == {"B-18"}
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(chamber, "UPDATE participants SET alias = ''")


FORGED = {
    "a confirmation": (
        "INSERT INTO approval_conditions SELECT 'x', application, 'E-20', false, '', '', signer, 1"
        " FROM approval_steps WHERE number = 1",
        "B-05",
    ),
    "going past the notice": (
        "INSERT INTO approval_conditions SELECT 'y', application, 'E-21', true, 'So be it.', '',"
        " signer, 1 FROM approval_steps WHERE number = 1",
        "B-07",
    ),
    "a decision of what is said against it": (
        "INSERT INTO approval_conditions SELECT 'z', c.application, 'objections', true, 'No.',"
        " '[[\"' || p.id || '\",\"no\",2]]', c.confirmed_by, c.confirmed_at FROM"
        " approval_conditions c, participants p WHERE c.code = 'cameras' AND p.name = 'Zhang'",
        "B-06",
    ),
    "a consent": (
        "INSERT INTO participant_log SELECT participant, 3, 'consent', 'yes', at, '', written_by,"
        " written_at FROM participant_log WHERE kind = 'consent'",
        "B-06",
    ),
    "that somebody was told": (
        "INSERT INTO participant_log SELECT id, 1, 'notified', 'letter', added_at, '', added_by,"
        " added_at FROM participants WHERE name = 'Li'",
        "B-08",
    ),
    "that somebody does not take part": (
        "INSERT INTO participant_log SELECT id, 2, 'removed', '', added_at, 'x', added_by,"
        " added_at FROM participants WHERE name = 'Li'",
        "B-08",
    ),
    "a notice of last week": (
        "INSERT INTO notices SELECT 'n', hearing, court, 2, nature, cause, parties, scheduled_at,"
        " place, place_en, 7, 3, '', scheduled_at - 604800000000, published_by FROM notices",
        "B-07",
    ),
    "cameras that nobody has seen": (
        "UPDATE broadcasts SET layout = 'picture_in_picture'",
        "B-16",
    ),
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
async def kept(request: pytest.FixtureRequest, start_service: StartService) -> Chamber:
    """A chamber whose rows are in a database of each kind."""
    environ = {}
    if request.param == "postgresql":
        environ = {"database_url": request.getfixturevalue("postgres_url")}
    return await seat(await furnish(await start_service(**environ)))


async def test_a_row_without_its_entry_in_the_journal_is_none(kept: Chamber) -> None:
    chamber = kept
    await ready(chamber, E_20="no", E_21="no")
    await withdraw_notice(chamber)
    people = f"/hearings/{chamber.hearing}/participants"
    [accused] = (await chamber.did("GET", people, "technician"))["participants"]
    against = {"kind": "consent", "value": "no"}
    await chamber.did("POST", f"/participants/{accused['id']}/log", "technician", against)
    await chamber.did("POST", people, "technician", {"role": "witness", "name": "Li"})
    rules = {"B-05", "B-06", "B-07", "B-08"}
    assert set(await start(chamber)) == rules
    for what, (statement, rule) in FORGED.items():
        await execute(chamber, statement)
        assert set(await start(chamber)) == rules | {rule}, what
        rules |= {rule}


async def test_a_policy_that_nobody_chose_lets_nothing_begin(chamber: Chamber) -> None:
    court, chosen = chamber.hall.court, {"policy": "cn-default", "delay_s": 20}
    await chamber.did("PUT", f"/courts/{court}/policy", "admin", chosen)
    await ready(chamber)
    for statement in (
        "UPDATE court_policies SET delay_ms = 0",
        "UPDATE court_policies SET delay_ms = 20000, courtrooms = '[]'",
        "UPDATE court_policies SET courtrooms = NULL, policy = 'cn-at-once'",
    ):
        await execute(chamber, statement)
        assert (await chamber.hall.order("start")).status == 503, statement
        assert read_orders(chamber.hall.directory) == []
    await chamber.did("PUT", f"/courts/{court}/policy", "admin", chosen)
    path = f"/broadcasts/{chamber.hall.broadcast}"
    await chamber.did("PUT", path, "technician", {"delay_s": 20})
    await execute(chamber, "UPDATE broadcasts SET delay_ms = 0")
    assert set(await start(chamber)) == {"B-10"}


async def test_a_policy_that_nobody_chose_publishes_no_replay(chamber: Chamber) -> None:
    await execute(chamber, "UPDATE court_policies SET policy = 'cn-at-once'")
    service = chamber.service.app[BROADCASTS]
    about = await service.about(chamber.hall.broadcast)
    plan = await service.readiness.replay_plan(about, datetime.now(UTC))
    assert (plan.state, plan.due) == ("held", None)


async def test_a_pilot_that_nobody_ordered_is_none(service: Service) -> None:
    hall = await furnish(service, medium=["image_text"], pilot_runs=False)
    now = round(datetime.now(UTC).timestamp()) * 1_000_000
    async with service.app[DATABASE].begin() as connection:
        row = {"court": hall.court, "now": now, "then": now + 86_400_000_000}
        statement = (
            "INSERT INTO court_pilots SELECT 'p', :court, :then, 'Why.', id, :now FROM people"
            " WHERE name = 'ada'"
        )
        assert (await connection.execute(text(statement), row)).rowcount
    response = await hall.order("start")
    assert (await response.json())["errors"][0]["code"] == "B-01"
    assert read_orders(hall.directory) == []
