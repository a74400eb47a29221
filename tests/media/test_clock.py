"""Court time over restarts, and the map between stream and court."""

from __future__ import annotations

import pytest

from media.clock import CourtClock, CourtMap, continued

HOUR = 3_600_000_000


def test_court_time_follows_the_monotonic_clock() -> None:
    clock = CourtClock(1_000_000, 5_000)
    assert clock.court_us(5_000 + 2_000_000) == 1_002_000
    assert clock.monotonic_ns(1_002_000) == 2_005_000


def test_a_restart_goes_on_whatever_was_done_to_the_wall_clock() -> None:
    before = CourtClock(10 * HOUR, 0)
    now_ns = 60_000_000_000
    assert continued(before, 10 * HOUR + 50_000_000, 9 * HOUR, now_ns) is before


@pytest.mark.parametrize("beat_us", [10 * HOUR - 2 * HOUR, 10 * HOUR + 2 * HOUR])
def test_a_long_pause_believes_the_wall_clock(beat_us: int) -> None:
    before = CourtClock(10 * HOUR, 0)
    assert continued(before, beat_us, 7 * HOUR, 1_000) == CourtClock(7 * HOUR, 1_000)


def test_nothing_to_continue() -> None:
    assert continued(None, 0, 7 * HOUR, 1_000) == CourtClock(7 * HOUR, 1_000)


def test_the_map_is_never_crossed() -> None:
    line = CourtMap()
    assert line.court_us(5) is None
    assert line.stream_us(5) is None
    line.begin(0, 1_000)
    line.begin(100, 1_050)  # the delay grew: 50 are shown twice
    line.begin(200, 1_400)  # it shrank: 250 are never shown
    assert [line.court_us(at) for at in (0, 99, 100, 199, 200)] == [
        1_000,
        1_099,
        1_050,
        1_149,
        1_400,
    ]
    assert [line.stream_us(at) for at in (1_000, 1_060, 1_149, 1_200, 1_400)] == [
        0,
        110,
        199,
        None,
        200,
    ]
    line.begin(200, 1_500)
    assert line.court_us(200) == 1_500
    with pytest.raises(ValueError, match="order"):
        line.begin(10, 0)
