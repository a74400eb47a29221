import pytest

from media.worker.pace import Pace

TICK_US = 40_000
PART = range(96, 104)


def composed(late_ticks: list[float]) -> list[int]:
    """Return the places in a part whose pictures are composed."""
    pace = Pace(TICK_US, 8)
    late = zip(PART, late_ticks, strict=True)
    return [at - PART[0] for at, one in late if not pace.repeats(at, round(one * TICK_US))]


@pytest.mark.parametrize(
    ("late_ticks", "places"),
    [
        (0, [0, 1, 2, 3, 4, 5, 6, 7]),
        (3, [0, 1, 2, 3, 4, 5, 6, 7]),
        (3.1, [0, 2, 4, 6]),
        (5, [0, 2, 4, 6]),
        (5.1, [0, 4]),
        (6.9, [0, 4]),
        (7, [0]),
        (700, [0]),
    ],
)
def test_the_later_a_worker_is_the_longer_pictures_last(
    late_ticks: float, places: list[int]
) -> None:
    assert composed([late_ticks] * 8) == places


def test_an_overdue_part_has_one_picture_also_when_it_is_in_time_at_its_end() -> None:
    assert composed([9, 8, 7, 6, 5, 4, 3, 2]) == [0]


def test_who_catches_up_within_a_part_shows_more_of_it() -> None:
    assert composed([6, 5.5, 5, 4.5, 4, 3.5, 3, 2]) == [0, 2, 4, 6, 7]


def test_who_becomes_late_within_a_part_ends_it_with_what_there_is() -> None:
    assert composed([0, 0, 9, 9, 9, 9, 9, 9]) == [0, 1, 4]


def stills(late_ticks: int, edges: set[int], ticks: range) -> list[int]:
    pace, found = Pace(TICK_US, 8), []
    for tick in ticks:
        pace.repeats(tick, late_ticks * TICK_US)
        if pace.still(tick, edge=tick in edges):
            found.append(tick)
    return found


def test_a_still_follows_each_edge_at_once_and_then_every_two_seconds() -> None:
    assert stills(0, {8, 19}, range(8, 130)) == [8, 19, 69, 119]


def test_a_still_waits_for_the_end_of_an_overdue_part() -> None:
    assert stills(9, {8, 19}, range(8, 40)) == [16, 24]
