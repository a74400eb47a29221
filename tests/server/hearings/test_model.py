from datetime import UTC, datetime, timedelta

import pytest

from server.hearings.model import day, when

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


@pytest.mark.parametrize(
    ("hours", "answer"), [(-12.01, "past"), (-12, "today"), (11.99, "today"), (12, "future")]
)
def test_the_court_s_own_day_decides(hours: float, answer: str) -> None:
    assert when(NOON + timedelta(hours=hours), NOON, "Asia/Shanghai") == answer


@pytest.mark.parametrize(("date", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_day_may_be_longer_or_shorter(date: tuple[int, int, int], hours: int) -> None:
    begins, ends = day(datetime(*date, 12, tzinfo=UTC), "Europe/London")
    assert ends - begins == timedelta(hours=hours)
