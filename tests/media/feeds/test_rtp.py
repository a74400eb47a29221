"""RTP packets as the RFCs have them."""

from __future__ import annotations

import struct

from media.feeds.loop import FLICKS, ClipPacket
from media.feeds.parameters import annex_b
from media.feeds.rtp import MAX_PAYLOAD, Interleaved, RtpTrack
from media.spool.record import StreamDescription

SPS, PPS = b"\x67\x42\xc0\x1eabc", b"\x68\xce\x3c\x80"
VIDEO = StreamDescription("video", "h264", annex_b([SPS, PPS]), 640, 360, 0, 0)
AAC = StreamDescription("audio", "aac", b"\x11\x90", 0, 0, 48_000, 2)
OPUS = StreamDescription("audio", "opus", b"", 0, 0, 48_000, 2)
PCMU = StreamDescription("audio", "pcm_mulaw", b"", 0, 0, 8_000, 1)


def sent(track: RtpTrack, payload: bytes, pts: int = 0) -> list[bytes]:
    return track.packets(ClipPacket(track.description.stream, pts, pts, 0, False, payload))


def test_h264_is_cut_and_marked() -> None:
    idr = b"\x65" + bytes(range(256)) * 20
    track = RtpTrack(VIDEO, 96, 0x1234)
    packets = sent(track, annex_b([SPS, PPS, idr, b"\x41small"]))
    payloads = [packet[12:] for packet in packets]
    assert payloads[0] == b"\x78" + struct.pack("!H", len(SPS)) + SPS + struct.pack("!H", 4) + PPS
    fragments = payloads[1:-1]
    assert all(len(payload) <= MAX_PAYLOAD for payload in payloads)
    assert [payload[0] for payload in fragments] == [0x7C] * len(fragments)
    assert fragments[0][1] == 0x85
    assert fragments[-1][1] == 0x45
    assert all(payload[1] == 0x05 for payload in fragments[1:-1])
    assert b"\x65" + b"".join(payload[2:] for payload in fragments) == idr
    assert payloads[-1] == b"\x41small"
    assert [packet[1] >> 7 for packet in packets] == [0] * (len(packets) - 1) + [1]
    numbers = [int.from_bytes(packet[2:4], "big") for packet in packets]
    assert numbers == list(range(0x1234, 0x1234 + len(packets)))


def test_h265_is_cut_marked_and_put_together_again() -> None:
    vps, sps, pps = (bytes([kind << 1, 1]) + b"set" for kind in (32, 33, 34))
    key = bytes([19 << 1, 1]) + bytes(range(1, 256)) * 20
    known = StreamDescription("video", "hevc", annex_b([vps, sps, pps]), 640, 360, 0, 0)
    track = RtpTrack(known, 96, 0x1234)
    payloads = [packet[12:] for packet in sent(track, annex_b([vps, sps, pps, key]))]
    assert payloads[:3] == [vps, sps, pps]
    assert all(len(payload) <= MAX_PAYLOAD for payload in payloads)
    fragments = payloads[3:]
    assert {payload[:2] for payload in fragments} == {bytes([49 << 1, 1])}
    assert [payload[2] >> 6 for payload in fragments] == [2, *[0] * (len(fragments) - 2), 1]
    assert {payload[2] & 63 for payload in fragments} == {19}
    assert key[:2] + b"".join(payload[3:] for payload in fragments) == key
    lines = "\n".join(track.media_description("0"))
    assert "H265/90000" in lines
    assert all(f"sprop-{name}=" in lines for name in ("vps", "sps", "pps"))


def test_clocks_and_headers_of_sound() -> None:
    for known, step, payload in ((AAC, 1024, b"raw"), (OPUS, 960, b"op"), (PCMU, 160, b"u" * 160)):
        track = RtpTrack(known, 97, 99)
        rate = 8_000 if known is PCMU else 48_000
        one = sent(track, payload)[0]
        two = sent(track, payload, FLICKS * step // rate)[0]
        assert int.from_bytes(two[4:8], "big") - int.from_bytes(one[4:8], "big") == step
        assert one[8:12] == struct.pack("!I", 99)
        assert one[1] & 0x7F == (0 if known is PCMU else 97)
        body = one[12:]
        assert body == (struct.pack("!HH", 16, 3 << 3) + b"raw" if known is AAC else payload)
        assert RtpTrack.is_known(known)
    assert not RtpTrack.is_known(StreamDescription("audio", "ac3", b"", 0, 0, 48_000, 2))


def test_the_sequence_number_wraps() -> None:
    track = RtpTrack(OPUS, 97, 0xFFFF)
    assert [int.from_bytes(sent(track, b"x")[0][2:4], "big") for _ in range(2)] == [0xFFFF, 0]


def test_a_report_ties_the_clocks_together() -> None:
    track = RtpTrack(VIDEO, 96, 5)
    sent(track, annex_b([b"\x41small"]))
    report = track.report(FLICKS * 2, 1_500_000)
    head, kind, words, ssrc, high, low, stamp, packets, octets = struct.unpack("!BBHIIIIII", report)
    assert (head, kind, words, ssrc) == (0x80, 200, 6, 5)
    assert (high, low) == (2_208_988_801, 1 << 31)
    assert stamp == (track.timestamp(0) + 180_000) & 0xFFFFFFFF
    assert (packets, octets) == (1, 6)


def test_descriptions() -> None:
    lines = RtpTrack(VIDEO, 96, 1).media_description("track=video")
    assert lines[0] == "m=video 0 RTP/AVP 96"
    assert "profile-level-id=42c01e" in lines[-1]
    assert "sprop-parameter-sets=Z0LAHmFiYw==,aM48gA==" in lines[-1]
    assert "config=1190" in RtpTrack(AAC, 97, 1).media_description("x")[-1]
    assert RtpTrack(PCMU, 97, 1).media_description("x")[-1] == "a=rtpmap:0 PCMU/8000/1"
    assert RtpTrack(OPUS, 97, 1).media_description("x")[-1] == "a=rtpmap:97 opus/48000/2"


def test_interleaving() -> None:
    assert Interleaved(2).wrap(b"abc") == b"$\x02\x00\x03abc"
