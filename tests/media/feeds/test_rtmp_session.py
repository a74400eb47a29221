"""A publisher's conversation, told as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.amf import decode
from media.feeds.rtmp_chunks import MalformedRtmp, Message, chunked
from media.feeds.rtmp_session import MAX_COMMAND, Event, Left, Session, Tag, Wanted
from tests.media.feeds.publisher import GREETING, KEY, answers, command, opening, picture, tag

RANDOM = bytes(3072)


def accepted(more: bytes = b"") -> tuple[Session, list[Event]]:
    session = Session(RANDOM)
    session.feed(opening() + more)
    assert session.next() == Wanted("live", KEY)
    session.accept()
    return session, events(session)


def events(session: Session) -> list[Event]:
    found = []
    while (event := session.next()) is not None:
        found.append(event)
    return found


def codes(session: Session) -> list[object]:
    said = [decode(known.payload) for known in answers(session.outgoing()) if known.kind == 20]
    told = [values[-1] for values in said]
    return [known.get("code") if isinstance(known, dict) else known for known in told]


def test_a_publisher_is_let_in_and_heard() -> None:
    session, found = accepted(tag(picture(), 40) + tag(b"\xaf\x01x", 50, kind=8))
    assert found == [Tag("video", 40, picture()), Tag("audio", 50, b"\xaf\x01x")]
    assert codes(session) == [
        "NetConnection.Connect.Success", None, None, 1.0, "NetStream.Publish.Start",
    ]  # fmt: skip
    session.feed(command("FCUnpublish", 6.0, None, KEY))
    assert events(session) == [Left()]


def test_nothing_behind_publish_is_read_before_the_answer() -> None:
    session = Session(RANDOM)
    session.feed(opening("wrong") + tag(picture()))
    assert session.next() == Wanted("live", "wrong")
    assert session.next() is None
    session.refuse("no")
    assert codes(session)[-1] == "NetStream.Publish.BadName"
    assert events(session) == []  # media of somebody unknown are passed over


@pytest.mark.parametrize(
    ("key", "app"),
    [("/key?user=x", "live/?a=b"), ("", "live/key"), ("live/key", ""), ("key/", "/live")],
)
def test_names_come_in_several_forms(key: str, app: str) -> None:
    session = Session(RANDOM)
    session.feed(opening(key, app))
    assert session.next() == Wanted("live", "key")


def test_what_is_received_is_acknowledged() -> None:
    session, _ = accepted(chunked(2, Message(5, 0, 0, (100_000).to_bytes(4, "big"))))
    session.outgoing()
    for _ in range(4):
        session.feed(tag(b"\x27" + bytes(40_000)))
        events(session)
    told = [known.payload for known in answers(bytes(3073) + session.outgoing())]
    first, second = (int.from_bytes(size, "big") for size in told)
    assert 50_000 < first < second


def test_a_ping_is_answered() -> None:
    session, _ = accepted(chunked(2, Message(4, 0, 0, b"\x00\x06" + b"time")))
    assert b"\x00\x07time" in session.outgoing()


def test_aggregates_are_taken_apart() -> None:
    def part(kind: int, time: int, body: bytes) -> bytes:
        head = bytes([kind]) + len(body).to_bytes(3, "big")
        head += (time & 0xFFFFFF).to_bytes(3, "big") + bytes([time >> 24, 0, 0, 0])
        return head + body + (11 + len(body)).to_bytes(4, "big")

    body = part(9, 0x1000000, b"\x17v") + part(8, 0x1000014, b"\xafa") + part(18, 0x1000020, b"m")
    _, found = accepted(chunked(6, Message(22, 1, 500, body)))
    assert found == [Tag("video", 500, b"\x17v"), Tag("audio", 520, b"\xafa")]
    session, _ = accepted()
    session.feed(chunked(6, Message(22, 1, 0, part(9, 0, b"\x17v")[:12])))
    with pytest.raises(MalformedRtmp):
        session.next()


@pytest.mark.parametrize(
    "said",
    [
        command("play", 5.0, None, "x"),
        command("publish", 5.0, None, "x"),  # before connect
        command("connect", 1.0, None),
        command("connect", 1.0, {"app": "x" * 1000}),
        command("connect", 1.0, {"app": "x"}) + command("publish", 5.0, None, 7.0),
        command("connect", 1.0, {"app": "x"}) * 2,
        command(7.0),
        chunked(3, Message(20, 0, 0, b"\x02\xff")),
        chunked(6, Message(9, 1, 0, bytes(MAX_COMMAND + 1))),  # so large only once it is known
    ],
)
def test_what_no_publisher_says_ends_it(said: bytes) -> None:
    session = Session(RANDOM)
    session.feed(GREETING + said)
    with pytest.raises(MalformedRtmp):
        events(session)


def test_who_publishes_cannot_publish_again() -> None:
    with pytest.raises(MalformedRtmp):
        accepted(command("publish", 6.0, None, "other"))


MUTATIONS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=6)


@given(MUTATIONS, st.integers(1, 500), st.booleans())
def test_a_spoilt_conversation_is_heard_or_refused(
    spoilt: list[tuple[int, int]], cut: int, is_known: bool
) -> None:
    said = bytearray(opening()[len(GREETING) :] + tag(picture()) * 5 + command("deleteStream", 7.0))
    for place, value in spoilt:
        said[place % len(said)] = value
    session = Session(RANDOM)
    session.feed(GREETING)
    try:
        for at in range(0, len(said), cut):
            session.feed(bytes(said[at : at + cut]))
            while (event := session.next()) is not None:
                if isinstance(event, Wanted):
                    session.accept() if is_known else session.refuse("no")
                assert not isinstance(event, Tag) or is_known
            session.outgoing()
    except MalformedRtmp:
        pass
