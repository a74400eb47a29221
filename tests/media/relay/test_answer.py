"""The answer: read by another implementation, it says what was agreed and where we are."""

from __future__ import annotations

import pytest
from aiortc.sdp import SessionDescription

from media.relay.answer import Ours, agree, write_answer
from media.relay.candidates import LocalCandidate, local_priority
from media.relay.ice import Credentials
from media.relay.offer import OfferRefused, read_offer
from tests.media.relay.test_codecs import CHROME
from tests.media.relay.test_offer import FINGERPRINT, OFFER

CANDIDATES = (
    LocalCandidate("udp", "192.0.2.1", 8443, local_priority("udp", 0)),
    LocalCandidate("tcp", "192.0.2.1", 8443, local_priority("tcp", 0)),
)
OURS = Ours(Credentials("ourufrag", "q" * 24), FINGERPRINT, CANDIDATES, 7, "tingbo")


def answer(offer: str = OFFER) -> str:
    wishes = read_offer(offer)
    return write_answer(wishes, agree(wishes, "28", 2, (11, 22, 33)), OURS)


def test_each_section_is_accepted_in_its_place() -> None:
    text = answer()
    read = SessionDescription.parse(text)
    assert [media.kind for media in read.media] == ["video", "audio", "application"]
    assert [media.rtp.muxId for media in read.media] == ["0", "1", "2"]
    assert [media.direction for media in read.media[:2]] == ["sendonly", "sendonly"]
    assert {media.dtls.role for media in read.media if media.dtls} == {"server"}
    assert {media.ice.usernameFragment for media in read.media if media.ice} == {"ourufrag"}
    assert {media.port for media in read.media} == {8443}
    assert [str(group) for group in read.group] == ["BUNDLE 0 1 2"]
    assert read.media[2].sctp_port == 5000
    assert text.count("a=rtcp-mux-only\r\n") == 2
    assert text.count("a=rtcp-rsize\r\n") == 2
    assert text.count("a=end-of-candidates\r\n") == 1
    assert len({line.split()[0] for line in text.split("\r\n") if line.startswith("a=msid:")}) == 1


def test_all_our_candidates_are_in_it() -> None:
    first = SessionDescription.parse(answer()).media[0]
    assert [(each.ip, each.port, each.protocol) for each in first.ice_candidates] == [
        ("192.0.2.1", 8443, "udp"),
        ("192.0.2.1", 8443, "tcp"),
    ]


def test_repairs_have_a_stream_of_their_own_where_they_were_offered() -> None:
    head, rest = OFFER.split("m=video", 1)
    body = rest.split("a=rtpmap:96")[0].split("\r\n", 1)[1]
    first, codecs = CHROME.replace("\n", "\r\n").split("\r\n", 1)
    audio = "m=audio" + rest.split("m=audio")[1]
    offer = f"{head}{first}\r\n{body}{codecs}{audio}"
    read = SessionDescription.parse(answer(offer)).media[0]
    assert read.fmt == [109, 114]
    assert [str(group) for group in read.ssrc_group] == ["FID 11 22"]
    assert {each.type for each in read.rtp.codecs[0].rtcpFeedback} == {"nack", "ccm", "goog-remb"}
    (video, sound) = agree(read_offer(offer), "28", 2, (11, 22, 33))
    assert video.negotiated.rtx_ssrc == 22
    assert video.negotiated.remb
    assert sound.negotiated.ssrc == 33


@pytest.mark.parametrize(
    ("old", "word"), [("H264/90000", "H.264"), ("opus/48000", "Opus"), ("mode=1", "mode")]
)
def test_an_offer_without_a_codec_of_ours_is_refused_as_a_whole(old: str, word: str) -> None:
    with pytest.raises(OfferRefused, match=word) as refused:
        answer(OFFER.replace(old, "VP8/90000" if "/" in old else "mode=0"))
    assert refused.value.status == 422
