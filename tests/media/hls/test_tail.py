"""The newest bytes in memory."""

from media.hls.tail import Tail


def filled() -> Tail:
    tail = Tail()
    for msn in (4, 5):
        for part in range(3):
            tail.put(msn, part, f"{msn}.{part} ".encode())
    return tail


def test_parts_and_whole_segments() -> None:
    tail = filled()
    assert tail.part(4, 1) == b"4.1 "
    assert tail.part(4, 3) is None
    assert tail.segment(5, 3) == b"5.0 5.1 5.2 "
    assert tail.segment(5, 4) is None
    assert tail.segment(6, 0) is None


def test_what_was_given_out_is_remembered() -> None:
    tail = filled()
    tail.part(4, 1)
    assert tail.was_served(4, 1)
    assert not tail.was_served(4, 2)
    tail.segment(5, 3)
    assert tail.was_served(5, 0)


def test_what_is_dropped_is_gone_from_the_segment_too() -> None:
    tail = filled()
    assert tail.segment(4, 3)
    tail.drop(4, 0)
    assert tail.part(4, 0) is None
    assert tail.segment(4, 3) is None


def test_old_segments_go() -> None:
    tail = filled()
    before = tail.size
    tail.keep_from(5)
    assert tail.part(4, 0) is None
    assert tail.size == before // 2


def test_what_another_one_holds_is_taken_over() -> None:
    tail = Tail()
    tail.put(5, 0, b"new")
    other = filled()
    other.part(5, 1)
    tail.adopt(other, {5}, 0)
    assert tail.part(4, 0) is None
    assert tail.part(5, 0) == b"new"
    assert tail.was_served(5, 1)
    assert tail.part(5, 2) == b"5.2 "
