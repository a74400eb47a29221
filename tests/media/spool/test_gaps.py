"""Gaps are told with their reason, and only gaps."""

from __future__ import annotations

from collections.abc import Iterator

from media.spool.gaps import Fact, Gap, gaps

SECOND = 1_000_000


def pictures(from_s: float, to_s: float) -> Iterator[Fact]:
    for tick in range(int(from_s * 25), int(to_s * 25)):
        yield Fact(tick * 40_000, "video")


def test_a_whole_record_has_none() -> None:
    assert gaps(pictures(0, 10), 0, 10 * SECOND) == []


def test_a_lost_camera_is_one_with_its_reason() -> None:
    told = [*pictures(0, 4), Fact(4 * SECOND, "interruption", "unreachable"), *pictures(9, 12)]
    assert gaps(told, 0, 12 * SECOND) == [Gap("video", 3_960_000, 9 * SECOND, "unreachable")]


def test_a_recorder_that_stopped_and_what_nobody_knows() -> None:
    told = [*pictures(0, 4), Fact(9 * SECOND, "stopped"), *pictures(9, 12), *pictures(20, 22)]
    assert [gap.reason for gap in gaps(told, 0, 22 * SECOND)] == ["recorder_stopped", "unknown"]


def test_what_is_told_without_a_hole_is_none() -> None:
    told = [*pictures(0, 4), Fact(4 * SECOND, "interruption", "closed"), *pictures(4, 8)]
    told += [Fact(8 * SECOND, "interruption", "changed"), *pictures(12, 14)]
    assert gaps(told, 0, 14 * SECOND) == [Gap("video", 7_960_000, 12 * SECOND, "unknown")]


def test_sound_that_ends_and_a_camera_that_never_came() -> None:
    sound = [Fact(tick * 20_000, "audio") for tick in range(150)]
    told = sorted([*sound, *pictures(0, 10)], key=lambda fact: fact.arrival_us)
    assert gaps(told, 0, 10 * SECOND) == [Gap("audio", 2_980_000, 10 * SECOND, "unknown")]
    assert gaps([], 0, 10 * SECOND) == [Gap("video", 0, 10 * SECOND, "unknown")]


def test_what_a_recess_left_out_says_so_for_each_stream() -> None:
    sound = [Fact(tick * 20_000, "audio") for tick in range(150)]
    left_out = [Fact(3 * SECOND, "interruption", "recess", "audio")]
    told = sorted([*pictures(0, 10), *sound, *left_out], key=lambda fact: fact.arrival_us)
    assert gaps(told, 0, 10 * SECOND) == [Gap("audio", 2_980_000, 10 * SECOND, "recess")]
    stopped = [Fact(4 * SECOND, "interruption", "recess", "video")]
    told = [*pictures(0, 4), *stopped, *pictures(9, 12), *pictures(15, 16)]
    assert [gap.reason for gap in gaps(told, 0, 16 * SECOND)] == ["recess", "unknown"]


def test_a_camera_that_fails_in_a_recess_is_to_be_explained() -> None:
    told = [
        *pictures(0, 4),
        Fact(4 * SECOND, "interruption", "recess", "video"),
        Fact(6 * SECOND, "interruption", "unreachable"),
        *pictures(30, 31),
    ]
    assert [gap.reason for gap in gaps(told, 0, 31 * SECOND)] == ["unreachable"]
