"""RTSP requests, answers and digests."""

from __future__ import annotations

import pytest

from media.feeds.rtsp_message import Credentials, MalformedRequest, Request, answer, parse_request

HEAD = b"SETUP rtsp://h:554/judge/track=video RTSP/1.0\r\nCSeq: 3\r\nTransport: %s\r\n\r\n"


def test_a_request_is_read() -> None:
    request, length = parse_request(HEAD % b"RTP/AVP/TCP;unicast;interleaved=2-3")
    assert (request.method, request.path, length) == ("SETUP", ["judge", "track=video"], 0)
    assert request.channels == (2, 3)
    assert parse_request(HEAD % b"RTP/AVP;unicast;client_port=5000-5001")[0].channels is None
    assert parse_request(HEAD % b"RTP/AVP/TCP")[0].channels == (0, 1)
    assert parse_request(HEAD % b"RTP/AVP/TCP;interleaved=300-301")[0].channels is None
    assert Request("PLAY", "rtsp://[bad").path == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"PLAY\r\n\r\n",
        b"PLAY rtsp://h/ RTSP/1.0\r\nno colon\r\n\r\n",
        b"PLAY rtsp://h/ RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
        b"PLAY rtsp://h/ RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
    ],
)
def test_what_is_none_is_refused(head: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_request(head)


def test_answers_repeat_the_number() -> None:
    told = answer(Request("OPTIONS", "*", {"cseq": "7"}), 200, {"Public": "PLAY"}, "body")
    assert told == b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nPublic: PLAY\r\nContent-Length: 4\r\n\r\nbody"


def test_the_digest_of_the_rfc() -> None:
    credentials = Credentials("Mufasa", "Circle Of Life", "testrealm@host.com")
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    told = (
        f'Digest username="Mufasa", realm="testrealm@host.com", nonce="{nonce}", '
        'uri="/dir/index.html", response="670fd8c2df070c60b045671b8b24ff02"'
    )  # the example of RFC 2617 §3.5, without qop
    request = Request("GET", "/dir/index.html", {"authorization": told})
    assert credentials.is_proved(request, nonce)
    assert not credentials.is_proved(request, "other")
    assert not Credentials("Mufasa", "wrong", "testrealm@host.com").is_proved(request, nonce)
    assert not credentials.is_proved(Request("GET", "/", {"authorization": "Basic x"}), nonce)
    assert nonce in credentials.challenge(nonce)["WWW-Authenticate"]
