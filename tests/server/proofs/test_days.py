"""Days follow one another by the court's calendar, whatever clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.proofs.days import ClockDoubtful, day_of, days_late, days_to_close, entry_day

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"


def us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def local(place: str, *of: int) -> int:
    return us(datetime(*of, tzinfo=ZoneInfo(place)))  # type: ignore[arg-type, misc]


def test_the_courts_calendar_decides_and_not_the_servers() -> None:
    at = us(datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    assert day_of(at, SHANGHAI) == date(2027, 1, 1)
    assert day_of(at, BERLIN) == date(2026, 12, 31)


def test_the_years_end_is_a_day_like_others() -> None:
    now = local(SHANGHAI, 2027, 1, 2, 8)
    assert days_to_close(now, SHANGHAI, date(2026, 12, 29), date(2026, 1, 1)) == [
        date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)
    ]  # fmt: skip


def test_a_day_is_over_a_moment_after_midnight() -> None:
    first = date(2026, 11, 26)
    assert days_to_close(local(SHANGHAI, 2026, 11, 27, 0, 4, 59), SHANGHAI, None, first) == []
    assert days_to_close(local(SHANGHAI, 2026, 11, 27, 0, 5), SHANGHAI, None, first) == [first]


@pytest.mark.parametrize(
    ("place", "of"), [(BERLIN, (2026, 3, 29)), (BERLIN, (2026, 10, 25)), (NEW_YORK, (2026, 11, 1))]
)
def test_a_change_of_the_clock_leaves_out_no_day_and_makes_none_twice(
    place: str, of: tuple[int, int, int]
) -> None:
    begin = date(*of) - timedelta(days=2)
    at, closed, found = local(place, begin.year, begin.month, begin.day), None, []
    for _ in range(5 * 24 * 4):
        for day in days_to_close(at, place, closed, begin):
            found.append(day)
            closed = day
        at += 15 * 60 * 1_000_000
    assert found == [begin + timedelta(days=number) for number in range(len(found))]
    assert len(found) >= 4


def test_a_clock_that_was_set_back_enters_nothing_under_a_signed_day() -> None:
    now, closed = local(SHANGHAI, 2026, 11, 25, 12), date(2026, 11, 26)
    assert entry_day(now, SHANGHAI, closed) == date(2026, 11, 27)
    assert days_to_close(now, SHANGHAI, closed, date(2026, 11, 1)) == []
    assert entry_day(now, SHANGHAI, None) == date(2026, 11, 25)


def test_a_clock_that_ran_away_signs_nothing() -> None:
    with pytest.raises(ClockDoubtful):
        days_to_close(local(SHANGHAI, 2036, 1, 1), SHANGHAI, date(2026, 11, 26), date(2026, 11, 1))


def test_a_day_without_a_signature_is_late_after_an_hour() -> None:
    first = date(2026, 11, 26)
    assert days_late(local(SHANGHAI, 2026, 11, 27, 0, 59), SHANGHAI, None, first) == 0
    assert days_late(local(SHANGHAI, 2026, 11, 27, 1, 0), SHANGHAI, None, first) == 1
    assert days_late(local(SHANGHAI, 2028, 11, 27, 1, 0), SHANGHAI, None, first) == 732
    assert days_late(local(SHANGHAI, 2026, 11, 27, 1, 0), SHANGHAI, first, first) == 0
    assert days_late(local(SHANGHAI, 2026, 11, 20, 1, 0), SHANGHAI, first, first) == 0
