"""The listener against publishers that are wrong, slow, many or rude."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from functools import partial

import pytest

from media.errors import FeedUnavailable
from media.feeds import rtmp_listener
from media.feeds.address import RtmpListen
from media.feeds.rtmp_listener import RtmpCamera, RtmpListener, listener_at
from media.feeds.rtmp_session import Tag
from tests.media.feeds.cameras import code_of
from tests.media.feeds.publisher import (
    GREETING,
    KEY,
    SAYS_WITHIN,
    answers,
    command,
    opening,
    picture,
    publish,
    tag,
)  # fmt: skip
from tests.services.program import free_port

OTHER = "Other-key-0123456789"


class Hall:
    """A listener with two cameras."""

    def __init__(self) -> None:
        self.port = free_port()
        self.listener = listener_at("127.0.0.1", self.port)
        self.camera, self.other = self._camera(KEY), self._camera(OTHER)
        self.listener.listen()

    def _camera(self, key: str) -> RtmpCamera:
        where = RtmpListen("127.0.0.1", self.port, "live", key)
        found = self.listener.camera(where, lambda: 7)
        assert found is not None
        return found


@pytest.fixture
def hall() -> Hall:
    return Hall()


def heard(peer: socket.socket) -> bytes:
    """Return what the listener says until it closes."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while piece := peer.recv(65536):
            data += piece
    return data


def until_said(peer: socket.socket, word: bytes) -> bytes:
    data = b""
    while word not in data:
        piece = peer.recv(65536)
        assert piece
        data += piece
    return data


def tags(camera: RtmpCamera, count: int) -> Iterator[Tag]:
    while count:
        found = camera.mailbox.take(5)
        if found is not None:
            count -= 1
            yield found[0]


def test_each_key_has_its_camera(hall: Hall) -> None:
    with publish(hall.port) as first, publish(hall.port, OTHER) as second:
        first.sendall(tag(picture(), 40))
        second.sendall(tag(picture(key=False), 50))
        for camera, body, time_ms in (
            (hall.camera, picture(), 40),
            (hall.other, picture(key=False), 50),
        ):
            camera.mailbox.wait_for_publisher(SAYS_WITHIN)
            assert list(tags(camera, 1)) == [Tag("video", time_ms, body)]
    assert code_of(lambda: list(tags(hall.camera, 1))) == "closed"


@pytest.mark.parametrize("key", ["", "wrong", KEY + "x", KEY[:-1], "钥匙"])
def test_a_wrong_key_is_refused_before_any_media(hall: Hall, key: str) -> None:
    with publish(hall.port, key) as peer:
        with contextlib.suppress(ConnectionError):
            peer.sendall(tag(picture()))
        data = heard(peer)
    assert b"NetStream.Publish.BadName" in data or not data
    assert hall.listener.counts.wrong_key == 1
    assert not hall.camera.mailbox.is_taken
    for mailbox in (hall.camera.mailbox, hall.other.mailbox):
        assert code_of(partial(mailbox.wait_for_publisher, 0)) == "wrong_key"


def test_a_right_key_in_a_wrong_place_is_wrong(hall: Hall) -> None:
    with socket.create_connection(("127.0.0.1", hall.port), timeout=SAYS_WITHIN) as peer:
        peer.sendall(opening(KEY, "elsewhere"))
        assert b"BadName" in heard(peer)


def test_the_second_publisher_of_a_key_is_refused_while_the_first_is_there(hall: Hall) -> None:
    with publish(hall.port) as first:
        until_said(first, b"Publish.Start")
        with publish(hall.port) as second:
            assert b"BadName" in heard(second)
        assert hall.camera.mailbox.noticed() == "second_publisher"
        assert hall.other.mailbox.noticed() == ""
        first.sendall(tag(picture(), 40))
        hall.camera.mailbox.wait_for_publisher(SAYS_WITHIN)
        assert len(list(tags(hall.camera, 1))) == 1
        first.sendall(command("deleteStream", 7.0, None, 1.0))
        assert code_of(lambda: list(tags(hall.camera, 1))) == "closed"
    with publish(hall.port) as third:
        until_said(third, b"Publish.Start")


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", GREETING + b"\xff" * 40, GREETING + command("play", 1.0)]
)
def test_what_is_not_a_publisher_is_closed(hall: Hall, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", hall.port), timeout=SAYS_WITHIN) as peer:
        peer.sendall(said)
        heard(peer)
    assert hall.listener.counts.malformed == 1


def test_who_says_nothing_or_stops_is_closed(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as impatient:
        impatient.setattr(rtmp_listener, "GREETING_SECONDS", 0.1)
        with socket.create_connection(("127.0.0.1", hall.port), timeout=SAYS_WITHIN) as peer:
            peer.sendall(GREETING[:2000])
            heard(peer)
    assert hall.listener.counts.too_slow == 1
    monkeypatch.setattr(rtmp_listener, "SILENCE_SECONDS", 0.1)
    with publish(hall.port) as peer:
        assert b"Publish.Start" in heard(peer)
        hall.camera.mailbox.wait_for_publisher(SAYS_WITHIN)
        assert code_of(lambda: list(tags(hall.camera, 1))) == "stalled"
    assert hall.listener.counts.too_slow == 2


def test_a_flood_of_connections_leaves_room_for_who_is_known(hall: Hall) -> None:
    with publish(hall.port) as known, contextlib.ExitStack() as stack:
        until_said(known, b"Publish.Start")
        for _ in range(60):
            stack.enter_context(
                socket.create_connection(("127.0.0.1", hall.port), timeout=SAYS_WITHIN)
            )
        known.sendall(tag(picture()))
        hall.camera.mailbox.wait_for_publisher(SAYS_WITHIN)
        assert len(list(tags(hall.camera, 1))) == 1
        deadline = time.monotonic() + SAYS_WITHIN
        while hall.listener.counts.crowded < 60 - rtmp_listener.MAX_UNKNOWN_EACH:
            assert time.monotonic() < deadline
            time.sleep(0.01)  # nothing tells of those that were turned away
    with publish(hall.port, OTHER) as later:  # the flood is gone
        until_said(later, b"Publish.Start")


def test_a_publisher_that_nobody_reads_goes_before_the_memory_does(hall: Hall) -> None:
    with publish(hall.port) as peer:
        until_said(peer, b"Publish.Start")
        big = tag(b"\x27\x01" + bytes(4_000_000))
        with contextlib.suppress(OSError):
            for _ in range(20):
                peer.sendall(big)
        heard(peer)
    assert hall.listener.counts.overflowed == 1
    hall.camera.mailbox.wait_for_publisher(SAYS_WITHIN)
    assert code_of(lambda: list(tags(hall.camera, 20))) == "failed"


def test_who_sends_commands_and_reads_no_answers_is_closed(hall: Hall) -> None:
    with publish(hall.port) as peer:
        until_said(peer, b"Publish.Start")
        ask = command("createStream", 4.0, None) * 500
        with contextlib.suppress(OSError):
            for _ in range(2000):
                peer.sendall(ask)
            raise AssertionError("it may go on for ever")
    assert hall.listener.counts.too_slow == 1


def test_a_port_has_one_listener_and_goes_with_its_last_camera() -> None:
    port = free_port()
    listener = RtmpListener("127.0.0.1", port)
    camera = listener.camera(RtmpListen("127.0.0.1", port, "live", KEY), lambda: 0)
    assert listener.camera(RtmpListen("127.0.0.1", port, "live", KEY), lambda: 0) is None
    listener.listen()
    listener.listen()
    other = RtmpListener("127.0.0.1", port)
    held = other.camera(RtmpListen("127.0.0.1", port, "live", OTHER), lambda: 0)
    assert code_of(other.listen) == "port_taken"
    assert code_of(RtmpListener("192.0.2.1", port).listen) == "no_such_address"
    del camera
    deadline = time.monotonic() + SAYS_WITHIN
    while True:
        with contextlib.suppress(FeedUnavailable):
            other.listen()
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)  # nothing tells when the port is free
    del held


def test_all_addresses_are_those_of_both_kinds() -> None:
    port = free_port()
    listener = RtmpListener("::", port)
    camera = listener.camera(RtmpListen("::", port, "live", KEY), lambda: 0)
    assert camera is not None
    listener.listen()
    for host in ("127.0.0.1", "::1"):
        with socket.create_connection((host, port), timeout=SAYS_WITHIN) as peer:
            peer.sendall(opening())
            until_said(peer, b"Publish.Start")
            peer.sendall(command("deleteStream", 7.0, None, 1.0))
            camera.mailbox.wait_for_publisher(SAYS_WITHIN)
            assert code_of(lambda: list(tags(camera, 1))) == "closed"


def test_answers_can_be_read(hall: Hall) -> None:
    with publish(hall.port) as peer:
        data = until_said(peer, b"Publish.Start")
    assert {known.kind for known in answers(data)} >= {4, 5, 6, 20}
