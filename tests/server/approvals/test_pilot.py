"""How long a court may try broadcasts before it has chosen a policy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from server.approvals.pilot import MOST_DAYS, Pilot, end_of, last_day_of, must_be_bounded
from server.errors import Conflict, Invalid

ZONE = "Asia/Shanghai"
BEGAN = datetime(2026, 11, 27, 17, tzinfo=UTC)  # 28 November at the court
DAY = timedelta(days=1)


def test_a_pilot_runs_until_its_last_day_is_over_at_the_court() -> None:
    pilot = Pilot("p", "c", end_of(date(2026, 11, 30), ZONE), "Why.", "ada", BEGAN, BEGAN)
    midnight = datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert pilot.runs(midnight - timedelta(microseconds=1))
    assert not pilot.runs(midnight)


def test_all_pilots_of_a_court_together_have_92_days() -> None:
    latest = last_day_of(BEGAN, ZONE)
    assert latest - date(2026, 11, 28) == (MOST_DAYS - 1) * DAY
    must_be_bounded(date(2026, 11, 28), BEGAN, BEGAN, ZONE)
    must_be_bounded(latest, BEGAN, BEGAN, ZONE)
    for wrong in (date(2026, 11, 27), latest + DAY, date.max):
        with pytest.raises(Invalid):
            must_be_bounded(wrong, BEGAN, BEGAN, ZONE)
    later = BEGAN + 50 * DAY  # another one: the days of the first one count
    must_be_bounded(latest, BEGAN, later, ZONE)
    with pytest.raises(Invalid):
        must_be_bounded(latest + DAY, BEGAN, later, ZONE)
    with pytest.raises(Conflict):
        must_be_bounded(latest + 2 * DAY, BEGAN, BEGAN + MOST_DAYS * DAY, ZONE)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Chicago", "Pacific/Apia"])
def test_a_clock_change_takes_no_day(zone: str) -> None:
    for began in (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)):
        last = end_of(last_day_of(began, zone), zone)
        assert timedelta(days=91) < last - began <= timedelta(days=92, hours=1)
