"""Times are the court's, words the reader's."""

from datetime import UTC, datetime

import pytest

from server.pages import times
from server.translation import Language

AT = datetime(2026, 11, 23, 16, 3, 7, 900_000, tzinfo=UTC)
ZONE = "Asia/Shanghai"


def test_the_clock_is_the_courts() -> None:
    assert times.clock(AT, ZONE) == "00:03:07"
    assert times.clock(AT.isoformat(), ZONE, seconds=False) == "00:03"
    assert times.stamp(AT, ZONE) == "2026-11-24 00:03:07"


def test_a_date_is_written_as_the_reader_writes_it() -> None:
    assert times.day_and_time(AT, ZONE, "zh-CN") == "2026年11月24日 星期二 00:03"
    assert times.day_and_time(AT, ZONE, "en", short=True) == "Tue 24 Nov, 00:03"
    assert times.day(AT, ZONE, "en") == "Tuesday, 24 November 2026"


def test_a_moment_is_told_to_the_millisecond() -> None:
    assert times.milliseconds("2026-11-23T16:03:07.900+00:00") == 1_795_449_787_900


@pytest.mark.parametrize(
    ("seconds", "language", "words"),
    [
        (0, "zh-CN", "0 秒"),
        (10, "zh-CN", "10 秒"),
        (90, "en", "1 min 30 s"),
        (1800, "en", "30 min"),
    ],
)
def test_a_duration_is_said_in_words(seconds: float, language: Language, words: str) -> None:
    assert times.duration(seconds, language) == words
