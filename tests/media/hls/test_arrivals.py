"""What was added to playlists within the last seconds."""

from media.hls.arrivals import Arrivals


def test_what_is_new_goes_by_the_time_it_came_and_not_by_its_own() -> None:
    arrivals = Arrivals()
    assert arrivals.reached_us(100.0) == 0
    for second in range(100, 120):
        arrivals.note(float(second), second * 1_000_000)
    arrivals.note(120.0, 150_000_000)  # half a minute at once
    assert arrivals.reached_us(120.0 - 12) == 108_000_000
    assert arrivals.reached_us(119.5) == 119_000_000
    assert arrivals.reached_us(99.0) == 0


def test_only_the_last_minute_is_kept_and_at_least_what_began_before_it() -> None:
    arrivals = Arrivals()
    for second in range(1000):
        arrivals.note(float(second), second)
    assert arrivals.reached_us(900.0) == 0
    assert arrivals.reached_us(940.0) == 940


def test_what_is_told_again_was_there_before() -> None:
    """A worker's snapshot repeats what players have known for long."""
    before, after = Arrivals(), Arrivals()
    before.note(10.0, 5_000_000)
    before.note(11.0, 6_000_000)
    for end_us in (5_000_000, 6_000_000, 7_000_000):
        after.note(30.0, end_us)
    after.precede(before)
    assert after.reached_us(29.0) == 6_000_000
    assert after.reached_us(30.0) == 7_000_000
