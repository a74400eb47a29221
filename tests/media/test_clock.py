"""Court time over restarts."""

from __future__ import annotations

import pytest

from media.clock import CourtClock, continued

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
