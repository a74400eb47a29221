"""How long the room on a disk lasts."""

from __future__ import annotations

from collections.abc import Iterable

from server.broadcasts.disk_forecast import SPAN_S, DiskForecast

GIB = 1 << 30
MBIT = 1_000_000


def told(room: Iterable[tuple[float, int]]) -> DiskForecast:
    forecast = DiskForecast()
    for at_s, free_bytes in room:
        forecast.take(at_s, free_bytes)
    return forecast


def test_what_a_hearing_writes_counts_from_the_beginning() -> None:
    forecast = DiskForecast()
    assert forecast.minutes(0, 100 * GIB, 0) is None
    assert forecast.minutes(8 * MBIT, 6_000 * MBIT, 0) == 100
    assert forecast.minutes(8 * MBIT, 6_000 * MBIT, 3_000 * MBIT) == 50
    assert forecast.minutes(8 * MBIT, GIB, 2 * GIB) == 0


def test_what_other_courtrooms_write_is_seen_in_the_room_that_is_left() -> None:
    free = 6_000 * MBIT
    forecast = told((second, free - 10 * MBIT * second) for second in range(61))
    left = free - 600 * MBIT
    assert forecast.minutes(8 * MBIT, left, 0) == left / (10 * MBIT) // 60
    assert forecast.minutes(160 * MBIT, left, 0) == left / (20 * MBIT) // 60


def test_little_time_and_room_that_was_made_tell_nothing() -> None:
    assert told([(0, 9 * GIB), (6, GIB)]).minutes(8 * MBIT, 6_000 * MBIT, 0) == 100
    assert told([(0, GIB), (60, 9 * GIB)]).minutes(8 * MBIT, 6_000 * MBIT, 0) == 100


def test_what_was_long_ago_is_forgotten() -> None:
    forecast = told([(0, 90 * GIB), *((10 + second, 6_000 * MBIT) for second in range(200))])
    assert SPAN_S < 200
    assert forecast.minutes(8 * MBIT, 6_000 * MBIT, 0) == 100
    forecast = told([(0, 9 * GIB), (60, 6_000 * MBIT)])
    forecast.forget()
    assert forecast.minutes(8 * MBIT, 6_000 * MBIT, 0) == 100
