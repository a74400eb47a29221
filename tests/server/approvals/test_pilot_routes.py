"""A court without a policy goes on the air while a pilot runs that an administrator has ordered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError

from media import read_orders
from server.accounts.roles import Role
from server.accounts.tables import people
from server.approvals.service import APPROVALS
from server.approvals.tables import court_pilots
from server.courts.tables import courts
from server.database import DATABASE, Database
from server.errors import DatabaseUnavailable
from server.journal.store import Deed, note
from tests.server.approvals.conftest import Chamber
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)
ZONE = "Asia/Shanghai"


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A court without a policy, for which a pilot of a month was ordered."""
    return await furnish(service, medium=["image_text"])


async def order(hall: Hall, last_day: date, by: dict[str, str] | None = None) -> int:
    body = {"last_day": str(last_day), "reason": "Before the policy is decided."}
    path = f"/courts/{hall.court}/pilot"
    return (await hall.service.post(path, body, headers=by or hall.admin)).status


async def end(hall: Hall, by: dict[str, str] | None = None) -> int:
    path = f"/courts/{hall.court}/pilot/end"
    body = {"reason": "The policy is decided."}
    return (await hall.service.post(path, body, headers=by or hall.admin)).status


async def shown(hall: Hall) -> Any:  # noqa: ANN401
    path = f"/courts/{hall.court}/pilot"
    return await (await hall.service.get(path, headers=hall.technician)).json()


async def refusals(hall: Hall, language: str = "en") -> list[str]:
    """Return what the readiness list says; a start says the same and orders nothing."""
    headers = hall.technician | {"Accept-Language": language}
    path = f"/broadcasts/{hall.broadcast}"
    ready = await (await hall.service.get(f"{path}/readiness", headers=headers)).json()
    body = {"order": "start"}
    response = await hall.service.post(f"{path}/orders", body, headers=headers)
    problem = await response.json()
    assert (response.status, problem["code"]) == (409, "not-ready")
    assert (ready["has_policy"], ready["ready"]) == (False, False)
    assert read_orders(hall.directory) == []
    said = [one["text"] for one in ready["hindrances"]]
    assert [one["message"] for one in problem["errors"]] == said
    return said


async def test_without_policy_and_pilot_nothing_goes_on_the_air(service: Service) -> None:
    hall = await furnish(service, medium=["image_text"], pilot_runs=False)
    assert await shown(hall) == {"pilot": None, "latest_day": (await shown(hall))["latest_day"]}
    [why] = await refusals(hall)
    assert "no pilot runs" in why
    assert "没有试点" in (await refusals(hall, "zh-CN"))[0]
    assert await order(hall, TODAY + DAY, hall.technician) == 403
    elsewhere = await service.token("eve", Role.ADMINISTRATOR, "elsewhere")
    assert await order(hall, TODAY + DAY, elsewhere) == 403
    assert await order(hall, TODAY + DAY) == 200
    assert (await hall.order("start")).status == 200


async def test_a_pilot_that_was_ended_lets_nobody_begin_and_disturbs_nobody(hall: Hall) -> None:
    path = f"/broadcasts/{hall.broadcast}/readiness"
    ready = await (await hall.service.get(path, headers=hall.technician)).json()
    told = await shown(hall)
    assert (ready["ready"], ready["pilot_until"]) == (True, told["pilot"]["ends_at"])
    assert (await end(hall, hall.technician), await end(hall), await end(hall)) == (403, 200, 409)
    assert (await shown(hall))["pilot"]["runs"] is False
    [why] = await refusals(hall)
    assert "ended on" in why
    assert "已于" in (await refusals(hall, "zh-CN"))[0]
    assert await order(hall, TODAY + DAY) == 200
    assert (await hall.order("start")).status == 200
    assert await end(hall) == 200
    assert (await hall.order("recess")).status == 200
    assert (await hall.order("resume")).status == 200

    deeds = [
        (one.action, one.person)
        for one in await Chamber(hall, "").journal(f"court:{hall.court}")
        if "pilot" in one.action
    ]
    admin = (await (await hall.service.get("/me", headers=hall.admin)).json())["id"]
    assert deeds == [
        (action, admin)
        for action in ("court.pilot", "court.pilot_end", "court.pilot", "court.pilot_end")
    ]


async def test_a_pilot_is_bounded_and_needs_no_policy(hall: Hall) -> None:
    latest = date.fromisoformat((await shown(hall))["latest_day"])
    assert await order(hall, latest) == 200
    assert await order(hall, latest + DAY) == 422
    assert await order(hall, TODAY - 2 * DAY) == 422
    path = f"/courts/{hall.court}/policy"
    partly = {"policy": "cn-default", "courtrooms": []}
    assert (await hall.service.put(path, partly, headers=hall.admin)).status == 200
    assert await order(hall, latest) == 200  # some courtrooms are still without
    everywhere = {"policy": "cn-default"}
    assert (await hall.service.put(path, everywhere, headers=hall.admin)).status == 200
    assert await order(hall, latest) == 409
    response = await hall.order("start")  # a pilot goes past no policy
    assert {one["code"] for one in (await response.json())["errors"]} >= {"B-01"}


async def test_a_clock_that_was_put_back_keeps_nobody_from_ending_it(hall: Hall) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)  # when the clock was wrong
    me = await (await hall.service.get("/me", headers=hall.admin)).json()
    row = {
        "id": "p", "court": hall.court, "ends_at": ahead + 30 * DAY, "reason": "Why.",
        "ordered_by": me["id"], "ordered_at": ahead,
    }  # fmt: skip
    async with hall.service.app[DATABASE].begin() as connection:
        await connection.execute(insert(court_pilots).values(row))
        told = {"pilot": "p", "until": row["ends_at"].isoformat(), "reason": "Why."}
        deed = Deed("court.pilot", f"court:{hall.court}", me["id"], told)
        await note(connection, deed, ahead)
    assert (await shown(hall))["pilot"]["id"] == "p"
    assert await end(hall) == 200
    assert (await shown(hall))["pilot"]["runs"] is False


async def test_a_lost_database_neither_ends_a_pilot_nor_lengthens_it(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilots = hall.service.app[APPROVALS].pilots
    before = await pilots.newest(hall.court)

    def away() -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(hall.service.app[DATABASE], "read", away)
    assert before is not None
    assert await pilots.newest(hall.court) == before
    with pytest.raises(DatabaseUnavailable):
        await pilots.newest("another")


async def test_the_database_keeps_pilots_and_their_bound(database: Database) -> None:
    now = datetime.now(UTC)
    row = {
        "id": "p", "court": "c", "ends_at": now + 30 * DAY, "reason": "Why.", "ordered_by": "ada",
        "ordered_at": now,
    }  # fmt: skip
    long = row | {"id": "q", "ordered_at": now + DAY, "ends_at": now + 95 * DAY}
    async with database.begin() as connection:
        court = {"name": "c", "name_en": "", "level": "basic", "time_zone": ZONE}
        court |= {"id": "c", "case_number_style": "cn"}
        await connection.execute(insert(courts).values(court | {"created_at": now}))
        ada = {"id": "ada", "name": "ada", "display_name": "Ada", "must_change_password": False}
        await connection.execute(insert(people).values(ada | {"created_at": now}))
        await connection.execute(insert(court_pilots).values(row))
    for attempt in (
        update(court_pilots).values(ends_at=now + 60 * DAY),
        delete(court_pilots),
        insert(court_pilots).values(long),
    ):
        with pytest.raises(DBAPIError, match=r"append-only|bounded"):
            async with database.begin() as connection:
                await connection.execute(attempt)
