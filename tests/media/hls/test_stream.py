"""When a snapshot is whole, and when it may take the old stream's place."""

from dataclasses import replace

import pytest

from media.hls.playlist import RenditionReport
from media.hls.stream import Stream
from media.messages import Cut, Init
from tests.media.hls.parts_by_hand import PARTS, START_US, described, info, listed, part


def stream(**parts: int) -> Stream:
    """A stream of two renditions that hold so many parts."""
    made = Stream(info("v360", "audio"), "", 900)
    for name, count in parts.items():
        for number in range(count):
            made.take(part(number, rendition=name))
    return made


@pytest.mark.parametrize(
    ("pictures", "sound", "whole"),
    [
        (0, 0, False),
        (3, 0, False),
        (3, 3, True),
        (3, 4, True),
        (3, 5, False),
        (6, 5, True),  # the next segment begins
        (7, 5, False),
        (6, 7, True),
    ],
)
def test_a_snapshot_is_whole_when_no_rendition_lags(pictures: int, sound: int, whole: bool) -> None:
    assert stream(v360=pictures, audio=sound).has_all_edges() is whole


def test_listed_segments_alone_are_not_the_whole() -> None:
    made = stream()
    for name in ("v360", "audio"):
        made.take(listed(0, rendition=name))
    assert not made.has_all_edges()


def test_players_can_go_on_with_what_reaches_as_far() -> None:
    assert stream(v360=9, audio=9).is_beyond(stream(v360=9, audio=9))
    assert not stream(v360=9, audio=8).is_beyond(stream(v360=9, audio=9))


def test_a_stream_that_began_anew_is_known_by_its_court_time() -> None:
    old = stream(v360=40, audio=40)
    anew = stream()
    for name in ("v360", "audio"):
        anew.take(replace(part(0, rendition=name), court_us=START_US + 60_000_000))
    assert anew.is_beyond(old)
    assert not stream(v360=1, audio=1).is_beyond(old)


def test_messages_that_change_a_playlist_name_it() -> None:
    made = stream(v360=2)
    assert made.take(part(2)) == "v360"
    assert made.take(part(2)) is None
    assert made.take(part(9)) is None
    assert made.take(part(0, rendition="v999")) is None
    assert made.take(Init("v360", 1, b"")) is None
    assert made.take(Init("v360", 2, b"")) == "v360"


def test_renditions_that_are_not_packaged_are_left_out() -> None:
    opus = replace(described("opus"), packaged=False)
    made = Stream(replace(info("v360"), renditions=(described("v360"), opus)), "", 900)
    assert list(made.renditions) == ["v360"]


def test_reports_name_the_others() -> None:
    made = stream(v360=7, audio=6)
    assert made.reports("v360") == (
        RenditionReport("v360i.m3u8", 0),  # a playlist of key frames has no parts
        RenditionReport("audio.m3u8", 0, 5),
    )
    made.show_captions()
    assert made.reports("audio")[-1] == RenditionReport("report.m3u8", 0, 5)


def test_cuts_and_bytes_are_taken_over() -> None:
    old = stream(v360=8, audio=8)
    held = old.renditions["v360"]
    assert held.cut(Cut(0, START_US + 7 * 320_000, START_US + 9 * 320_000))
    anew = stream(audio=8)
    anew.take(listed(0))
    anew.take(part(6))
    anew.take(part(7))
    anew.adopt(old)
    taken = anew.renditions["v360"]
    assert taken.tail.part(0, 2) == b"<v360 2>"
    assert taken.tail.part(1, 1) is None
    found = taken.window.find(1)
    assert found is not None
    assert [one.gap for one in found.parts] == [False, True]


def test_old_bytes_are_forgotten() -> None:
    made = stream(v360=PARTS * 40)
    held = made.renditions["v360"]
    assert held.tail.part(28, 0) is None
    assert held.tail.part(32, 0)


def test_a_cut_reaches_segments_whose_parts_are_forgotten() -> None:
    """The last 100 s are cut: parts are known for a minute, the rest goes segment by segment."""
    made = stream(v360=PARTS * 100)
    held = made.renditions["v360"]
    end_us = START_US + PARTS * 100 * 320_000
    assert held.cut(Cut(0, end_us - 100_000_000, end_us))
    gaps = [segment.msn for segment in held.window.segments if segment.gap]
    assert gaps == list(range(47, 100))
    forgotten, known = held.window.find(50), held.window.find(70)
    assert forgotten is not None
    assert known is not None
    assert (len(forgotten.parts), len(known.parts)) == (0, PARTS)
    assert not held.cut(Cut(0, end_us - 100_000_000, end_us))
