"""Decode times of pictures that come with their times of showing alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.decode_times import MOST_AHEAD, DecodeTimes

TICK = 40_000


def taken(times: Iterable[int]) -> list[int | None]:
    known = DecodeTimes()
    return [known.take(pts_us) for pts_us in times]


def steps(times: list[int | None]) -> list[int]:
    """Return the distances between neighbours that are both known."""
    return [
        later - earlier
        for earlier, later in itertools.pairwise(times)
        if earlier is not None and later is not None
    ]


def test_without_reordering_they_are_the_times_of_showing() -> None:
    assert taken([0, TICK, 5 * TICK]) == [0, TICK, 5 * TICK]


@pytest.mark.parametrize(
    "group",
    [
        [3, 1, 2],  # two B-frames
        [4, 2, 1, 3],  # a pyramid
        [3, 1, 2, 4, 8, 6, 5, 7],  # as an encoder likes
    ],
)
def test_what_is_sent_evenly_is_even(group: list[int]) -> None:
    length = len(group)
    shown = [0, *(TICK * (length * turn + at) for turn in range(20) for at in group)]
    settled = taken(shown)[2 * length :]
    assert None not in settled
    assert set(steps(settled)) == {TICK}


def test_a_clock_that_is_set_begins_anew() -> None:
    even = [TICK * at for at in (0, 3, 1, 2, 6, 4, 5, 9, 7, 8)]
    later = [at + 3_600_000_000 for at in even]
    found = taken([*even, *later, *even])
    assert max(map(abs, steps(found))) <= 3 * TICK  # while it learns how many are sent ahead
    assert steps(found)[-5:] == [TICK] * 5


def test_what_has_no_order_is_not_held_for_ever() -> None:
    known = DecodeTimes()
    falling = [known.take(-at) for at in range(200)]
    assert falling.count(None) < len(falling)


@given(st.lists(st.integers(-(10**15), 10**15), max_size=200))
def test_any_times_are_taken_and_few_are_held(times: list[int]) -> None:
    known = DecodeTimes()
    for pts_us in times:
        known.take(pts_us)
        assert len(known._waiting) <= MOST_AHEAD + 1
