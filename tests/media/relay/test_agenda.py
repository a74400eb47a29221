"""What is posted is told with its picture, once, in order, and never if it was cut."""

from hypothesis import given, settings
from hypothesis import strategies as st

from media.relay.agenda import MOST_BYTES, MOST_POST_BYTES, MOST_POSTS, Agenda


def test_a_post_waits_for_the_picture_of_its_time() -> None:
    agenda = Agenda()
    agenda.add(20, b"second")
    agenda.add(10, b"first")
    agenda.add(20, b"third")
    assert agenda.due(9) == ()
    assert agenda.due(20) == [b"first", b"second", b"third"]
    assert agenda.due(99) == ()


def test_what_is_cut_is_never_told() -> None:
    agenda = Agenda()
    for court_us in range(5):
        agenda.add(court_us, b"%d" % court_us)
    agenda.cut(1, 3)
    assert agenda.due(9) == [b"0", b"3", b"4"]


def test_a_post_that_comes_again_is_told_in_its_newest_form_only() -> None:
    agenda = Agenda()
    agenda.add(10, b'{"body":"Li Lei","id":"p1"}')
    agenda.add(10, b'{"body":"Li Lei came.","id":"p2"}')
    agenda.add(10, b'{"body":"witness A","id":"p1"}')  # the name was withdrawn
    assert not agenda.add(10, b'{"body":"Li Lei","id":"p1"}')  # of a server that said it late
    told = b"".join(agenda.due(20))
    assert told == b'{"body":"Li Lei came.","id":"p2"}{"body":"witness A","id":"p1"}'


def test_it_is_bounded_in_number_and_bytes() -> None:
    agenda = Agenda()
    assert not agenda.add(0, bytes(MOST_POST_BYTES + 1))
    kept = sum(agenda.add(number, b"x") for number in range(MOST_POSTS + 10))
    assert kept == MOST_POSTS
    assert agenda.dropped == 11
    agenda.due(MOST_POSTS)
    kept = sum(agenda.add(number, bytes(MOST_POST_BYTES)) for number in range(100))
    assert kept * MOST_POST_BYTES <= MOST_BYTES


@settings(max_examples=40)
@given(st.lists(st.integers(0, 50), max_size=40), st.lists(st.integers(0, 60), max_size=20))
def test_each_post_is_told_once_and_not_before_its_time(
    posted: list[int], pictures: list[int]
) -> None:
    agenda = Agenda()
    for court_us in posted + posted[-5:]:  # several servers say the same
        agenda.add(court_us, b"%d" % court_us)
    told = []
    for picture in sorted(pictures):
        due = [int(post) for post in agenda.due(picture)]
        assert all(court_us <= picture for court_us in due)
        told += due
    assert told == sorted(each for each in set(posted) if pictures and each <= max(pictures))
