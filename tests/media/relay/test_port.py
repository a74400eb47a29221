"""The relay's one port: everybody gets what is theirs, strangers cost a look and are counted."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.relay import stun
from media.relay.ice import Path
from media.relay.port import Port
from tests.media.relay.connecting import listening


class Listener:
    """Notes what the port brings."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.is_present = True
        self.usual = b""

    def on_stun(self, message: stun.Stun, path: Path) -> None:  # noqa: ARG002
        self.heard.append("stun")

    def on_usual_stun(self, datagram: bytes, path: Path) -> bool:  # noqa: ARG002
        return datagram == self.usual

    def on_dtls(self, datagram: bytes, path: Path) -> None:  # noqa: ARG002
        self.heard.append("dtls")

    def on_rtp(self, datagram: bytes, path: Path) -> None:  # noqa: ARG002
        self.heard.append("rtp")

    def was_heard(self, path: Path, now: float) -> bool:  # noqa: ARG002
        return self.is_present

    def on_path_lost(self, path: Path) -> None:  # noqa: ARG002
        self.heard.append("lost")


def check(ufrag: str) -> bytes:
    attributes = [(stun.USERNAME, f"{ufrag}:them".encode())]
    return stun.build(stun.BINDING_REQUEST, os.urandom(12), attributes, stun.Key(b"key"))


@pytest.fixture
def client() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


async def arrive(client: socket.socket, port: Port, *datagrams: bytes) -> None:
    """Send datagrams and let the port read them."""
    for datagram in datagrams:
        client.sendto(datagram, ("127.0.0.1", port.number))
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_check_that_its_viewer_knows_is_not_read(client: socket.socket) -> None:
    with client:
        async with listening() as room:
            listener, usual = Listener(), check("ours")
            room.port.expect("ours", b"mark", listener)
            room.port.claim(Path("udp", 0, client.getsockname()), listener, 0.0)
            listener.usual = usual
            await arrive(client, room.port, usual, check("ours"))
            assert listener.heard == ["stun"]


async def test_a_check_finds_its_viewer_and_then_the_address_does(client: socket.socket) -> None:
    with client:
        async with listening() as room:
            listener = Listener()
            room.port.expect("ours", b"mark", listener)
            path = Path("udp", 0, client.getsockname())
            await arrive(client, room.port, b"\x16dtls", b"\x80\xc9rtcp", check("nobody"))
            assert listener.heard == []
            await arrive(client, room.port, check("ours"))
            assert room.port.claim(path, listener, 0.0)
            await arrive(client, room.port, b"\x16dtls", b"\x80\xc9rtcp", b"\x50turn", b"")
            assert listener.heard == ["stun", "dtls", "rtp"]
            assert room.port.counted == {"strangers": 3, "garbage": 2}
            room.port.leave(b"mark", [path])
            room.port.expect_no_more("ours")
            await arrive(client, room.port, b"\x16dtls", check("ours"))
            assert room.port.counted["strangers"] == 5


async def test_an_answer_finds_who_asked_by_its_mark(client: socket.socket) -> None:
    with client:
        async with listening() as room:
            listener = Listener()
            room.port.expect("ours", b"mark", listener)
            answer = stun.build(stun.BINDING_SUCCESS, b"mark" + bytes(8), [], stun.Key(b"key"))
            other = stun.build(stun.BINDING_SUCCESS, b"else" + bytes(8), [], stun.Key(b"key"))
            await arrive(client, room.port, answer, other)
            assert listener.heard == ["stun"]


async def test_nobody_takes_the_address_of_a_viewer_who_is_there() -> None:
    async with listening() as room:
        viewer, thief = Listener(), Listener()
        path = Path("udp", 0, ("127.0.0.1", 5000))
        assert room.port.claim(path, viewer, 0.0)
        assert room.port.claim(path, viewer, 0.0)
        assert not room.port.claim(path, thief, 0.0)
        viewer.is_present = False
        assert room.port.claim(path, thief, 0.0)


async def test_udp_and_tcp_have_one_number_at_each_address() -> None:
    async with listening("127.0.0.1", "::1") as room:
        assert [(each.way, each.host) for each in room.port.candidates] == [
            ("udp", "127.0.0.1"),
            ("udp", "::1"),
            ("tcp", "127.0.0.1"),
            ("tcp", "::1"),
        ]
        assert {each.port for each in room.port.candidates} == {room.port.number}
        for host in ("127.0.0.1", "::1"):
            _, writer = await asyncio.open_connection(host, room.port.number)
            writer.close()
        with pytest.raises(OSError, match="in use"):
            Port(["127.0.0.1"], room.port.number)


async def test_a_declared_address_is_offered_with_ours_behind_it() -> None:
    port = Port(["127.0.0.1"], 0, ["203.0.113.9"])
    await port.open()
    public = port.candidates[-2:]
    await port.close()
    assert {each.way for each in public} == {"udp", "tcp"}
    assert {each.base for each in public} == {("127.0.0.1", port.number)}
    assert min(each.priority for each in port.candidates[:2]) > public[0].priority


async def test_a_viewer_cannot_make_us_send_to_this_machine_or_where_we_have_no_socket() -> None:
    port = Port(["127.0.0.1"])
    await port.open()
    assert port.path_to("127.0.0.1", 80) == Path("udp", 0, ("127.0.0.1", 80))
    assert port.path_to("192.0.2.1", 80) is None
    assert port.path_to("2001:db8::1", 80) is None
    await port.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(max_size=100), max_size=20))
def test_garbage_costs_a_count(garbage: list[bytes]) -> None:
    port = Port(["127.0.0.1"])
    try:
        for data in garbage:
            for datagram in (data, check("x")[: len(data)] + data):
                port._on_datagram(datagram, Path("udp", 0, ("127.0.0.1", 1)))
        assert sum(port.counted.values()) == 2 * len(garbage)
        assert not port._by_path
    finally:
        for each in port._sockets:
            each.close()
