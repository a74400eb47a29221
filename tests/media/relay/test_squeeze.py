"""Timestamps of what is sent late: never back, never later than the next live frame."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from media.relay.squeeze import Squeeze, fits

TICKS = 3_600


@settings(max_examples=40)
@given(
    st.integers(1, 100),
    st.lists(st.integers(0, 2_000), min_size=200, max_size=200),
    st.integers(-3_000, TICKS // 2 - 900),
)
def test_a_viewer_who_catches_up_meets_the_live_frames(
    behind: int, waits: list[int], last_offset: int
) -> None:
    """Frames come every 3600 ticks, perhaps late; the viewer is sent one after each wait."""
    newest, clock = 1_000_000, 1_000_000
    last = newest + last_offset
    squeeze = Squeeze(last)
    for wait in waits:
        clock += wait
        while clock - newest > TICKS + 1_000:  # the next frame is up to 1000 ticks late
            newest, behind = newest + TICKS, behind + 1
        stamp = squeeze.stamp(clock, newest, behind, TICKS)
        assert last < stamp < newest + TICKS
        last = stamp
        if behind == 0:
            return
        behind -= 1


def test_a_frame_sent_as_it_comes_keeps_its_timestamp() -> None:
    assert Squeeze().stamp(5_000, 5_000, 0, TICKS) == 5_000


def test_the_age_of_a_group_does_not_show() -> None:
    squeeze = Squeeze()
    stamps = [squeeze.stamp(90_000 + at * 450, 90_000, 10 - at, TICKS) for at in range(4)]
    assert stamps == [90_000, 90_450, 90_900, 91_350]


def test_a_group_may_be_too_long_to_fit() -> None:
    assert fits(100, TICKS)
    assert not fits(450, TICKS)
