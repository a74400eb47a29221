"""Offers of browsers, as they are and as they must not be."""

from __future__ import annotations

import contextlib

import pytest
from aiortc import RTCDtlsFingerprint, RTCDtlsParameters, RTCIceCandidate, RTCIceParameters
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from media.feeds.doors import OfferRefused
from media.feeds.whip_offer import Own, answer, read_offer

PRINT = ":".join(["AB"] * 32)
# What Chromium offers, shortened: VP8 first, H.264 in several profiles, a name for an address.
CHROMIUM = f"""v=0
o=- 46117 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS 5c
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 106 107 108 109
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2113937151 4f3d.local 51234 typ host
a=candidate:2 1 udp 2113937151 192.0.2.5 51235 typ host
a=ice-ufrag:uF1v
a=ice-pwd:0123456789abcdefghijklmn
a=ice-options:trickle
a=fingerprint:sha-256 {PRINT}
a=setup:actpass
a=mid:0
a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=sendonly
a=msid:5c 7d
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:106 H264/90000
a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
a=rtpmap:108 H264/90000
a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:109 H264/90000
a=fmtp:109 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f
a=ssrc:11 cname:x
m=audio 9 UDP/TLS/RTP/SAVPF 111 63
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:uF1v
a=ice-pwd:0123456789abcdefghijklmn
a=fingerprint:sha-256 {PRINT}
a=setup:actpass
a=mid:1
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
""".replace("\n", "\r\n")
OWN = Own(
    RTCIceParameters(usernameFragment="own1", password="abcdefghijklmnopqrstuv"),  # noqa: S106
    (RTCIceCandidate(1, "f", "192.0.2.1", 4000, 1, "udp", "host"),),
    RTCDtlsParameters([RTCDtlsFingerprint("sha-256", PRINT)]),
)


def test_of_a_browsers_offer_constrained_baseline_and_opus_are_taken() -> None:
    found = read_offer(CHROMIUM)
    assert [one.payload_type for one in found.offered] == [108, 111]
    assert [one.ip for one in found.candidates] == ["192.0.2.5"]
    assert (found.ice.usernameFragment, found.dtls.fingerprints[0].value) == ("uF1v", PRINT)


@pytest.mark.parametrize("profile", ["42e01f", "42C01E", "42400c", "4d801f", "58c01f", "42001f"])
def test_constrained_baseline_is_known_by_each_of_its_names(profile: str) -> None:
    found = read_offer(CHROMIUM.replace("42001f", "64001f").replace("42e01f", profile))
    assert [one.payload_type for one in found.offered] == [108, 111]


@pytest.mark.parametrize("profile", ["64001f", "640c1f", "4d401f"])
def test_higher_profiles_are_taken_where_nothing_else_is_offered(profile: str) -> None:
    offer = CHROMIUM.replace("42001f", profile).replace("42e01f", profile)
    assert [one.payload_type for one in read_offer(offer).offered][1:] == [111]


@pytest.mark.parametrize("profile", ["6e001f", "f4001f", "42e0", "baseline", "42e0ff"])
def test_pictures_in_another_profile_are_refused(profile: str) -> None:
    offer = CHROMIUM.replace("42001f", profile).replace("42e01f", profile)
    with pytest.raises(OfferRefused) as refused:
        read_offer(offer.replace("64001f", profile))
    assert refused.value.status == 422


def test_the_answer_is_what_rfc_9725_wants() -> None:
    told = answer(read_offer(CHROMIUM), OWN, 7)
    parsed = SessionDescription.parse(told)
    assert [media.direction for media in parsed.media] == ["recvonly", "recvonly"]
    assert [media.rtp.muxId for media in parsed.media] == ["0", "1"]
    assert parsed.group[0].items == ["0", "1"]
    for media in parsed.media:
        assert media.rtcp_mux
        assert media.ice_candidates_complete
        assert media.dtls is not None
        assert media.dtls.role == "client"
    feedback = {(one.type, one.parameter) for one in parsed.media[0].rtp.codecs[0].rtcpFeedback}
    assert {("nack", None), ("nack", "pli")} <= feedback
    assert "rtx" not in told
    assert "VP8" not in told


@pytest.mark.parametrize(
    ("changed", "to", "status"),
    [
        ("v=0", "hello", 400),
        ("a=sendonly", "a=recvonly", 422),
        ("H264", "VP9", 422),
        ("a=group:BUNDLE 0 1\r\n", "", 422),
        ("a=setup:actpass", "a=setup:active", 422),
        ("a=rtcp-mux\r\n", "", 422),
        ("a=ice-pwd:0123456789abcdefghijklmn\r\n", "", 400),
        (f"a=fingerprint:sha-256 {PRINT}\r\n", "", 400),
        ("m=audio", "m=video", 422),
        ("m=audio", "m=application", 422),
        ("a=rtcp-mux\r\n", "a=x\r\n" * 1000, 400),
    ],
)
def test_what_cannot_be_taken_is_refused(changed: str, to: str, status: int) -> None:
    with pytest.raises(OfferRefused) as refused:
        read_offer(CHROMIUM.replace(changed, to))
    assert refused.value.status == status


@pytest.mark.parametrize("written", ["nack", "nack "])  # as pion writes it
def test_sound_is_asked_for_again_where_that_is_offered(written: str) -> None:
    opus = "a=rtpmap:111 opus/48000/2"
    offering = CHROMIUM.replace(opus, f"{opus}\r\na=rtcp-fb:111 {written}")
    assert "a=rtcp-fb:111 nack" in read_offer(offering).media[-1].formats
    assert "nack" not in read_offer(CHROMIUM).media[-1].formats


def test_sound_that_is_not_opus_is_left_out() -> None:
    found = read_offer(CHROMIUM.replace("opus/48000/2", "PCMU/8000"))
    assert [one.payload_type for one in found.offered] == [108]
    told = answer(found, OWN, 7)
    assert "m=audio 0 " in told
    assert "a=group:BUNDLE 0\r\n" in told


LINES = CHROMIUM.split("\r\n")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.one_of(st.none(), st.text(max_size=30)))),
    st.booleans(),
)
def test_any_offer_is_read_or_refused(
    changes: list[tuple[int, str | None]], keeps_names: bool
) -> None:
    lines = list(LINES)
    for at, text in changes:
        name = lines[at].partition("=")[0] + "=" if keeps_names else ""
        lines[at] = "" if text is None else name + text
    with contextlib.suppress(OfferRefused):
        found = read_offer("\r\n".join(line for line in lines if line))
        assert 1 <= len(found.offered) <= 2
        assert answer(found, OWN, 7).startswith("v=0")
