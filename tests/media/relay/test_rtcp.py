"""Control packets: what viewers say is understood, and garbage harms nothing."""

from __future__ import annotations

import struct

from hypothesis import example, given
from hypothesis import strategies as st

from media.feeds.rtcp import (
    ReportBlock,
    lost_packets,
    picture_loss,
    receiver_report,
    room_for,
)
from media.feeds.rtcp import sender_reports as reports_in
from media.relay.rtcp import MOST_NACKED, Sent, middle, names, ntp_time, read, sender_reports


def test_a_browsers_compound_packet() -> None:
    block = ReportBlock(0x1111, 25, -3, 70_000, 90, 0x12345678, 65_536)
    data = (
        receiver_report(1, block, "browser")
        + lost_packets(1, 0x1111, [65_535, 0, 16, 40])
        + picture_loss(1, 0x1111)
        + room_for(1, [0x1111, 0x3333], 1_500_000)
    )
    said = read(data)
    assert said.blocks == [block]
    assert said.nacked == [(0x1111, number) for number in (65_535, 0, 16, 40)]
    assert said.keyframes == {0x1111}
    assert said.bit_rate is not None
    assert abs(said.bit_rate - 1_500_000) < 10
    assert not said.is_malformed


def test_a_full_intra_request_names_its_stream() -> None:
    data = struct.pack("!BBHIIIBxxx", 0x84, 206, 4, 1, 0, 0x1111, 7)
    assert read(data).keyframes == {0x1111}


def test_reports_of_a_sender_that_receives_too() -> None:
    block = struct.pack("!IIIIII", 0x1111, 0xFF000001, 2, 3, 4, 5)
    data = struct.pack("!BBHI20x", 0x81, 200, 12, 9) + block
    assert read(data).blocks == [ReportBlock(0x1111, 255, 1, 2, 3, 4, 5)]


@given(st.binary(max_size=1_500))
@example(b"\x81\xcd\x00\x01" + bytes(4))  # NACK without a stream
@example(b"\x9f\xc9\x00\x01" + bytes(4))  # 31 blocks promised, none there
@example(struct.pack("!BBHII4sI", 0x8F, 206, 4, 1, 0, b"REMB", 0xFFFFFFFF))
def test_garbage_raises_nothing_and_is_bounded(data: bytes) -> None:
    said = read(data)
    assert len(said.nacked) <= MOST_NACKED + 16
    assert len(said.blocks) <= 16
    assert said.bit_rate is None or said.bit_rate <= 1 << 40


@given(st.lists(st.sampled_from([0x80, 0x81, 0x84, 0x8F]), min_size=1), st.binary(max_size=400))
def test_garbage_that_looks_right(firsts: list[int], body: bytes) -> None:
    words = len(body) // 4
    packets = [
        struct.pack("!BBH", first, kind, words) + body[: words * 4]
        for first in firsts
        for kind in range(200, 208)
    ]
    read(b"".join(packets))


def test_one_time_and_one_name_for_picture_and_sound() -> None:
    ntp = ntp_time(1_700_000_000_250_000)
    data = sender_reports(
        ntp, [Sent(1, 2**32 + 5, 10, 1_000), Sent(2, 7, 20, 2**32)], names([1, 2], b"tingbo")
    )
    first, second = reports_in(data)
    assert (first.ssrc, first.timestamp, second.ssrc, second.timestamp) == (1, 5, 2, 7)
    assert first.unix_us == second.unix_us
    assert abs(first.unix_us - 1_700_000_000_250_000) <= 1
    assert first.middle == middle(ntp)
    at, kinds = 0, []
    while at < len(data):
        kinds.append(data[at + 1])
        at += 4 * (1 + int.from_bytes(data[at + 2 : at + 4], "big"))
    assert (at, kinds) == (len(data), [200, 200, 202])
    assert data.count(b"\x01\x06tingbo\0") == 2
