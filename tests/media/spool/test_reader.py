"""Reading while writing, seeking, borders of volumes, restarts and damage."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.spool.head import Head
from media.spool.log import VOLUME_US, SpoolWriter
from media.spool.places import volume_path
from media.spool.reader import SpoolReader
from media.spool.record import Interruption, Kind, Packet, StreamDescription
from media.spool.volume import Volume

VIDEO = StreamDescription("video", "h264", b"sps", 640, 360, 0, 0)
AUDIO = StreamDescription("audio", "aac", b"asc", 0, 0, 48000, 2)
FOREVER = 1 << 62
T0 = time.time_ns() // 1000


def packets(first: int, count: int, *, late_us: int = 0) -> Iterator[Packet]:
    """Pictures 25 times a second with a key frame each second, and sound beside them."""
    for index in range(first, first + count):
        court = T0 + index * 40_000
        arrival = court + 50_000
        yield Packet("audio", court, court, arrival, 40_000, True, b"a%d" % index)
        yield Packet(
            "video",
            court - late_us,
            court - late_us,
            arrival,
            40_000,
            index % 25 == 0,
            b"v%d" % index,
        )


@pytest.fixture
def head(tmp_path: Path) -> Iterator[Head]:
    with Head.create(tmp_path) as made:
        yield made


def write(writer: SpoolWriter, first: int, count: int, **how: int) -> None:
    for packet in packets(first, count, **how):
        writer.append(packet)


def begin(directory: Path, head: Head, *, volume_us: int = VOLUME_US) -> SpoolWriter:
    writer = SpoolWriter(directory, "judge", head, volume_us=volume_us)
    writer.append(VIDEO)
    writer.append(AUDIO)
    return writer


def test_what_is_appended_is_read_at_once(tmp_path: Path, head: Head) -> None:
    reader = SpoolReader(tmp_path, "judge")
    assert reader.read(FOREVER) == []
    writer = begin(tmp_path, head)
    before = head.changes
    sent = list(packets(0, 3))
    for packet in sent:
        writer.append(packet)
    assert head.changes == before + len(sent)
    assert reader.read(FOREVER) == [VIDEO, AUDIO, *sent]
    assert reader.read(FOREVER) == []
    writer.append(Interruption("video", T0 + 200_000, "stalled"))
    assert reader.read(FOREVER) == [Interruption("video", T0 + 200_000, "stalled")]
    writer.close()


def test_nothing_is_read_before_its_time(tmp_path: Path, head: Head) -> None:
    writer = SpoolWriter(tmp_path, "judge", head)
    write(writer, 0, 50)
    reader = SpoolReader(tmp_path, "judge")
    got = reader.read(T0 + 50_000 + 10 * 40_000)
    assert [p.payload for p in got if isinstance(p, Packet)][-1] == b"v10"
    assert len(reader.read(FOREVER, 5)) == 5
    writer.close()


@pytest.mark.parametrize("volume_us", [600_000_000, 3_000_000])
def test_seek_goes_to_the_key_frame_before(tmp_path: Path, head: Head, volume_us: int) -> None:
    writer = begin(tmp_path, head, volume_us=volume_us)
    write(writer, 0, 400, late_us=120_000)
    reader = SpoolReader(tmp_path, "judge")
    for index in (1, 30, 74, 75, 76, 137, 260, 390):
        wanted = T0 + index * 40_000
        key = (index + 3) // 25 * 25  # pictures are three frames late
        assert reader.seek(wanted) == T0 + key * 40_000 - 120_000
        got = reader.read(FOREVER, 100)
        assert VIDEO in got
        pictures = [p for p in got if isinstance(p, Packet) and p.stream == "video"]
        assert pictures[0].payload == b"v%d" % key
        sound = [p for p in got if isinstance(p, Packet) and p.stream == "audio"]
        # sound of the key frame's own time lies three frames earlier in the log
        assert sound[0].payload == b"a%d" % max(0, key - 3)
    writer.close()


def test_seek_without_pictures_finds_the_sound(tmp_path: Path, head: Head) -> None:
    writer = SpoolWriter(tmp_path, "judge", head)
    writer.append(AUDIO)
    for packet in packets(0, 200):
        if packet.stream == "audio":
            writer.append(packet)
    reader = SpoolReader(tmp_path, "judge")
    assert reader.seek(T0 + 4_000_000) is None
    first = reader.read(FOREVER, 2)
    assert first[0] == AUDIO
    assert isinstance(first[1], Packet)
    assert T0 + 3_000_000 <= first[1].court_us <= T0 + 4_000_000
    writer.close()


def test_seek_before_everything_begins_with_the_oldest(tmp_path: Path, head: Head) -> None:
    writer = begin(tmp_path, head)
    write(writer, 0, 30)
    reader = SpoolReader(tmp_path, "judge")
    assert reader.seek(T0 - 5_000_000) is None
    assert reader.read(FOREVER, 3)[2] == next(packets(0, 1))
    writer.close()


def test_a_changed_description_is_read_once_and_known_as_latest(tmp_path: Path, head: Head) -> None:
    writer = begin(tmp_path, head)
    write(writer, 0, 60)
    wide = StreamDescription("video", "h264", b"other", 1280, 720, 0, 0)
    writer.append(wide)
    write(writer, 75, 60)
    reader = SpoolReader(tmp_path, "judge")
    told = [r for r in reader.read(FOREVER, 1000) if isinstance(r, StreamDescription)]
    assert told == [VIDEO, AUDIO, wide]
    assert reader.latest_description("video") == wide
    assert reader.latest_description("audio") == AUDIO
    writer.close()


def test_reading_goes_on_over_a_restart(tmp_path: Path) -> None:
    reader = SpoolReader(tmp_path, "judge")
    sent: list[Packet] = []
    for turn in range(3):
        with Head.create(tmp_path) as head:
            writer = begin(tmp_path, head, volume_us=1_500_000)
            for packet in packets(turn * 100, 100):
                writer.append(packet)
                sent.append(packet)
            assert [r for r in reader.read(FOREVER, 1000) if isinstance(r, Packet)] == sent[-200:]
            if turn != 1:  # the second one is killed: nothing is closed
                writer.close()
    offline = SpoolReader(tmp_path, "judge")
    assert [r for r in offline.read(FOREVER, 10_000) if isinstance(r, Packet)] == sent


def test_a_flipped_bit_costs_one_chunk_and_is_told(tmp_path: Path, head: Head) -> None:
    writer = begin(tmp_path, head)
    write(writer, 0, 100)
    path = volume_path(tmp_path / "judge", 1)
    raw = bytearray(path.read_bytes())
    assert b"v30" not in raw  # what a camera showed is nowhere in clear
    raw[end_of_picture(path, T0 + 30 * 40_000)] ^= 1
    path.write_bytes(raw)
    reader = SpoolReader(tmp_path, "judge")
    got = reader.read(FOREVER, 1000)
    assert reader.damaged == 1
    assert [r.reason for r in got if isinstance(r, Interruption)] == ["damaged"]
    payloads = [r.payload for r in got if isinstance(r, Packet) and r.stream == "video"]
    missing = {b"v%d" % n for n in range(100)} - set(payloads)
    assert b"v30" in missing
    assert missing <= {b"v%d" % n for n in range(30, 51)}
    writer.close()


def end_of_picture(path: Path, court_us: int) -> int:
    """Return where the last byte of a picture's frame lies."""
    with contextlib.closing(Volume(path, 1)) as volume:
        at, limit = 0, volume.size()
        while (place := volume.frame(at, limit)) is not None:
            at += place.head.size
            if place.head.kind == Kind.PACKET:
                stream, _, shown_us = place.packet_front()
                if (stream, shown_us) == ("video", court_us):
                    return at - 1
    raise AssertionError("no such picture")


def test_an_unlawful_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot name a folder"):
        SpoolReader(tmp_path, "../judge")
