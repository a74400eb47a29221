"""Which codec of an offer is taken, with the offers that browsers make."""

import pytest
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import SessionDescription

from media.relay.codecs import choose_audio, choose_video

HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
CHROME = """\
m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107 108 109 114 39 40
a=setup:actpass
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:103 H264/90000
a=rtcp-fb:103 goog-remb
a=rtcp-fb:103 transport-cc
a=rtcp-fb:103 ccm fir
a=rtcp-fb:103 nack
a=rtcp-fb:103 nack pli
a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:104 rtx/90000
a=fmtp:104 apt=103
a=rtpmap:107 H264/90000
a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
a=rtpmap:108 rtx/90000
a=fmtp:108 apt=107
a=rtpmap:109 H264/90000
a=rtcp-fb:109 goog-remb
a=rtcp-fb:109 transport-cc
a=rtcp-fb:109 ccm fir
a=rtcp-fb:109 nack
a=rtcp-fb:109 nack pli
a=fmtp:109 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:114 rtx/90000
a=fmtp:114 apt=109
a=rtpmap:39 H264/90000
a=fmtp:39 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
a=rtpmap:40 rtx/90000
a=fmtp:40 apt=39
"""
FIREFOX = """\
m=video 9 UDP/TLS/RTP/SAVPF 120 126 127
a=setup:actpass
a=rtpmap:120 VP8/90000
a=rtpmap:126 H264/90000
a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1
a=rtcp-fb:126 nack
a=rtcp-fb:126 nack pli
a=rtcp-fb:126 ccm fir
a=rtcp-fb:126 goog-remb
a=rtcp-fb:126 transport-cc
a=rtpmap:127 rtx/90000
a=fmtp:127 apt=126;rtx-time=3000
"""
SOUND = """\
m=audio 9 UDP/TLS/RTP/SAVPF 111 0
a=setup:actpass
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:0 PCMU/8000
"""
ONLY_HIGH = "m=video 9 X 98\r\na=rtpmap:98 H264/90000\r\na=fmtp:98 packetization-mode=1;{}\r\n"


def codecs(media: str) -> list[RTCRtpCodecParameters]:
    return SessionDescription.parse(HEAD + media).media[0].rtp.codecs


@pytest.mark.parametrize(("offer", "number", "rtx"), [(CHROME, 109, 114), (FIREFOX, 126, 127)])
def test_browsers_get_constrained_baseline_with_repairs_and_remb(
    offer: str, number: int, rtx: int
) -> None:
    codec = choose_video(codecs(offer), "28")
    assert codec is not None
    assert (codec.payload_type, codec.rtx) == (number, rtx)
    assert codec.feedback == ("nack", "nack pli", "ccm fir", "goog-remb")
    assert "profile-level-id=42e028" in codec.parameters  # our level: they allow another


def test_without_asymmetry_the_level_stays_as_offered() -> None:
    codec = choose_video(codecs(ONLY_HIGH.format("profile-level-id=42e01f")), "28")
    assert codec is not None
    assert codec.parameters == "packetization-mode=1;profile-level-id=42e01f"
    assert codec.feedback == ()
    assert codec.rtx == 0


@pytest.mark.parametrize("profile", ["640c1f", "64001f", "4d001f", "42001f"])
def test_a_decoder_of_a_higher_profile_gets_what_it_can_play(profile: str) -> None:
    codec = choose_video(codecs(ONLY_HIGH.format(f"profile-level-id={profile}")), "1f")
    assert codec is not None
    assert profile in codec.parameters


@pytest.mark.parametrize(
    "media",
    [
        "m=video 9 X 96\r\na=rtpmap:96 VP8/90000\r\n",
        ONLY_HIGH.format("").replace("mode=1", "mode=0"),
        ONLY_HIGH.format("profile-level-id=f4001f"),
        ONLY_HIGH.format("profile-level-id=nonsense"),
        ONLY_HIGH.format("profile-level-id=42e01f").replace("98", "200"),
        ONLY_HIGH.format("profile-level-id=42e01f").replace("90000", "8000"),
    ],
)
def test_what_cannot_play_our_packets_is_not_chosen(media: str) -> None:
    assert choose_video(codecs(media), "1f") is None


def test_sound_is_opus_in_as_many_channels_as_there_are() -> None:
    mono, stereo = (choose_audio(codecs(SOUND), channels) for channels in (1, 2))
    assert mono is not None
    assert stereo is not None
    assert mono.parameters == "minptime=10;useinbandfec=1"
    assert stereo.parameters.endswith(";stereo=1;sprop-stereo=1")
    assert choose_audio(codecs(SOUND.replace("opus", "speex")), 2) is None
