import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.hearings.lists.moment import moment
from server.hearings.lists.sheet import Cell

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONDON = ZoneInfo("Europe/London")
NINE_THIRTY = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at"),
    [
        (None, "2026-11-23 09:30"),
        (None, "2026/11/23 9:30"),
        (None, "2026年11月23日 9时30分"),
        (None, "2026年11月23日 星期一 上午9:30"),
        (None, "２０２６．１１．２３　９：３０"),
        (None, "2026-11-23T09:30:00"),
        (None, "2026-11-23T01:30:00Z"),
        (None, "2026-11-23T02:30+01:00"),
        (None, "2026-11-23 9:30 AM"),
        ("2026-11-23", "09:30"),
        ("2026年11月23日", "上午9点30分"),
        ("2026-11-23 周一", "2026-11-23 09:30"),
        (None, 46349 + 9.5 / 24),
        (46349.0, 9.5 / 24),
        (46349.0, "09:30"),
        ("2026-11-23", 9.5 / 24),
        (None, datetime(2026, 11, 23, 9, 30)),  # noqa: DTZ001  (floating)
        (None, datetime(2026, 11, 23, 1, 30, tzinfo=UTC)),
    ],
)
def test_days_and_times_as_courts_write_them(day: Cell | None, at: Cell) -> None:
    assert moment(day, at, SHANGHAI) == NINE_THIRTY


def test_days_counted_from_1904() -> None:
    assert moment(None, 46349 - 1462 + 9.5 / 24, SHANGHAI, 1462) == NINE_THIRTY


@pytest.mark.parametrize(
    ("at", "utc"),
    [("下午2:30", (6, 30)), ("2:30 pm", (6, 30)), ("中午12:00", (4, 0)), ("14时", (6, 0))],
)
def test_halves_of_the_day(at: str, utc: tuple[int, int]) -> None:
    assert moment("2026-11-23", at, SHANGHAI) == datetime(2026, 11, 23, *utc, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at"),
    [
        (None, "09:30"), (None, "2026-11-23"), (None, "2026-02-30 09:30"),
        (None, "2026-11-23 25:00"),
        (None, "tomorrow"), (None, "上午14:00"), (None, "9:30:99 2026-11-23"), (None, "1" * 500),
        (None, 5.0), (None, 0.5), (None, 1e300), (None, float("nan")), (None, -1.0),
        (None, 46349.0), ("2026-11-24", "2026-11-23 09:30"), ("x", "09:30"), ("", "09:30"),
        (None, "2026-11-23 09:30+99:00"),
    ],
)  # fmt: skip
def test_what_is_no_day_and_time_is_refused(day: Cell | None, at: Cell) -> None:
    with pytest.raises(Invalid):
        moment(day, at, SHANGHAI)


def test_the_clocks_of_the_court_decide() -> None:
    assert moment(None, "2026-07-01 09:30", LONDON) == datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    assert moment(None, "2026-12-01 09:30", LONDON) == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    with pytest.raises(Invalid, match="no such time"):
        moment(None, "2026-03-29 01:30", LONDON)
    with pytest.raises(Invalid, match="twice"):
        moment(None, "2026-10-25 01:30", LONDON)
    told = moment(None, "2026-10-25T01:30+01:00", LONDON)
    assert told == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(st.integers(61, 73000), st.integers(1, 86399))
def test_a_spreadsheet_s_number_is_its_second(days: int, second: int) -> None:
    found = moment(None, days + second / 86400, ZoneInfo("UTC"))
    assert found == datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=days, seconds=second)


@given(st.text(max_size=60))
def test_whatever_comes_is_a_moment_or_refused(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert moment(None, text, LONDON).tzinfo is UTC
