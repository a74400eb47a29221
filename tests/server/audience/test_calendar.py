from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audience.calendar import from_us, hashing_day, local_month, to_us, zone


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1971, 1, 1)))  # noqa: DTZ001
def test_microseconds_are_exact_both_ways(at: datetime) -> None:
    assert from_us(to_us(at)) == at


@pytest.mark.parametrize(
    ("name", "month"), [("Asia/Shanghai", 202701), ("Europe/Berlin", 202612), ("UTC", 202612)]
)
def test_the_court_decides_in_which_year_new_years_eve_lies(name: str, month: int) -> None:
    at = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert local_month(name)(to_us(at)) == month


@pytest.mark.parametrize("name", ["Nowhere/At_All", "", "../../etc/passwd"])
def test_an_unknown_zone_counts_as_the_default(name: str) -> None:
    assert zone(name).key == "Asia/Shanghai"


def test_a_viewers_day_does_not_change_at_midnight() -> None:
    evening = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2026, 11, 23, 19, 59, tzinfo=UTC)
    assert hashing_day(evening) == hashing_day(after_midnight) == "2026-11-23"
    assert hashing_day(datetime(2026, 11, 23, 20, 0, tzinfo=UTC)) == "2026-11-24"
