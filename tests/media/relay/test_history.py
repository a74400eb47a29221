"""What is kept of a rendition, how it is found, and that what is cut is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.relay.history import MAX_BYTES, History
from media.relay.packed import Packed

FRAME = 0.04


def packed(first: int, *, key: bool = False, size: int = 10, court_us: int = 0) -> Packed:
    payloads = [b"x" * size, b"y" * size]
    return Packed.of(
        payloads, first=first, timestamp=first, court_us=court_us, keyframe=key, is_video=True
    )


def filled(keys: list[bool], *, size: int = 10) -> History:
    history = History()
    for at, key in enumerate(keys):
        history.add(packed(history.next, key=key, size=size, court_us=at * 40_000), at * FRAME)
    return history


@given(st.lists(st.booleans(), min_size=1, max_size=120))
def test_the_group_of_pictures_and_the_last_second_are_kept(keys: list[bool]) -> None:
    history = filled(keys)
    last = len(keys) - 1
    newest_key = max((at for at, key in enumerate(keys) if key), default=None)
    since_key = 0 if newest_key is None else last - newest_key + 1
    assert [frame.first for frame in history.group()] == [
        2 * at for at in range(last - since_key + 1, last + 1)
    ]
    oldest = min(last - 24, last if newest_key is None else newest_key)
    assert len(history) <= max(27, since_key + 1)
    for at in range(max(oldest, 0), last + 1):
        for place in range(2):
            found = history.find(2 * at + place)
            assert found is not None
            assert (found[0].first, found[1]) == (2 * at, place)
    assert history.find(2 * last + 2) is None


def test_bytes_are_bounded_even_within_one_group() -> None:
    history = filled([True] + [False] * 30, size=MAX_BYTES // 40)
    assert history.held_bytes <= MAX_BYTES + MAX_BYTES // 10
    assert history.group() == []
    assert history.find(0) is None


def test_what_is_cut_is_gone_and_nobody_starts_before_the_next_key_frame() -> None:
    history = filled([True] + [False] * 9)
    assert history.cut(4 * 40_000, 8 * 40_000) == 4
    assert history.group() == []
    assert [history.find(number) is not None for number in (7, 8, 15, 16)] == [
        True, False, False, True,
    ]  # fmt: skip
    history.add(packed(history.next, key=True), 0.5)
    assert [frame.first for frame in history.group()] == [20]


def test_nobody_starts_where_a_start_was_forgotten() -> None:
    history = filled([True, False])
    history.forget_start()
    assert history.group() == []
    assert history.find(0) is not None


def test_frames_that_follow_are_counted() -> None:
    history = filled([True, False, False])
    assert [history.frames_after(number) for number in (0, 1, 2, 5)] == [2, 2, 1, 0]


def test_numbers_have_no_gaps() -> None:
    with pytest.raises(ValueError, match="gaps"):
        History().add(packed(1), 0.0)
