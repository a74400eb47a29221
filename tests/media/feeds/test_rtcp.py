"""RTCP that cameras send, and what they are sent."""

from __future__ import annotations

import struct

import pytest
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRtpfbPacket, unpack_remb_fci
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.rtcp import (
    ReportBlock,
    SenderReport,
    lost_packets,
    picture_loss,
    receiver_report,
    room_for,
    sender_reports,
)

NTP_OF_1970 = 2_208_988_800


def report(ssrc: int, unix_s: int, timestamp: int) -> bytes:
    return struct.pack(
        "!BBHIIIIII", 0x80, 200, 6, ssrc, unix_s + NTP_OF_1970, 1 << 31, timestamp, 1, 2
    )


def test_a_senders_clock_is_read_among_other_packets() -> None:
    described = b"\x81\xca\x00\x02" + struct.pack("!I", 7) + b"\1\0\0\0"
    found = list(sender_reports(described + report(7, 100, 900) + described + report(8, 101, 5)))
    assert found == [
        SenderReport(7, 100_500_000, 900, ((100 + NTP_OF_1970) & 0xFFFF) << 16 | 0x8000),
        SenderReport(8, 101_500_000, 5, ((101 + NTP_OF_1970) & 0xFFFF) << 16 | 0x8000),
    ]


@given(st.binary(max_size=120))
def test_garbage_gives_nothing_and_breaks_nothing(data: bytes) -> None:
    assert all(0 <= found.ssrc < 1 << 32 for found in sender_reports(data))


def test_a_receiver_report_as_the_rfc_has_it() -> None:
    block = ReportBlock(9, 64, -5, 70_000, 30, 0xAABBCCDD, 65_536)
    data = receiver_report(1, block, "me")
    head, kind, words, own, ssrc, lost, highest, jitter, last, since = struct.unpack_from(
        "!BBHIIIIIII", data
    )
    assert (head, kind, words, own, ssrc) == (0x81, 201, 7, 1, 9)
    assert lost == 64 << 24 | (-5 & 0xFFFFFF)
    assert (highest, jitter, last, since) == (70_000, 30, 0xAABBCCDD, 65_536)
    assert data[32:] == struct.pack("!BBHIBB", 0x81, 202, 3, 1, 1, 2) + b"me" + bytes(4)
    assert len(data) % 4 == 0
    assert list(sender_reports(data)) == []
    assert len(receiver_report(1, None, "me")) % 4 == 0


def test_a_key_frame_is_asked_for() -> None:
    assert picture_loss(1, 2) == struct.pack("!BBHII", 0x81, 206, 2, 1, 2)


def test_lost_packets_are_named_by_number_and_mask() -> None:
    told = lost_packets(1, 2, [65_534, 65_535, 0, 14, 15, 40])
    (read,) = RtcpPacket.parse(told)
    assert isinstance(read, RtcpRtpfbPacket)
    assert (read.fmt, read.ssrc, read.media_ssrc) == (1, 1, 2)
    assert [number & 0xFFFF for number in read.lost] == [65_534, 65_535, 0, 14, 15, 40]


@given(st.lists(st.integers(0, 127), min_size=1, unique=True).map(sorted), st.integers(0, 65_535))
def test_any_lost_packets_are_named(numbers: list[int], first: int) -> None:
    wanted = [(first + number) & 0xFFFF for number in numbers]
    (read,) = RtcpPacket.parse(lost_packets(1, 2, wanted))
    assert isinstance(read, RtcpRtpfbPacket)
    assert [number & 0xFFFF for number in read.lost] == wanted


@pytest.mark.parametrize("bit_rate", [1, 262_143, 262_144, 4_000_000, 2**40])
def test_a_sender_is_told_what_it_may_send(bit_rate: int) -> None:
    (read,) = RtcpPacket.parse(room_for(1, [2, 3], bit_rate))
    assert isinstance(read, RtcpPsfbPacket)
    told, ssrcs = unpack_remb_fci(read.fci)
    assert ssrcs == [2, 3]
    assert bit_rate * 0.99 <= told <= bit_rate
