"""One time for picture and sound, also when the worker begins anew."""

from __future__ import annotations

import pytest

from media.relay.media_clock import MediaClock

COURT = 1_700_000_000_000_000


def test_picture_and_sound_have_one_line_to_court_time() -> None:
    clock = MediaClock()
    assert clock.take(90_000, 90_000, COURT + 1_000_000, 5.0) == 90_000
    assert clock.take(47_000, 48_000, COURT + 979_167, 5.01) == 47_000
    assert clock.media_seconds(5.5) == pytest.approx(1.5)
    assert clock.court_us(1.5) == COURT + 1_500_000
    assert clock.newest_court_us == COURT + 1_000_000


def test_before_the_first_frame_there_is_no_time() -> None:
    clock = MediaClock()
    assert clock.newest_court_us is None
    assert clock.media_seconds(3.0) == 0.0


def test_a_worker_that_goes_on_goes_on() -> None:
    clock = MediaClock()
    clock.restart()
    clock.take(900_000, 90_000, COURT, 1.0)
    clock.restart()
    assert clock.take(1_080_000, 90_000, COURT + 2_000_000, 3.5) == 1_080_000


def test_a_worker_that_counts_anew_is_put_behind_what_was() -> None:
    clock = MediaClock()
    clock.take(900_000, 90_000, COURT, 1.0)
    clock.restart()
    stamps = [clock.take(at * 3_600, 90_000, COURT + 3_000_000, 3.0 + at * 0.04) for at in range(2)]
    assert stamps == [900_000 + 180_000, 900_000 + 183_600]
    assert clock.take(0, 48_000, COURT + 3_000_000, 3.1) == 480_000 + 96_000
    assert clock.court_us(clock.media_seconds(3.04)) == COURT + 3_000_000


def test_a_delay_that_was_made_longer_shows_in_court_time_alone() -> None:
    clock = MediaClock()
    clock.take(90_000, 90_000, COURT + 10_000_000, 1.0)
    assert clock.lines == 1
    assert clock.take(93_600, 90_000, COURT + 5_000_000, 1.04) == 93_600
    assert clock.lines == 2
    assert clock.take(97_200, 90_000, COURT + 5_040_000, 1.08) == 97_200
    assert clock.lines == 2
    assert clock.newest_court_us == COURT + 5_040_000
