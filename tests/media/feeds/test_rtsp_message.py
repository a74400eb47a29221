"""RTSP requests and answers, and the packets between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.rtsp_message import (
    MAX_HEADER,
    Framed,
    Incoming,
    MalformedMessage,
    Reply,
    Request,
    answer,
    ask,
    parse_request,
)

HEAD = b"SETUP rtsp://h:554/judge/track=video RTSP/1.0\r\nCSeq: 3\r\nTransport: %s\r\n\r\n"


def test_a_request_is_read() -> None:
    request, length = parse_request(HEAD % b"RTP/AVP/TCP;unicast;interleaved=2-3")
    assert (request.method, request.path, length) == ("SETUP", ["judge", "track=video"], 0)
    assert request.channels == (2, 3)
    assert parse_request(HEAD % b"RTP/AVP;unicast;client_port=5000-5001")[0].channels is None
    assert parse_request(HEAD % b"RTP/AVP/TCP")[0].channels == (0, 1)
    assert parse_request(HEAD % b"RTP/AVP/TCP;interleaved=300-301")[0].channels is None
    assert Request("PLAY", "rtsp://[bad").path == []
    udp = parse_request(HEAD % b"RTP/AVP;unicast;client_port=5000-5001")[0]
    assert udp.client_ports == (5000, 5001)
    assert parse_request(HEAD % b"RTP/AVP;client_port=1-99999")[0].client_ports is None


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
    with pytest.raises(MalformedMessage):
        parse_request(head)


def test_answers_repeat_the_number() -> None:
    told = answer(Request("OPTIONS", "*", {"cseq": "7"}), 200, {"Public": "PLAY"}, "body")
    assert told == b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nPublic: PLAY\r\nContent-Length: 4\r\n\r\nbody"


REPLY = (
    b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nWWW-Authenticate: Digest a\r\nwww-authenticate: Basic b\r\n"
    b"Content-Length: 3\r\n\r\nsdp"
)
FRAMED = b"$\x02\x00\x03abc"


def test_a_request_is_written_as_it_is_read() -> None:
    head = ask("PLAY", "rtsp://h/a", 5, {"Session": "1"})
    assert parse_request(head)[0] == Request(
        "PLAY", "rtsp://h/a", {"cseq": "5", "user-agent": "Tingbo", "session": "1"}
    )


@given(st.lists(st.integers(1, 40)))
def test_messages_and_packets_are_cut_apart_however_they_come(cuts: list[int]) -> None:
    data = FRAMED + REPLY + FRAMED + b"\r\n" + FRAMED + ask("OPTIONS", "*", 1, {}) + FRAMED
    incoming, found, at = Incoming(), list[object](), 0
    for cut in [*cuts, len(data)]:
        found += incoming.take(data[at : at + cut])
        at += cut
    reply = found[1]
    assert isinstance(reply, Reply)
    assert (reply.status, reply.number, reply.body) == (200, 4, b"sdp")
    assert reply.headers["www-authenticate"] == "Digest a\nBasic b"
    assert found[:1] + found[2:4] + found[5:] == [Framed(2, b"abc")] * 4
    assert isinstance(found[4], Request)


@pytest.mark.parametrize(
    "data", [b"x" * MAX_HEADER, b"\x80\x00 rubbish\r\n\r\n", b"RTSP/1.0 ok\r\n\r\n"]
)
def test_what_is_no_rtsp_ends_the_conversation(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Incoming().take(data)


@given(st.lists(st.binary(max_size=200)))
def test_any_bytes_are_taken_or_refused(pieces: list[bytes]) -> None:
    incoming = Incoming()
    try:
        for piece in pieces:
            incoming.take(piece)
    except MalformedMessage:
        pass


def test_a_number_that_is_none() -> None:
    assert Reply(200).number == Reply(200, {"cseq": "9" * 30}).number == -1
