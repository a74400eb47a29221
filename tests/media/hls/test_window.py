"""What is listed, for how long, and how far it reaches."""

from media.hls.window import Edge, Window
from tests.media.hls.parts_by_hand import PARTS, listed, part


def window(length: int = 900_000) -> Window:
    return Window(timescale=1000, length=length)


def filled(parts: int, length: int = 900_000) -> Window:
    made = window(length)
    assert all(made.add(part(number)) for number in range(parts))
    return made


def test_an_empty_window_reaches_nowhere() -> None:
    assert window().edge == Edge(-1, 0, 0)
    assert window().edge.last is None
    assert window().edge.next == (0, 0)


def test_the_edge_counts_parts_of_the_open_segment() -> None:
    assert filled(2).edge == Edge(-1, 0, 2)
    assert filled(6).edge == Edge(0, 6, 0)
    assert filled(6).edge.last == (0, 5)
    assert filled(8).edge == Edge(0, 6, 2)
    assert filled(8).edge.next == (1, 2)


def test_only_the_next_part_is_taken() -> None:
    made = filled(8)
    assert not made.add(part(7))
    assert not made.add(part(9))
    assert not made.add(part(13))
    assert made.add(part(8))


def test_the_next_segment_closes_the_open_one() -> None:
    made = filled(3)
    assert made.add(part(6, discontinuity=True))
    assert made.edge == Edge(0, 3, 1)
    assert made.segments[0].duration == 960


def test_the_oldest_segments_go_but_never_below_the_length() -> None:
    made = filled(PARTS * 30, length=20_000)
    assert sum(segment.duration for segment in made.segments) == 11 * 1920
    assert made.media_sequence == 19
    assert made.find(18) is None
    found = made.find(19)
    assert found is not None
    assert found.msn == 19


def test_discontinuities_that_left_are_counted() -> None:
    made = window(length=4000)
    for number in range(PARTS * 8):
        made.add(part(number, discontinuity=number in {12, 36}))
        if number == PARTS * 4:  # segments 1, 2 (marked), 3
            assert (made.media_sequence, made.discontinuity_sequence) == (1, 0)
    assert made.media_sequence == 5
    assert made.discontinuity_sequence == 1
    assert made.segments[1].discontinuity


def test_a_marked_segment_at_the_front_is_not_counted_yet() -> None:
    made = window(length=4000)
    for number in range(PARTS * 5):
        made.add(part(number, discontinuity=number == 12))
    assert made.media_sequence == 2
    assert made.segments[0].discontinuity
    assert made.discontinuity_sequence == 0


def test_a_snapshot_is_listed_and_gone_on_with() -> None:
    made = window()
    assert made.list_segment(listed(40, sequence=3))
    assert made.list_segment(listed(41, sequence=3))
    assert not made.list_segment(listed(43))
    assert made.add(part(42 * PARTS, discontinuity=True))
    assert made.edge == Edge(41, 6, 1)
    assert made.discontinuity_sequence == 3
    assert made.open is not None
    assert made.open.discontinuity_sequence == 4


def test_parts_are_listed_for_three_target_durations() -> None:
    # 4 × 1.92 s: the oldest of them has 5.76 s after it, the one before would have 7.68 s.
    assert filled(PARTS * 20).with_parts(6000) == 4
    assert filled(PARTS * 20 + 5).with_parts(6000) == 4
    assert filled(PARTS * 2).with_parts(6000) == 2


def test_what_lies_beyond_the_boundary_can_be_skipped() -> None:
    assert filled(PARTS * 7).skippable(12_000) == 0
    # 7 segments have 13.44 s after … the eighth from the end is the first beyond 12 s.
    assert filled(PARTS * 8).skippable(12_000) == 1
    assert filled(PARTS * 20).skippable(12_000) == 13


def test_the_end_closes_what_is_open() -> None:
    made = filled(8)
    made.end()
    assert made.edge == Edge(1, 2, 0)
    assert made.ended


def test_a_hole_makes_the_segment_a_gap() -> None:
    made = filled(1)
    made.add(part(1, gap=True))
    for number in range(2, 6):
        made.add(part(number))
    assert made.segments[0].gap
    assert [listed_part.gap for listed_part in made.segments[0].parts] == [False, True] + [
        False
    ] * 4


def test_place_of_a_part_in_the_file() -> None:
    made = filled(6)
    assert made.segments[0].place(0) == (0, 8)
    assert made.segments[0].place(2) == (16, 8)


def test_what_of_a_torn_segment_can_be_had() -> None:
    window = Window(timescale=1000, length=None)
    for number in range(PARTS + 1):
        window.add(part(number, gap=number == 2))
    torn, open_ = window.find(0), window.find(1)
    assert torn is not None
    assert open_ is not None
    assert not torn.has(None, complete=0)
    assert [torn.has(number, complete=0) for number in (1, 2, 5, 6)] == [True, False, True, False]
    assert not open_.has(None, complete=0)
    assert open_.has(0, complete=0)
