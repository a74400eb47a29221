"""Session descriptions as cameras write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.parameters import units
from media.feeds.sdp import aac_configuration, latm_configuration, parse

SPS = "Z0LAHtoCgL/lhAAAAwAEAAADAMo8WLqA"
HIKVISION = f"""v=0
o=- 1109162014219182 1109162014219192 IN IP4 x.y.z.w
s=Media Presentation
t=0 0
a=control:rtsp://192.0.2.7:554/Streaming/Channels/101/
m=video 0 RTP/AVP 96
b=AS:5000
a=control:rtsp://192.0.2.7:554/Streaming/Channels/101/trackID=1
a=rtpmap:96 H264/90000
a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets={SPS},aM4PyA==
m=audio 0 RTP/AVP 8
a=control:trackID=2
a=rtpmap:8 PCMA/8000
m=application 0 RTP/AVP 107
a=control:trackID=3
a=rtpmap:107 vnd.onvif.metadata/90000
"""


def test_a_camera_with_g711() -> None:
    session = parse(HIKVISION.replace("\n", "\r\n"))
    video, audio = session.offered
    assert session.control == "rtsp://192.0.2.7:554/Streaming/Channels/101/"
    assert (video.payload_type, video.clock) == (96, 90_000)
    assert video.control.endswith("trackID=1")
    known = video.description
    assert (known.codec, known.width, known.height) == ("h264", 640, 360)
    assert [unit[0] for unit in units(known.extradata)] == [0x67, 0x68]
    assert (audio.description.codec, audio.clock, audio.control) == ("pcm_alaw", 8000, "trackID=2")


def one(kind: str, *lines: str) -> str:
    return "\r\n".join(["v=0", f"m={kind} 0 RTP/AVP 96", *lines])


@pytest.mark.parametrize(
    ("text", "codec", "rate", "channels"),
    [
        ("m=audio 0 RTP/AVP 0", "pcm_mulaw", 8000, 1),
        ("m=audio 0 RTP/AVP 10", "pcm_s16be", 44_100, 2),
        (one("audio", "a=rtpmap:96 opus/48000/2"), "opus", 48_000, 2),
        (one("audio", "a=rtpmap:96 L16/16000"), "pcm_s16be", 16_000, 1),
        (
            one(
                "audio",
                "a=rtpmap:96 MPEG4-GENERIC/48000/1",
                "a=fmtp:96 mode=AAC-hbr;SizeLength=13;indexLength=3;indexdeltalength=3;config=1190",
            ),
            "aac",
            48_000,
            2,
        ),
        (
            one("audio", "a=rtpmap:96 MP4A-LATM/90000", "a=fmtp:96 cpresent=0;config=400024103fc0"),
            "aac",
            44_100,
            1,
        ),
    ],
)
def test_kinds_of_sound(text: str, codec: str, rate: int, channels: int) -> None:
    session = parse(text)
    known = session.offered[0].description
    assert (known.stream, known.codec, known.sample_rate, known.channels) == (
        "audio", codec, rate, channels,
    )  # fmt: skip
    assert not session.has_video


@pytest.mark.parametrize(
    "text",
    [
        "m=audio 0 RTP/AVP 9",  # G.722
        "m=video 0 RTP/AVP 26",  # JPEG
        one("video", "a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=2"),
        one("video", "a=rtpmap:96 H265/90000", "a=fmtp:96 sprop-max-don-diff=2"),
        one("audio", "a=rtpmap:96 MP4A-LATM/48000"),
        one("audio", "a=rtpmap:96 mpeg4-generic/48000", "a=fmtp:96 mode=AAC-hbr;config=zz"),
        one("audio", "a=rtpmap:96 mpeg4-generic/48000", "a=fmtp:96 mode=AAC-hbr;config=1190"),
        one("audio", "a=rtpmap:96 opus/0"),
    ],
)
def test_what_cannot_be_recorded_is_told_but_not_offered(text: str) -> None:
    session = parse(text)
    assert session.offered == ()
    assert session.has_video or session.has_audio


def test_the_first_that_can_be_recorded_is_taken_and_no_back_channel() -> None:
    text = "\n".join(
        [
            "m=video 0 RTP/AVP 26",
            "m=video 0 RTP/AVP 26 97",
            "a=rtpmap:97 H265/90000",
            "a=control:main",
            "m=audio 0 RTP/AVP 0",
            "a=sendonly",
            "a=control:back",
            "m=audio 0 RTP/AVP 8",
            "a=control:microphone",
        ]
    )
    assert [(one.description.codec, one.control) for one in parse(text).offered] == [
        ("hevc", "main"), ("pcm_alaw", "microphone"),
    ]  # fmt: skip


def test_damaged_parameter_sets_are_left_out() -> None:
    text = one("video", "a=rtpmap:96 H264/90000", "a=fmtp:96 sprop-parameter-sets=%%%,AA,,Zg==")
    known = parse(text).offered[0].description
    assert (known.extradata, known.width) == (b"", 0)


def test_configurations_of_latm() -> None:
    assert latm_configuration(bytes.fromhex("400024203fc0")) == b"\x12\x10"
    assert latm_configuration(bytes.fromhex("400023203fc0")) == b"\x11\x90"
    for wrong in ("", "4000", "c00024203fc0", "410024203fc0", "400224203fc0"):
        with pytest.raises(ValueError, match=r"."):
            latm_configuration(bytes.fromhex(wrong))


def test_configurations_of_aac() -> None:
    assert aac_configuration(bytes.fromhex("1190")) == (48_000, 2)
    assert aac_configuration(bytes.fromhex("1408")) == (16_000, 1)
    assert aac_configuration(bytes.fromhex("17805dc008")) == (48_000, 1)  # a rate in full
    for wrong in (b"", b"\x11", b"\x16\x90", b"\xff\xff", bytes(80)):
        with pytest.raises(ValueError, match=r"."):
            aac_configuration(wrong)


LINES = st.sampled_from(
    [
        *HIKVISION.splitlines(),
        "m=audio",
        "m=",
        "a=rtpmap:96 mpeg4-generic/48000/2",
        "a=rtpmap:999 H264/9",
        "a=fmtp:96 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1190",
        "a=fmtp:96 sizelength=99999999999999999999;mode=AAC-hbr;config=1190",
        "a=rtpmap:96 MP4A-LATM/48000/2",
        "a=fmtp:96 cpresent=0;config=400024203fc0",
        "a=fmtp:x",
        "a=fmtp:96",
        "a=sendonly",
        "a=control:",
    ]
)


@given(st.lists(st.one_of(LINES, st.text(max_size=40), LINES.map(lambda line: line[:-3]))))
def test_any_text_is_read(lines: list[str]) -> None:
    for offered in parse("\n".join(lines)).offered:
        assert offered.clock > 0
        assert offered.description.stream in ("video", "audio")
