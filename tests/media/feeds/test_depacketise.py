"""Pictures and sound out of RTP payloads, whole, in pieces, damaged and hostile."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.depacketise import (
    AacFrames,
    Depacketiser,
    LatmFrames,
    OpusPackets,
    Pictures,
    Samples,
    Unit,
    opus_ticks,
)
from media.feeds.loop import ClipPacket
from media.feeds.parameters import H264, H265, annex_b
from media.feeds.rtp import RtpTrack
from media.feeds.rtp_reception import RtpPacket, parse_rtp
from media.spool.record import StreamDescription

SPS, PPS = b"\x67\x42\xc0\x1eabc", b"\x68\xce\x3c\x80"
IDR = b"\x65" + bytes(range(1, 256)) * 20
SLICE = b"\x41\x9aslice"
VPS5, SPS5, PPS5 = b"\x40\x01v", b"\x42\x01s", b"\x44\x01p"
IDR5 = b"\x26\x01" + bytes(range(1, 256)) * 12


def packet(payload: bytes, timestamp: int = 0, *, marker: bool = False, at: int = 0) -> RtpPacket:
    return RtpPacket(0, timestamp, 1, 96, marker, payload, at)


def taken(machine: Depacketiser, *packets: RtpPacket | None) -> list[Unit]:
    """Give packets in order; None stands for one that was lost."""
    found, lost = list[Unit](), 0
    for one in packets:
        if one is None:
            lost += 1
            continue
        found += machine.take(one, lost)
        lost = 0
    return found


def sent(*nal_units: bytes, timestamp: int = 0) -> list[RtpPacket]:
    """Return the packets in which the project's own sender sends a picture."""
    known = StreamDescription("video", "h264", b"", 0, 0, 0, 0)
    clip = ClipPacket("video", 0, 0, 0, False, annex_b(list(nal_units)))
    packets = [parse_rtp(data, 0) for data in RtpTrack(known, 96, 1).packets(clip)]
    return [one._replace(timestamp=timestamp) for one in packets if one is not None]


def in_pieces(unit: bytes, size: int = 1000) -> list[bytes]:
    """Return an H.265 unit in fragments (RFC 7798 §4.4.3)."""
    head, kind = bytes([(unit[0] & 0x81) | 49 << 1, unit[1]]), (unit[0] >> 1) & 0x3F
    starts = range(2, len(unit), size)
    return [
        head + bytes([kind | (at == 2) << 7 | (at + size >= len(unit)) << 6]) + unit[at : at + size]
        for at in starts
    ]


def test_a_picture_of_h264_comes_out_as_it_was_sent() -> None:
    found = taken(Pictures(H264), *sent(SPS, PPS, IDR), *sent(SLICE, timestamp=3600))
    assert found == [
        Unit(0, 0, 0, annex_b([SPS, PPS, IDR]), True),
        Unit(3600, 0, 0, annex_b([SLICE]), True),
    ]


def test_a_picture_of_h265_comes_out_as_it_was_sent() -> None:
    sets = [struct.pack("!H", len(unit)) + unit for unit in (VPS5, SPS5, PPS5)]
    pieces = [packet(piece) for piece in in_pieces(IDR5)]
    pieces[-1] = pieces[-1]._replace(marker=True)
    found = taken(Pictures(H265), packet(b"\x60\x01" + b"".join(sets)), *pieces)
    assert found == [Unit(0, 0, 0, annex_b([VPS5, SPS5, PPS5, IDR5]), True)]


def test_a_picture_begins_when_its_first_packet_comes() -> None:
    packets = [one._replace(arrival_us=at) for at, one in enumerate(sent(IDR), 50)]
    assert taken(Pictures(H264), *packets)[0].begun_us == 50


def test_without_markers_a_picture_ends_where_the_next_begins() -> None:
    found = taken(
        Pictures(H264), packet(SLICE, 0), packet(SLICE + b"2", 0), packet(SLICE, 3600, at=9)
    )
    assert found == [Unit(0, 0, 0, annex_b([SLICE, SLICE + b"2"]), True)]


def test_parameter_sets_with_a_marker_of_their_own_wait_for_their_picture() -> None:
    found = taken(
        Pictures(H264),
        packet(SPS, marker=True),
        packet(PPS, marker=True),
        packet(SLICE, 5, marker=True),
    )
    assert found == [Unit(5, 0, 0, annex_b([SPS, PPS, SLICE]), True)]


def test_a_camera_that_marks_every_slice_is_seen_through() -> None:
    machine = Pictures(H264)
    first = taken(machine, *(packet(SLICE, 0, marker=True) for _ in range(3)))
    found = first + taken(
        machine, *(packet(SLICE, stamp, marker=True) for stamp in (3600, 3600, 7200, 7200, 10800))
    )
    assert [unit.payload.count(SLICE) for unit in found[-2:]] == [2, 2]


def test_of_a_picture_with_a_gap_whole_units_are_left() -> None:
    pieces: list[RtpPacket | None] = list(sent(SPS, PPS, IDR))
    pieces[2] = None
    assert taken(Pictures(H264), *pieces) == []  # nothing that can be shown
    pieces = [*sent(SLICE)[:1], *sent(IDR)]
    pieces[0] = packet(SLICE)
    pieces[-1] = None
    found = taken(Pictures(H264), *pieces, packet(SLICE, 3600, marker=True))
    assert [unit.payload for unit in found] == [annex_b([SLICE]), annex_b([SLICE])]


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x00abc", b"\x1fabc", b"\x18\xff\xffabc", b"\x18\0\0", b"\x1c\x85", b"\x19abcd"],
)
def test_what_no_camera_means_is_unlawful(payload: bytes) -> None:
    found = taken(Pictures(H264), packet(payload, marker=True))
    assert [unit.is_lawful for unit in found] == [False]


def test_a_picture_that_never_ends_is_given_up() -> None:
    machine = Pictures(H264)
    big = b"\x41" + bytes(60_000)
    found = taken(machine, *(packet(big) for _ in range(300)))
    assert found == []
    assert machine._size <= 8 * 1024 * 1024
    after = taken(machine, packet(SLICE, 1, marker=True))
    assert after[-1] == Unit(1, 0, 0, annex_b([SLICE]), True)


def test_a_unit_in_pieces_that_never_ends_is_given_up() -> None:
    machine = Pictures(H264)
    machine.take(packet(b"\x7c\x85" + bytes(60_000)), 0)
    for _ in range(300):
        machine.take(packet(b"\x7c\x05" + bytes(60_000)), 0)
        assert sum(map(len, machine._fragments)) <= 8 * 1024 * 1024 + 60_000
    (broken,) = machine.take(packet(b"\x7c\x45end", marker=True), 0)
    assert not broken.is_lawful


@given(
    st.sampled_from([H264, H265]),
    st.lists(
        st.tuples(st.binary(max_size=60), st.integers(0, 3), st.booleans(), st.integers(0, 2))
    ),
)
def test_pictures_take_any_bytes(
    codec: object, packets: list[tuple[bytes, int, bool, int]]
) -> None:
    machine = Pictures(codec)  # type: ignore[arg-type]
    size = 0
    for payload, timestamp, marker, lost in packets:
        size += len(payload)
        for unit in machine.take(packet(payload, timestamp, marker=marker), lost):
            assert len(unit.payload) <= 8 * size + 8


def aac(*frames: bytes) -> bytes:
    heads = b"".join(struct.pack("!H", len(frame) << 3) for frame in frames)
    return struct.pack("!H", 16 * len(frames)) + heads + b"".join(frames)


def test_frames_of_aac_one_by_one_and_together() -> None:
    machine = AacFrames(13, 3, 3, 1024)
    found = taken(machine, packet(aac(b"one"), 100), packet(aac(b"two", b"three"), 1124))
    assert [(unit.timestamp, unit.ticks, unit.payload) for unit in found] == [
        (100, 1024, b"one"), (1124, 1024, b"two"), (2148, 1024, b"three"),
    ]  # fmt: skip


def test_a_frame_of_aac_in_pieces() -> None:
    machine = AacFrames(13, 3, 3, 1024)
    head = struct.pack("!HH", 16, 6 << 3)
    first, last = packet(head + b"abc", 5, at=7), packet(head + b"def", 5, marker=True, at=8)
    assert taken(machine, first, last) == [Unit(5, 1024, 7, b"abcdef", True)]
    assert [unit.is_lawful for unit in taken(machine, first, None, last)] == [False]


def test_interleaved_and_cut_aac_is_unlawful() -> None:
    for payload in (struct.pack("!HH", 16, 3 << 3 | 1) + b"abc", b"\0\x10\0", b"", aac(b"", b"x")):
        found = taken(AacFrames(13, 3, 3, 1024), packet(payload, marker=True))
        assert [unit.is_lawful for unit in found] == [False]


def test_frames_of_latm_whole_and_in_pieces() -> None:
    machine = LatmFrames(1024)
    found = taken(
        machine,
        packet(b"\x03one", 0, marker=True),
        packet(b"\xff\x2d" + bytes(200), 1024, at=5),
        packet(bytes(100), 1024, marker=True, at=6),
        packet(b"\x09cut", 2048, marker=True),
    )
    assert found == [
        Unit(0, 1024, 0, b"one", True),
        Unit(1024, 1024, 5, bytes(300), True),
        Unit(2048, 0, 0, b"", False),
    ]
    lost = taken(machine, packet(b"\x06abc", 3072), None, packet(b"def", 3072, marker=True))
    assert [unit.is_lawful for unit in lost] == [False]


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 2), st.booleans())))
def test_latm_takes_any_bytes(packets: list[tuple[bytes, int, bool]]) -> None:
    machine = LatmFrames(1024)
    for payload, timestamp, marker in packets:
        for unit in machine.take(packet(payload, timestamp, marker=marker), 0):
            assert bool(unit.payload) is unit.is_lawful


@given(
    st.tuples(st.integers(1, 16), st.integers(0, 16), st.integers(0, 16)),
    st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 2), st.booleans())),
)
def test_aac_takes_any_bytes(
    bits: tuple[int, int, int], packets: list[tuple[bytes, int, bool]]
) -> None:
    machine = AacFrames(*bits, 1024)
    for payload, timestamp, marker in packets:
        for unit in machine.take(packet(payload, timestamp, marker=marker), 0):
            assert unit.payload or not unit.is_lawful


def test_samples_and_opus_say_how_long_they_are() -> None:
    assert taken(Samples(1), packet(b"u" * 160))[0].ticks == 160
    assert taken(Samples(4), packet(b"u" * 160))[0].ticks == 40
    assert not taken(Samples(2), packet(b"odd"))[0].is_lawful
    assert taken(OpusPackets(), packet(b"\xfc" + b"x"))[0].ticks == 960
    assert not taken(OpusPackets(), packet(b""))[0].is_lawful


@pytest.mark.parametrize(
    ("first", "ticks"),
    [(0x00, 480), (0x18, 2880), (0x60, 480), (0x68, 960), (0x80, 120), (0xF8, 960), (0xF9, 1920)],
)
def test_the_length_of_opus(first: int, ticks: int) -> None:
    assert opus_ticks(bytes([first])) == ticks


def test_opus_that_is_too_long_is_none() -> None:
    assert opus_ticks(b"\xfb\x03") == 2880
    assert opus_ticks(b"\x1b\x03") == 0
    assert opus_ticks(b"\xfb") == 0
