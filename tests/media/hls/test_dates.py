"""What the worker tells in, tags out: by themselves, and in playlists."""

from dataclasses import replace

import pytest

from media.hls.dates import DateRanges, program_date_time
from media.hls.lines import KeyFrameLines, MediaLines
from media.hls.playlist import Grid, LivePlaylist
from media.hls.reply import Reply
from media.hls.window import Window
from media.hls.withdrawn import Withdrawn
from media.messages import AirChange
from tests.media.hls.parts_by_hand import PARTS, START_US, listed, part

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


SLATE = '#EXT-X-DATERANGE:ID="recess-2000",CLASS="org.tingbo.slate"'
DATE = 'START-DATE="2025-11-24T16:00:02.000Z"'
BEGUN = f'{SLATE},{DATE},X-ORG-TINGBO-REASON="recess"\n'
OVER = f"{SLATE},{DATE},DURATION=2.000\n"


GRID = Grid(target_duration=2, part_target=0.32)
START = GRID.head() + "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"


def filled(parts: int) -> Window:
    window = Window(timescale=1000, length=900_000)
    for number in range(parts):
        window.add(part(number))
    return window


def recess(since_ms: int = 2000, until_ms: int = 4000) -> DateRanges:
    """Tell of a recess, as far ahead of the parts as a worker may."""
    at = [(0, "room"), (since_ms, "recess"), (until_ms, "room")]
    return DateRanges(AirChange(ms * 1000, START_US + ms * 1000, air) for ms, air in at)


def dated(window: Window, dates: DateRanges) -> LivePlaylist:
    return LivePlaylist(window, GRID, MediaLines("../../v360/", window.timescale, dates=dates))


def test_a_date_range_is_told_with_the_part_that_shows_it_and_not_before() -> None:
    dates = recess()
    edge = '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../v360/'
    assert "DATERANGE:" not in dated(filled(6), dates).render([])
    assert (
        dated(filled(7), dates)
        .render([])
        .endswith(
            "#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:01.920Z\n"
            f"{BEGUN}"
            '#EXT-X-PART:DURATION=0.32000,URI="../../v360/1.0.m4s",INDEPENDENT=YES\n'
            f'{edge}1.1.m4s"\n'
        )
    )
    assert OVER not in dated(filled(12), dates).render([])
    assert (
        dated(filled(13), dates)
        .render([])
        .endswith(
            f'{OVER}#EXT-X-PART:DURATION=0.32000,URI="../../v360/2.0.m4s",INDEPENDENT=YES\n'
            f'{edge}2.1.m4s"\n'
        )
    )


def test_of_a_playlist_with_date_ranges_no_line_is_changed() -> None:
    """It is only appended to, but for parts that are listed no more (§6.2.1)."""
    dates, window = recess(), filled(1)
    writer = dated(window, dates)
    before: list[str] = []
    for number in range(1, 60):
        window.add(part(number))
        text = writer.render([])
        kept = [
            one for one in text.splitlines() if not one.startswith(("#EXT-X-PRE", "#EXT-X-PART:"))
        ]
        assert kept[: len(before)] == before
        before = kept
    assert before.count(BEGUN.strip()) == before.count(OVER.strip()) == 1


def test_a_delta_update_keeps_the_date_ranges_of_what_it_skips() -> None:
    window = filled(PARTS * 12)
    text = dated(window, recess()).render([], delta=True)
    assert text.startswith(f"{START}#EXT-X-SKIP:SKIPPED-SEGMENTS=5\n{BEGUN}{OVER}#EXT")
    assert text.count("DATERANGE:") == 2


def test_a_delta_update_may_leave_out_date_ranges_that_everybody_knows() -> None:
    window = filled(PARTS * 12)  # 23.04 s, of which 9.6 s are skipped
    skip = '#EXT-X-SKIP:SKIPPED-SEGMENTS=5,RECENTLY-REMOVED-DATERANGES=""\n'

    def told(dates: DateRanges, since_us: int) -> str:
        text = dated(window, dates).render([], delta=True, dates_since_us=since_us)
        assert text.startswith(f"{START}{skip}")
        return text.replace("".join(one for one in (BEGUN, OVER)), "both")

    assert "DATERANGE:" not in told(recess(), 11_000_000)
    late = told(recess(until_ms=10_500), 11_000_000)  # it stands beside a segment that is kept
    assert "DATERANGE:" not in late
    new = told(recess(until_ms=10_500), 10_400_000)
    assert new.count("DATERANGE:") == new.count("DURATION=8.500\n") == 1
    # Half a minute came at once: what is skipped is new to everybody all the same.
    assert told(recess(), 1_000_000).partition(skip)[2].startswith("both")


def test_a_whole_playlist_has_all_date_ranges_whoever_asks() -> None:
    short = dated(filled(PARTS * 6), recess())
    assert short.render([], delta=True, dates_since_us=11_000_000) == short.render([])
    assert short.render([]).count("DATERANGE:") == 2


def test_a_delta_update_names_the_date_ranges_that_were_removed() -> None:
    window = Window(timescale=1000, length=20_000)
    for number in range(PARTS * 20):
        window.add(part(number))
    oldest = window.start_us(window.media_sequence) // 1000
    at = [(1000, "recess"), (2000, "closed"), (oldest, "room"), (oldest + 100, "recess")]
    dates = DateRanges(AirChange(ms * 1000, START_US + ms * 1000, air) for ms, air in at)
    text = dated(window, dates).render([], delta=True, dates_since_us=oldest * 1000)
    assert 'RECENTLY-REMOVED-DATERANGES="recess-1000\tclosed-2000"\n' in text
    for number in range(PARTS * 20, PARTS * 60):
        window.add(part(number))
    text = dated(window, dates).render([], delta=True, dates_since_us=0)
    assert "recess-1000" not in text


def test_a_date_range_stays_as_long_as_it_says_something_of_the_list() -> None:
    dates, window = recess(until_ms=20_000), Window(timescale=1000, length=10_000)
    writer = dated(window, dates)
    for number in range(PARTS * 9):  # the list begins after the recess has
        window.add(part(number))
    assert window.start_us(window.media_sequence) > 2_000_000
    head, _, rest = writer.render([]).partition(BEGUN)
    assert head.endswith("#EXT-X-DISCONTINUITY-SEQUENCE:0\n")
    assert rest.startswith("#EXT-X-MAP")
    for number in range(PARTS * 9, PARTS * 30):
        window.add(part(number))
    assert "DATERANGE:" not in writer.render([])


def test_key_frames_have_the_same_date_ranges_at_the_same_time() -> None:
    dates, window = recess(), filled(1)
    keys = LivePlaylist(window, GRID, KeyFrameLines("../../v360/", 1000, dates=dates))
    before: list[str] = []
    for number in range(1, 60):
        window.add(part(number))
        text = keys.render([])
        assert text.count(BEGUN) == dated(window, dates).render([]).count(BEGUN)
        assert text.count(OVER) == dated(window, dates).render([]).count(OVER)
        assert text.splitlines()[: len(before)] == before
        before = text.splitlines()


def test_an_ended_stream_says_how_long_the_last_slate_stood() -> None:
    dates, window = recess(until_ms=3840), filled(12)
    window.end()
    assert (
        dated(window, dates)
        .render([])
        .endswith("../../v360/1.m4s\n" + OVER.replace("2.000\n", "1.840\n") + "#EXT-X-ENDLIST\n")
    )


def test_nine_hours_with_a_recess_each_hour_stay_small() -> None:
    window = Window(timescale=1000, length=None)
    window.list_segment(replace(listed(16_874), media_time=0, duration=16_875 * 1920))
    for number in range(PARTS * 16_875, PARTS * 16_885):
        window.add(part(number))
    hours = [
        (hour * 3_600_000 + at, air)
        for hour in range(9)
        for at, air in ((0, "room"), (3_000_000, "recess"))
    ]
    dates = DateRanges(AirChange(ms * 1000, START_US + ms * 1000, air) for ms, air in hours)
    delta = Reply(dated(window, dates).pieces([], delta=True))
    assert len(delta.gzipped) < 2500
