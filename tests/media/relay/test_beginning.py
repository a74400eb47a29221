"""When a picture is begun anew: a far viewer is believed soon at first, a near one less often."""

from __future__ import annotations

from media.relay.beginning import BEGINS_SECONDS, FAR_SECONDS, Beginning


def test_a_near_viewer_is_believed_once_a_second_and_owed_nothing() -> None:
    near = Beginning(10.0, FAR_SECONDS / 2)
    assert not near.is_far
    assert not near.wish(10.01)  # its picture is on the way
    assert not near.is_due(11.0)
    assert [at for at in range(40) if near.wish(10.2 + at / 10)] == [0, 10, 20, 30]


def test_a_far_viewer_is_believed_after_a_round_trip_and_what_it_said_before_is_owed() -> None:
    far = Beginning(10.0, 0.06)
    assert far.is_far
    assert not far.wish(10.03)
    assert not far.is_due(10.05)
    assert far.is_due(10.061)
    assert far.wish(10.061)
    assert not far.is_due(12.0)
    assert not far.wish(10.1)
    assert far.wish(10.4)


def test_after_its_first_seconds_a_far_viewer_is_one_like_others() -> None:
    far = Beginning(10.0, 0.06)
    late = 10.0 + BEGINS_SECONDS
    assert far.wish(late)
    assert not far.wish(late + 0.5)
    assert not far.is_due(late + 2)
    assert far.wish(late + 1.01)


def test_a_round_trip_that_is_very_long_is_not_waited_for() -> None:
    assert Beginning(10.0, 3.0).pause <= 0.1
