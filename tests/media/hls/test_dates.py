"""What the worker tells in, tags out."""

import pytest

from media.hls.dates import DateRanges, program_date_time
from media.hls.withdrawn import Withdrawn
from media.messages import AirChange
from tests.media.hls.parts_by_hand import START_US

S = 1_000_000


def change(second: float, air: str, *, step: float = 0) -> AirChange:
    """What is seen from a second of the stream on; court time has stepped by so much by then."""
    media_us = round(second * S)
    return AirChange(media_us, START_US + media_us + round(step * S), air)


def ids(tags: str) -> list[str]:
    return [line.split('"')[1] for line in tags.splitlines()]


HEARING = [
    change(0, "before"),
    change(4, "room"),
    change(10.04, "recess"),
    change(30, "room"),
    change(50, "closed"),
]


def test_times_are_written_in_milliseconds() -> None:
    assert program_date_time(1_764_000_000_000_499) == "2025-11-24T16:00:00.000Z"
    assert program_date_time(1_764_000_000_999_500) == "2025-11-24T16:00:01.000Z"


def test_a_range_begins_with_its_first_picture_and_its_length_is_told_with_the_first_after_it() -> (
    None
):
    dates = DateRanges(HEARING)
    assert dates.told(10 * S, 11 * S) == (
        '#EXT-X-DATERANGE:ID="recess-10040",CLASS="org.tingbo.slate",'
        'START-DATE="2025-11-24T16:00:10.040Z",X-ORG-TINGBO-REASON="recess"\n'
    )
    assert dates.told(11 * S, 30 * S) == ""
    assert dates.told(30 * S, 31 * S) == (
        '#EXT-X-DATERANGE:ID="recess-10040",CLASS="org.tingbo.slate",'
        'START-DATE="2025-11-24T16:00:10.040Z",DURATION=19.960\n'
    )


def test_a_slate_after_a_slate_ends_the_one_before() -> None:
    dates = DateRanges([change(1, "interrupted"), change(2, "recess")])
    assert ids(dates.told(2 * S, 3 * S)) == ["interrupted-1000", "recess-2000"]


def test_both_tags_of_a_range_agree_in_what_both_say() -> None:
    dates = DateRanges(HEARING)
    for identifier in {*ids(dates.told(0, 60 * S))}:
        tags = [line for line in dates.told(0, 60 * S).splitlines() if f'"{identifier}"' in line]
        said: dict[str, str] = {}
        for tag in tags:
            for attribute in tag.partition(":")[2].split(","):
                name, _, value = attribute.partition("=")
                assert said.setdefault(name, value) == value


def test_whoever_succeeds_a_worker_tells_anew_what_was_told_last() -> None:
    dates = DateRanges(HEARING)
    assert not dates.take(change(52, "closed"))  # goes on
    assert dates.changes == tuple(HEARING)
    assert dates.take(change(49, "interrupted"))
    assert ids(dates.told(31 * S, 60 * S)) == ["interrupted-49000"]
    assert dates.take(change(49.04, "room"))
    assert dates.told(49 * S, 60 * S).count("DURATION=0.040") == 1


def test_where_court_time_steps_another_range_begins() -> None:
    dates = DateRanges([change(5, "recess"), change(10, "recess", step=-30), change(50, "room")])
    first, second = "recess-5000", "recess-10000"
    assert ids(dates.told(0, 60 * S)) == [first, first, second, second]
    assert 'START-DATE="2025-11-24T15:59:40.000Z",DURATION=' not in dates.told(0, 50 * S)
    assert 'START-DATE="2025-11-24T15:59:40.000Z",DURATION=40.000' in dates.told(50 * S, 60 * S)


def test_what_no_longer_reaches_into_the_list_is_not_told() -> None:
    dates = DateRanges(HEARING)
    assert ids(dates.earlier(55 * S, 0)) == ids(dates.told(0, 55 * S))
    assert ids(dates.earlier(40 * S, 29 * S)) == ["recess-10040", "recess-10040"]
    assert ids(dates.earlier(29 * S, 29 * S)) == ["recess-10040"]
    assert ids(dates.earlier(55 * S, 30 * S)) == ["closed-50000"]


@pytest.mark.parametrize(
    ("since", "until", "named"),
    [
        (12, 13, ["before-0", "closed-50000"]),
        (0, 4, ["recess-10040", "closed-50000"]),
        (5, 6, ["before-0", "recess-10040", "closed-50000"]),
        (900, 901, ["before-0", "recess-10040"]),  # nobody knows how long it will stand
    ],
)
def test_what_touches_a_withdrawn_stretch_is_not_named(
    since: int, until: int, named: list[str]
) -> None:
    dates = DateRanges(HEARING)
    whole = dates.told(0, 60 * S)
    changed = dates.withdraw(Withdrawn(((START_US + since * S, START_US + until * S),)))
    assert list(dict.fromkeys(ids(dates.told(0, 60 * S)))) == named
    assert (changed is None) == (dates.told(0, 60 * S) == whole)
    assert dates.withdraw(Withdrawn()) == changed
    assert dates.told(0, 60 * S) == whole


def test_the_stretch_in_which_tags_come_or_go_is_told() -> None:
    dates = DateRanges(HEARING)
    assert dates.withdraw(Withdrawn(((START_US + 12 * S, START_US + 13 * S),))) == (
        10_040_000,
        30_000_001,
    )


def test_of_an_ended_broadcast_each_range_that_is_shown_has_one_tag() -> None:
    dates = DateRanges([*HEARING, change(60, "room"), change(70, "ended")])
    assert dates.whole([(0, 20 * S), (64 * S, 73 * S)]).splitlines() == [
        '#EXT-X-DATERANGE:ID="before-0",CLASS="org.tingbo.slate",'
        'START-DATE="2025-11-24T16:00:00.000Z",DURATION=4.000,X-ORG-TINGBO-REASON="before"',
        '#EXT-X-DATERANGE:ID="recess-10040",CLASS="org.tingbo.slate",'
        'START-DATE="2025-11-24T16:00:10.040Z",DURATION=19.960,X-ORG-TINGBO-REASON="recess"',
        '#EXT-X-DATERANGE:ID="ended-70000",CLASS="org.tingbo.slate",'
        'START-DATE="2025-11-24T16:01:10.000Z",DURATION=3.000,X-ORG-TINGBO-REASON="ended"',
    ]


def test_the_end_of_the_stream_ends_what_still_stood() -> None:
    dates = DateRanges([change(0, "room"), change(7, "ended"), change(10, "")])
    assert ids(dates.told(0, 10 * S)) == ["ended-7000"]
    assert "DURATION=3.000" in dates.rest(10 * S)


def test_what_an_earlier_telling_knew_is_kept() -> None:
    later = DateRanges([change(40, "room"), change(50, "closed")])
    later.precede(DateRanges(HEARING[:4]))
    assert later.changes == tuple(HEARING)


def test_a_camera_that_comes_and_goes_all_day_does_not_fill_playlists() -> None:
    dates = DateRanges(
        change(second, ("room", "interrupted")[second % 2]) for second in range(20_000)
    )
    tags = dates.told(0, 20_000 * S)
    assert len(dates.changes) < 5000
    assert tags.count("DURATION=1.000") * 2 == tags.count("\n") < 5000  # none stands for good
