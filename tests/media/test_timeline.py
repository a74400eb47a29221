"""Court time over changes of the delay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.timeline import LEAST_WAIT_US, Piece, Timeline

TICK = 40_000
SECOND = 1_000_000


def test_ticks_stay_on_the_air_when_the_delay_changes() -> None:
    line = Timeline([Piece(0, 1_000 * SECOND, 10 * SECOND)], TICK)
    longer = line.changed(100, 30 * SECOND, 4)
    assert [longer.court_us(at) for at in (99, 100)] == [
        1_000 * SECOND + 99 * TICK,
        980 * SECOND + 100 * TICK,
    ]
    assert longer.due_us(100) == line.due_us(100)
    assert longer.begins(100)
    assert not longer.begins(99)
    assert not longer.begins(0)
    assert longer.pieces[-1].sequence == 4


def test_what_is_gone_through_again_is_told() -> None:
    line = Timeline([Piece(0, 1_000 * SECOND, 0)], TICK).changed(100, 5 * SECOND, 1)
    at = 1_000 * SECOND + 100 * TICK
    assert line.holds() == [(at - 5 * SECOND, at)]
    assert line.changed(200, SECOND, 2).holds() == line.holds()


def test_a_piece_begins_behind_the_one_before() -> None:
    line = Timeline([Piece(0, 0, 0)], TICK).changed(50, SECOND, 1)
    with pytest.raises(ValueError, match="order"):
        line.changed(50, 2 * SECOND, 2)
    with pytest.raises(ValueError, match="beginning"):
        Timeline([], TICK)


def test_a_longer_wait_lets_ticks_stay_and_court_time_step_back() -> None:
    line = Timeline([Piece(0, 1_000 * SECOND, SECOND, sequence=3)], TICK)
    longer = line.waiting(100, LEAST_WAIT_US + TICK)
    assert longer.due_us(100) == line.due_us(100)
    assert longer.court_us(100) == line.court_us(99)
    assert (longer.pieces[-1].delay_us, longer.pieces[-1].sequence) == (SECOND, 3)
    assert longer.holds() == [(line.court_us(99), line.court_us(100))]


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 1800)), max_size=8))
def test_outside_of_what_is_held_no_court_time_comes_twice(changes: list[tuple[int, int]]) -> None:
    line, tick = Timeline([Piece(0, 10_000 * SECOND, 0)], TICK), 0
    for sequence, (after, delay_s) in enumerate(changes, start=1):
        tick += after
        line = line.changed(tick, delay_s * SECOND, sequence)
    holds = line.holds()
    shown = [
        court_us
        for court_us in map(line.court_us, range(tick + 100))
        if not any(since <= court_us < until for since, until in holds)
    ]
    assert len(set(shown)) == len(shown)
    for at in range(tick + 100):
        assert line.due_us(at) == 10_000 * SECOND + at * TICK + LEAST_WAIT_US
