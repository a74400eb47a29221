"""Which offers can be answered, and with what status the others are refused."""

from __future__ import annotations

import contextlib

import pytest
from aiortc import RTCPeerConnection
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.sdp_bounds import MAX_SDP_BYTES, MOST_LINES
from media.relay.offer import OfferRefused, read_offer

FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
OFFER = f"""\
v=0
o=- 4611 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=ice-options:trickle
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host
a=candidate:2 1 udp 2130706431 0f0e.local 5001 typ host
a=candidate:nonsense
a=ice-ufrag:abcd
a=ice-pwd:{"p" * 24}
a=fingerprint:{FINGERPRINT}
a=setup:actpass
a=mid:0
a=recvonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;profile-level-id=42e01f
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:{"p" * 24}
a=fingerprint:{FINGERPRINT}
a=setup:actpass
a=mid:1
a=recvonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:{"p" * 24}
a=fingerprint:{FINGERPRINT}
a=setup:actpass
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
""".replace("\n", "\r\n")


def test_an_offer_is_read() -> None:
    wishes = read_offer(OFFER)
    assert [section.kind for section in wishes.sections] == ["video", "audio", "application"]
    assert wishes.credentials.ufrag == "abcd"
    assert wishes.fingerprints == (tuple(FINGERPRINT.split()),)
    assert [candidate.host for candidate in wishes.candidates] == ["192.0.2.7"]
    data = wishes.section("application")
    assert data is not None
    assert (data.sctp_port, data.max_message) == (5000, 262144)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (OFFER, "", 400),
        (OFFER, "v=0\r\nm=video", 400),
        (OFFER, OFFER + "x" * MAX_SDP_BYTES, 400),
        (OFFER, OFFER + "a=x\r\n" * MOST_LINES, 400),
        ("a=rtcp-rsize", "a=rtcp-fb:* nack\r\n" * 500, 400),
        ("a=rtcp-rsize", "a=rtpmap:96 H264/90000\r\n" * 500, 400),
        ("a=rtcp-rsize", "a=ssrc:1 cname:x\r\n" * 500, 400),
        (OFFER, OFFER.split("m=video")[0], 422),
        ("a=recvonly", "a=sendonly", 422),
        ("a=recvonly", "a=inactive", 422),
        ("a=rtcp-mux\r\n", "", 422),
        ("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 1", 422),
        ("a=group:BUNDLE", "a=group:FID", 422),
        ("a=setup:actpass", "a=setup:passive", 422),
        ("a=setup:actpass", "a=setup:nonsense", 400),
        ("a=ice-options:trickle", "a=ice-lite", 422),
        ("a=ice-ufrag", "a=no-ufrag", 400),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:a b", 400),
        ("a=ice-pwd:pppppp", "a=ice-pwd:pp-pp", 400),
        (f"a=fingerprint:{FINGERPRINT}\r\n", "", 400),
        ("a=mid:1", "a=mid:0", 400),
        ("a=mid:1", "a=mid:1 2", 400),
        ("m=audio", "m=video", 422),
        ("m=application", "m=text", 422),
        ("UDP/DTLS/SCTP", "TCP/DTLS/SCTP", 422),
        ("a=sctp-port:5000", "a=sctp-port:99999", 422),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_status(
    old: str, new: str, status: int
) -> None:
    assert old in OFFER
    with pytest.raises(OfferRefused) as refused:
        read_offer(OFFER.replace(old, new))
    assert refused.value.status == status
    assert refused.value.reason


def test_only_data_is_not_worth_a_session() -> None:
    only = OFFER.split("m=video")[0] + "m=application" + OFFER.split("m=application")[1]
    with pytest.raises(OfferRefused):
        read_offer(only)


async def test_the_offer_of_a_real_peer_connection_is_read() -> None:
    connection = RTCPeerConnection()
    connection.addTransceiver("video", direction="recvonly")
    connection.createDataChannel("report")
    wishes = read_offer((await connection.createOffer()).sdp)
    await connection.close()
    assert [section.kind for section in wishes.sections] == ["video", "application"]


@given(st.data())
def test_a_spoiled_offer_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    lines = OFFER.split("\r\n")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["drop", "double", "cut", "garbage"]))
        if kind == "drop":
            del lines[place]
        elif kind == "double":
            lines.insert(place, data.draw(st.sampled_from(lines)))
        elif kind == "cut":
            lines[place] = lines[place][: data.draw(st.integers(0, 30))]
        else:
            lines[place] = lines[place][:4] + data.draw(st.text(max_size=30))
    with contextlib.suppress(OfferRefused):
        assert read_offer("\r\n".join(lines)).sections
