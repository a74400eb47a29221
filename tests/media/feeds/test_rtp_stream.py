"""A stream from its packets: order, loss, times, and what reports say of clocks."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from media.feeds.arrival import Arrived, Reception
from media.feeds.loop import FLICKS, ClipPacket
from media.feeds.parameters import annex_b
from media.feeds.rtp import RtpTrack
from media.feeds.rtp_stream import RtpStream, SenderClocks
from media.feeds.sdp import parse
from media.spool.record import StreamDescription

SPS_640 = bytes.fromhex("6742c01eda0280bfe584000003000400000300ca3c58ba80")
SPS_320 = bytes.fromhex("6742c00cda05069fe5c05a808080a0000003002000000651e2854d40")
PPS = bytes.fromhex("68ce3c80")
IDR, SLICE = b"\x65\x88" + bytes(range(1, 200)) * 10, b"\x41\x9a" + bytes(range(1, 60))
VIDEO = StreamDescription("video", "h264", annex_b([SPS_640, PPS]), 640, 360, 0, 0)
SOUND = StreamDescription("audio", "pcm_alaw", b"", 0, 0, 8_000, 1)
SECOND = 1_000_000


class Side:
    """A sender's track and the stream that receives it."""

    def __init__(self, known: StreamDescription, clocks: SenderClocks | None = None) -> None:
        self.track = RtpTrack(known, 96, 0xFFFF_FFF0)  # near the end of its counts
        lines = "\r\n".join(self.track.media_description("x"))
        self.stream = RtpStream(parse(lines).offered[0], clocks or SenderClocks(), 7)

    def packets(self, at_us: int, *nal_units: bytes, payload: bytes = b"") -> list[bytes]:
        time = at_us * FLICKS // SECOND
        data = payload or annex_b(list(nal_units))
        return self.track.packets(
            ClipPacket(self.track.description.stream, time, time, 0, False, data)
        )

    def take(self, packets: list[bytes], now_us: int) -> list[Arrived]:
        found = [item for data in packets for item in self.stream.take(data, now_us)]
        return [item for item in found if isinstance(item, Arrived)]


def test_the_first_key_frame_is_whole_and_knows_when_it_began() -> None:
    side = Side(VIDEO)
    packets = side.packets(0, IDR)
    assert len(packets) > 1
    assert side.take(packets[:1], 1_000) == []
    (picture,) = side.take(packets[1:], 9_000)
    assert (picture.keyframe, picture.is_lawful) == (True, True)
    assert picture.payload == annex_b([SPS_640, PPS, IDR])
    assert (picture.timing.arrival_us, picture.arrival_us) == (1_000, 9_000)
    assert picture.timing.dts_us is None


def test_timestamps_wrap_and_count_on() -> None:
    side = Side(VIDEO)
    times = []
    for index in range(60):
        at = index * 1_600 * SECOND  # over three wraps of 13 hours
        times += [item.timing.pts_us for item in side.take(side.packets(at, SLICE), at)]
    assert times == [index * 1_600 * SECOND for index in range(60)]


def test_another_size_in_mid_stream_is_described_before_its_picture() -> None:
    side = Side(VIDEO)
    side.take(side.packets(0, SPS_640, PPS, IDR), 0)
    found = [
        item
        for data in side.packets(40_000, SPS_320, PPS, IDR)
        for item in side.stream.take(data, 40_000)
    ]
    assert isinstance(found[0], StreamDescription)
    assert found[0].width == 320
    assert isinstance(found[1], Arrived)
    assert side.stream.description == found[0]


def test_loss_is_counted_and_the_rest_goes_on() -> None:
    side = Side(VIDEO)
    for index in range(50):
        packets = side.packets(index * 40_000, SLICE)
        if index % 10 != 3:
            side.take(packets, index * 40_000)
        side.stream.due(index * 40_000)
    assert side.stream.reception() == Reception("video", 50, 5)
    assert side.stream.reception() == Reception("video", 0, 0)


def test_garbage_and_foreign_packets_are_no_media() -> None:
    side = Side(VIDEO)
    foreign = bytearray(side.packets(0, SLICE)[0])
    foreign[1] = 33
    assert side.take([b"", b"\x80", bytes(40), bytes(foreign)], 0) == []
    assert side.stream.reception() == Reception("video", 0, 0, broken=3)
    assert not side.stream.has_begun


def in_another_format(packet: bytes) -> bytes:
    return packet[:1] + bytes([packet[1] & 0x80 | 97]) + packet[2:]


def test_a_camera_that_was_set_to_another_codec_is_noticed_and_noise_is_not() -> None:
    video, sound = both()
    for number in range(101):
        at = number * 40_000
        assert not video.stream.is_another(at - 1_000_000)
        video.take([in_another_format(video.packets(at, SLICE)[0])], at)
        sound.take([in_another_format(sound.packets(at, payload=bytes(160))[0])], at)
    assert video.stream.is_another(4 * SECOND)
    assert not sound.stream.is_another(4 * SECOND)
    video.take(video.packets(4 * SECOND, SLICE), 4 * SECOND)  # as where errors are corrected
    assert not video.stream.is_another(5 * SECOND)


def both() -> tuple[Side, Side]:
    clocks = SenderClocks()
    return Side(VIDEO, clocks), Side(SOUND, clocks)


def test_reports_tie_sound_to_the_picture() -> None:
    video, sound = both()
    sound.stream.take_report(sound.track.report(0, 5 * SECOND), 900)  # before the first packet
    video.take(video.packets(80_000, SLICE), 80_000)
    (early,) = sound.take(sound.packets(200_000, payload=bytes(160)), 220_000)
    assert not early.timing.is_shared
    video.stream.take_report(video.track.report(FLICKS // 5, 5_200_000), 201_000)
    (later,) = sound.take(sound.packets(220_000, payload=bytes(160)), 240_000)
    assert later.timing.is_shared
    # sound of 0.22 s on the sender's clock lies 0.14 s after the picture of 0.08 s
    assert abs(later.timing.pts_us + later.timing.skew_us - 140_000) <= 1
    assert later.timing.arrival_us == 220_000


def test_a_clock_that_is_set_between_two_reports_moves_nothing() -> None:
    clocks = SenderClocks()
    for second in range(0, 60, 5):
        at = second * SECOND
        set_by = 3_600 * SECOND if second >= 20 else 0  # the wall clock is corrected
        clocks.note("video", at + set_by, at, at)
        clocks.note("audio", at + (set_by if second >= 25 else 0), at + 70_000, at + 1_000)
        assert clocks.skew_us == -70_000


def test_a_distance_that_changes_is_believed_when_it_is_said_twice() -> None:
    clocks, told = SenderClocks(), []
    for second in range(0, 40, 5):
        at = second * SECOND
        clocks.note("video", at, at, at)
        clocks.note("audio", at, at + (0 if second < 15 else 90_000), at)
        told.append(clocks.skew_us)
    assert told[:4] == [0, 0, 0, 0]
    assert told[-3:] == [-90_000] * 3


def test_what_was_known_of_clocks_ends_with_a_jump() -> None:
    video, sound = both()
    for index in range(3):
        at = index * 40_000
        video.take(video.packets(at, SLICE), at)
        sound.take(sound.packets(at, payload=bytes(320)), at + 40_000)
        for side in (video, sound):
            side.stream.take_report(side.track.report(at * FLICKS // SECOND, at), at)
    (shared,) = sound.take(sound.packets(120_000, payload=bytes(320)), 160_000)
    assert shared.timing.is_shared
    (jumped,) = sound.take(sound.packets(3_600 * SECOND, payload=bytes(320)), 200_000)
    assert not jumped.timing.is_shared


def test_what_is_reported_back() -> None:
    side = Side(VIDEO)
    assert side.stream.report(0)[1] == 201
    side.take(side.packets(0, IDR), 0)
    ssrc = struct.unpack_from("!I", side.stream.report(SECOND), 8)[0]
    assert ssrc == side.track.ssrc


@given(st.lists(st.tuples(st.binary(max_size=60), st.integers(0, 400_000), st.booleans())))
def test_any_bytes_are_taken(packets: list[tuple[bytes, int, bool]]) -> None:
    side, now_us = Side(VIDEO), 0
    for number, (data, waited, is_real) in enumerate(packets):
        now_us += waited
        head = struct.pack("!BBHII", 0x80, 96, number & 0xFFFF, waited, 1) if is_real else b""
        for item in [*side.stream.take(head + data, now_us), *side.stream.due(now_us)]:
            assert not isinstance(item, Arrived) or item.payload
        side.stream.take_report(data, now_us)
    assert side.stream.reception().expected >= 0
