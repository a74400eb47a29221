"""The public recording on disk, after every kind of crash."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from media.hls.origin import Origin
from media.hls.segmenter import Position
from media.messages import AirChange, Init, Part, SegmentListed
from media.recording.index import PublicRecording, read_stream, write_stream
from tests.media.hls.parts_by_hand import PARTS, info, part

ROOT = Path(__file__).parents[3]


def recorded(directory: Path, parts: int, *, name: str = "v360", start: int = 0) -> None:
    """Write parts and stop as a killed process does."""
    recording = PublicRecording(directory)
    recording.open()
    for number in range(start, start + parts):
        recording.write(part(number, rendition=name))
    recording.close()


def reopened(directory: Path) -> dict[str, Position]:
    with PublicRecording(directory) as recording:
        return recording.open()


def expected(number: int) -> Position:
    return Position(*divmod(number, PARTS), media_time=number * 320)


def index(directory: Path) -> Path:
    return directory / "public/v360/index.log"


def segment(directory: Path, msn: int) -> Path:
    return directory / f"public/v360/{msn}.m4s"


def test_a_new_recording_is_empty(tmp_path: Path) -> None:
    assert reopened(tmp_path) == {}


@pytest.mark.parametrize("parts", [1, 5, 6, 7, 20])
def test_it_goes_on_after_the_last_part(tmp_path: Path, parts: int) -> None:
    recorded(tmp_path, parts)
    assert reopened(tmp_path) == {"v360": expected(parts)}
    recorded(tmp_path, 3, start=parts)
    assert reopened(tmp_path) == {"v360": expected(parts + 3)}
    stored = b"".join(segment(tmp_path, msn).read_bytes() for msn in range((parts + 8) // 6))
    assert stored == b"".join(part(number).payload for number in range(parts + 3))


def test_a_torn_line_is_taken_back_with_its_part(tmp_path: Path) -> None:
    recorded(tmp_path, 8)
    os.truncate(index(tmp_path), index(tmp_path).stat().st_size - 5)
    assert reopened(tmp_path) == {"v360": expected(7)}
    assert segment(tmp_path, 1).read_bytes() == b"<v360 6>"
    recorded(tmp_path, 2, start=7)
    assert segment(tmp_path, 1).read_bytes() == b"<v360 6><v360 7><v360 8>"


def test_a_part_without_its_line_is_taken_back(tmp_path: Path) -> None:
    recorded(tmp_path, 6)
    segment(tmp_path, 1).write_bytes(b"<v3")
    assert reopened(tmp_path) == {"v360": expected(6)}
    assert segment(tmp_path, 1).read_bytes() == b""


def test_a_line_without_its_part_is_taken_back(tmp_path: Path) -> None:
    recorded(tmp_path, 9)
    os.truncate(segment(tmp_path, 1), 20)
    assert reopened(tmp_path) == {"v360": expected(8)}
    assert segment(tmp_path, 1).read_bytes() == b"<v360 6><v360 7>"
    assert reopened(tmp_path) == {"v360": expected(8)}


def test_an_older_segment_that_was_lost_is_a_gap(tmp_path: Path) -> None:
    recorded(tmp_path, 20)
    segment(tmp_path, 1).unlink()
    with PublicRecording(tmp_path) as recording:
        messages = list(recording.snapshot(["v360"], tail_segments=1))
        assert recording.open() == {"v360": expected(20)}
    gaps = {message.msn: message.gap for message in messages if isinstance(message, SegmentListed)}
    assert gaps == {0: False, 1: True}


def test_renditions_go_on_by_themselves(tmp_path: Path) -> None:
    recorded(tmp_path, 8)
    recorded(tmp_path, 7, name="audio")
    assert reopened(tmp_path) == {"v360": expected(8), "audio": expected(7)}


def test_a_part_out_of_order_is_refused(tmp_path: Path) -> None:
    with PublicRecording(tmp_path) as recording:
        recording.write(part(0))
        with pytest.raises(ValueError, match="does not follow"):
            recording.write(part(2))
        recording.write(part(6, discontinuity=True))  # a segment may be closed early
        with pytest.raises(ValueError, match="does not follow"):
            recording.write(part(6))
    assert reopened(tmp_path) == {"v360": expected(7)}


def test_an_init_section_never_changes(tmp_path: Path) -> None:
    with PublicRecording(tmp_path) as recording:
        recording.write_init("v360", 1, b"one")
        recording.write_init("v360", 1, b"one")
        with pytest.raises(ValueError, match="already"):
            recording.write_init("v360", 1, b"other")
        recording.write_init("v360", 2, b"two")
        assert list(recording.snapshot(["v360"])) == [
            Init("v360", 1, b"one"), Init("v360", 2, b"two"),
        ]  # fmt: skip


async def test_a_snapshot_is_what_an_origin_needs(tmp_path: Path) -> None:
    live, later = Origin(tmp_path), Origin(tmp_path)
    stream = info("v360", "audio")
    with PublicRecording(tmp_path) as recording:
        live.apply(stream)
        for name in ("v360", "audio"):
            recording.write_init(name, 1, b"init")
            live.apply(Init(name, 1, b"init"))
        for number in range(PARTS * 12 + 2):
            for name in ("v360", "audio"):
                made = part(number, rendition=name, discontinuity=number in {12, 60})
                recording.write(made)
                live.apply(made)
    with PublicRecording(tmp_path) as recording:  # by a new process
        later.apply(stream)
        for message in recording.snapshot(["v360", "audio"]):
            later.apply(message)
    for name in ("v360", "audio"):
        assert (await later.playlist(name, {})).body == (await live.playlist(name, {})).body
    for file in ("v360/12.1.m4s", "v360/8.0.m4s", "audio/11.m4s", "audio/init-1.mp4"):
        assert await later.resource(file) == await live.resource(file)


def test_a_snapshot_lists_what_is_old_and_sends_what_is_new(tmp_path: Path) -> None:
    recorded(tmp_path, PARTS * 8 + 1)
    with PublicRecording(tmp_path) as recording:
        messages = list(recording.snapshot(["v360"], tail_segments=3))
    assert [m.msn for m in messages if isinstance(m, SegmentListed)] == [0, 1, 2, 3, 4]
    parts = [m for m in messages if isinstance(m, Part)]
    assert parts == [part(number) for number in range(PARTS * 5, PARTS * 8 + 1)]


def test_only_the_window_is_kept_in_mind(tmp_path: Path) -> None:
    recorded(tmp_path, PARTS * 8 + 1)
    with PublicRecording(tmp_path, window_parts=20) as recording:
        messages = list(recording.snapshot(["v360"], tail_segments=1))
        assert [m.msn for m in messages if isinstance(m, SegmentListed)] == [5, 6]


def test_a_long_index_is_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(tmp_path, PARTS * 20 + 2)
    monkeypatch.setattr("media.recording.rendition._INDEX_END", 1000)
    assert reopened(tmp_path) == {"v360": expected(PARTS * 20 + 2)}
    recorded(tmp_path, 2, start=PARTS * 20 + 2)
    assert reopened(tmp_path) == {"v360": expected(PARTS * 20 + 4)}


@pytest.fixture
def short_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    """See less than two segments of an index at first."""
    monkeypatch.setattr("media.recording.rendition._INDEX_END", 900)


@pytest.mark.usefixtures("short_sight")
def test_who_has_most_of_it_gets_the_end_without_the_rest_being_read(tmp_path: Path) -> None:
    count = PARTS * 20 + 2
    recorded(tmp_path, count)
    with PublicRecording(tmp_path) as recording:
        known = list(recording.snapshot(["v360"], since=19))
        assert known == [part(number) for number in range(PARTS * 19, count)]
        assert recording.epoch == 0
        assert recording.read_back()  # was left so far
        assert not recording.read_back()
        assert list(recording.snapshot(["v360"], since=19)) == known
        older = [one.msn for one in recording.snapshot(["v360"]) if isinstance(one, SegmentListed)]
        assert older == list(range(15))


@pytest.mark.usefixtures("short_sight")
@pytest.mark.parametrize("since", [None, 3, 21])
def test_who_has_not_enough_gets_all_of_the_window(tmp_path: Path, since: int | None) -> None:
    recorded(tmp_path, PARTS * 20 + 2)
    recorded(tmp_path, PARTS * 20, name="audio")
    with PublicRecording(tmp_path) as recording:
        recording.write(part(PARTS * 20 + 2))  # what is written meanwhile stands behind it once
        messages = list(recording.snapshot(["v360", "audio"], since=since))
    for name, parts in (("v360", PARTS * 20 + 3), ("audio", PARTS * 20)):
        told = [one for one in messages if not isinstance(one, AirChange) and one.rendition == name]
        assert [one.msn for one in told if isinstance(one, SegmentListed)] == list(range(15))
        sent = [one for one in told if isinstance(one, Part)]
        assert sent == [part(number, rendition=name) for number in range(PARTS * 15, parts)]


@pytest.mark.usefixtures("short_sight")
def test_an_end_in_ruins_is_passed_over(tmp_path: Path) -> None:
    recorded(tmp_path, PARTS * 20)
    data = index(tmp_path).read_bytes()
    index(tmp_path).write_bytes(data[:-2000] + bytes(2000))
    at = reopened(tmp_path)["v360"]
    assert 0 < PARTS * 20 - (at.msn * PARTS + at.part) < 2000 // 40
    recorded(tmp_path, 2, start=at.msn * PARTS + at.part)
    assert reopened(tmp_path)["v360"].media_time == at.media_time + 2 * 320


@pytest.mark.usefixtures("short_sight")
def test_an_older_segment_that_was_lost_is_a_gap_as_well(tmp_path: Path) -> None:
    recorded(tmp_path, PARTS * 20)
    segment(tmp_path, 3).unlink()
    with PublicRecording(tmp_path) as recording:
        messages = list(recording.snapshot(["v360"], tail_segments=1))
    assert [one.msn for one in messages if isinstance(one, SegmentListed) and one.gap] == [3]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Have the disk take nothing, or all again; what did not fit is torn at first."""
    write = os.write

    def torn(descriptor: int, data: bytes) -> int:
        if len(data) < 5:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:-3])

    return lambda is_full: monkeypatch.setattr(os, "write", torn if is_full else write)


def test_what_a_full_disk_does_not_take_is_a_gap_of_the_recording(
    tmp_path: Path, full: Callable[[bool], None]
) -> None:
    recording = PublicRecording(tmp_path)
    recording.open()
    assert recording.write(part(0))
    full(True)
    assert not recording.write(part(1))
    assert not recording.is_writing
    full(False)
    assert segment(tmp_path, 0).read_bytes() == b"<v360 0>"
    # There is room again, but a segment that lacks a part is of no use.
    assert [recording.write(part(number)) for number in range(2, 7)] == [False] * 4 + [True]
    assert all(recording.write(part(number)) for number in (7, 8))
    recording.close()
    assert reopened(tmp_path) == {"v360": expected(9)}
    assert segment(tmp_path, 1).read_bytes() == b"<v360 6><v360 7><v360 8>"
    with PublicRecording(tmp_path) as recording:
        messages = list(recording.snapshot(["v360"], tail_segments=0))
    assert [one.gap for one in messages if isinstance(one, SegmentListed)] == [True]


def test_a_server_that_connects_meanwhile_gets_what_the_disk_does_not_have(
    tmp_path: Path, full: Callable[[bool], None]
) -> None:
    with PublicRecording(tmp_path) as recording:
        recording.write(part(0))
        full(True)
        for number in range(1, 8):
            recording.write(part(number))
        parts = [one for one in recording.snapshot(["v360"]) if isinstance(one, Part)]
        assert parts == [part(0), *(replace(part(n), recorded=False) for n in range(1, 8))]


def test_nothing_is_begun_where_the_courts_own_record_needs_the_room(tmp_path: Path) -> None:
    with PublicRecording(tmp_path, keep_free_bytes=1 << 62) as recording:
        assert not any(recording.write(part(number)) for number in range(PARTS))
        assert not list(tmp_path.rglob("*.m4s"))
    assert reopened(tmp_path) == {"v360": expected(PARTS)}


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from media.recording.index import PublicRecording
from tests.media.hls.parts_by_hand import PARTS, part
recording = PublicRecording(Path(sys.argv[1]))
at = recording.open().get("v360")
number = at.msn * PARTS + at.part if at else 0
while True:
    recording.write(part(number))
    number += 1
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_was_published(tmp_path: Path) -> None:
    published = 0
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        ) as writer:
            assert writer.stdout is not None
            first = int(writer.stdout.readline())
            assert first > published
            for _ in range(50):
                published = int(writer.stdout.readline())
            writer.kill()
            rest = writer.stdout.read().splitlines(keepends=True)
            published = int(([b"%d" % published] + [n for n in rest if n.endswith(b"\n")])[-1])
        at = reopened(tmp_path)["v360"]
        count = at.msn * PARTS + at.part
        assert count - published in {0, 1}  # written, and killed before it could say so
        stored = b"".join(
            segment(tmp_path, msn).read_bytes() for msn in range(at.msn + (at.part > 0))
        )
        assert stored == b"".join(part(number).payload for number in range(count))
        published = count


def test_the_stream_is_written_down(tmp_path: Path) -> None:
    stream = info("v720", "audio")
    write_stream(tmp_path, stream)
    assert read_stream(tmp_path) == stream
