"""A court chooses its policy, everywhere or by and by, and cannot go back."""

from __future__ import annotations

from typing import Any

import pytest

from server.approvals.service import APPROVALS
from server.database import DATABASE
from server.errors import DatabaseUnavailable
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A court without a policy."""
    return await furnish(service)


async def choose(hall: Hall, by: dict[str, str] | None = None, **body: Any) -> int:  # noqa: ANN401
    path = f"/courts/{hall.court}/policy"
    response = await hall.service.put(path, body, headers=by or hall.admin)
    return response.status


async def shown(hall: Hall) -> Any:  # noqa: ANN401
    path = f"/courts/{hall.court}/policy"
    return await (await hall.service.get(path, headers=hall.admin)).json()


async def test_only_an_administrator_chooses_and_a_delay_is_enough(hall: Hall) -> None:
    assert await shown(hall) == {"policy": None, "courtrooms": None}
    assert await choose(hall, hall.technician, policy="icc") == 403
    assert await choose(hall, policy="nowhere") == 422
    assert await choose(hall, policy="icc", delay_s=60) == 422
    assert await choose(hall, policy="icc") == 200
    assert (await shown(hall))["policy"]["least_delay_s"] == 1800
    assert await choose(hall, policy="cn-default", delay_s=25) == 200
    assert (await shown(hall))["policy"]["least_delay_s"] == 25


async def test_a_policy_is_introduced_room_by_room_and_never_taken_back(hall: Hall) -> None:
    assert await choose(hall, policy="cn-default", courtrooms=["another"]) == 422
    assert await choose(hall, policy="cn-default", courtrooms=[]) == 200
    assert (await hall.order("start")).status == 200  # it does not hold in this courtroom yet
    assert await choose(hall, policy="cn-default", courtrooms=[hall.room]) == 200
    assert await choose(hall, policy="cn-default", courtrooms=[]) == 409
    assert await choose(hall, policy="cn-default") == 200
    assert await choose(hall, policy="cn-default", courtrooms=[hall.room]) == 409
    assert (await hall.order("delay", arguments={"seconds": 1})).status == 409


async def test_where_no_policy_holds_a_lost_database_stops_nothing(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies = hall.service.app[APPROVALS].policies
    assert await policies.of(hall.court) is None

    def away() -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(hall.service.app[DATABASE], "read", away)
    assert await policies.of(hall.court) is None
    with pytest.raises(DatabaseUnavailable):
        await policies.of("another")
