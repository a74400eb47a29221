"""A viewer as aiortc makes one, and an owner of the relay's end that notes what it hears."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from media.own_addresses import gather_on
from media.relay.answer import Medium, Ours, agree, write_answer
from media.relay.connection import Connection, Peer
from media.relay.dtls import Fingerprint, Identity
from media.relay.gcm import Gcm
from media.relay.intake import Intake
from media.relay.offer import Wishes, read_offer
from media.relay.port import Port

SILENCE = bytes([0xFC, 0xFF, 0xFE])  # an Opus packet of silence (RFC 6716 §3.1)


@dataclass
class Owner:
    """Notes what it hears of one connection."""

    connected: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    reported: asyncio.Event = field(default_factory=asyncio.Event)
    reports: list[bytes] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    reason: str = ""
    taker: Callable[[bytes], None] | None = None

    def on_connected(self, connection: Connection) -> None:  # noqa: ARG002
        self.connected.set()

    def on_late_keys(self, now: float) -> None:
        pass

    def on_moved(self, connection: Connection) -> None:  # noqa: ARG002
        self.moved.set()

    def on_heard(self, now: float) -> None:
        pass

    def on_rtcp(self, plain: bytes, now: float) -> None:  # noqa: ARG002
        self.reports.append(plain)
        self.reported.set()

    def on_message(self, message: bytes) -> None:
        self.messages.append(message)
        if self.taker is not None:
            self.taker(message)

    def take_messages(self, taker: Callable[[bytes], None]) -> None:
        """Hand over what has come and what will come."""
        self.taker = taker
        for message in self.messages:
            taker(message)

    def on_over(self, reason: str) -> None:
        self.reason = reason
        self.closed.set()


@dataclass
class Room:
    """A port, and what is needed to answer."""

    port: Port
    identity: Identity = field(default_factory=Identity)
    gcm: Gcm | None = None

    def accept(self, sdp: str) -> tuple[Connection, Owner, str, tuple[Medium, ...]]:
        """Answer an offer."""
        wishes = read_offer(sdp)
        media = agree(wishes, "1f", 2, (111, 222, 333))
        owner = Owner()
        connection = Connection(self.port, self.identity, peer_of(wishes), owner, self.gcm)
        fingerprint = self.identity.fingerprint
        ours = Ours(
            connection.local,
            f"{fingerprint.algorithm} {fingerprint.value}",
            self.port.candidates,
            1,
            "tingbo",
        )
        return connection, owner, write_answer(wishes, media, ours), media


def peer_of(wishes: Wishes) -> Peer:
    fingerprints = [Fingerprint(*each) for each in wishes.fingerprints]
    return Peer(wishes.credentials, fingerprints, wishes.candidates)


@contextlib.asynccontextmanager
async def listening(*addresses: str, intake: Intake | None = None) -> AsyncIterator[Room]:
    port = Port(addresses or ("127.0.0.1",), intake=intake)
    await port.open()
    try:
        yield Room(port)
    finally:
        await port.close()


@contextlib.asynccontextmanager
async def viewer(
    *kinds: str, address: str = "127.0.0.1", data: str = ""
) -> AsyncIterator[tuple[RTCPeerConnection, list[MediaStreamTrack]]]:
    """Give a peer connection that has an offer, and the tracks that it will get."""
    gather_on([address])
    connection = RTCPeerConnection()
    tracks: list[MediaStreamTrack] = []
    connection.on("track", tracks.append)
    for kind in kinds:
        connection.addTransceiver(kind, direction="recvonly")
    if data:
        connection.createDataChannel(data)
    await connection.setLocalDescription(await connection.createOffer())
    try:
        yield connection, tracks
    finally:
        await connection.close()


async def take(connection: RTCPeerConnection, answer: str) -> None:
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))


def protected(connection: Connection, packet: bytes) -> bytes:
    secret = connection.protector.protect(packet, int.from_bytes(packet[2:4], "big"))
    assert secret is not None
    return secret


async def sing(connection: Connection, payload_type: int, ssrc: int) -> None:
    """Send silence until cancelled."""
    number = 0
    while True:
        head = struct.pack("!BBHII", 0x80, payload_type, number & 0xFFFF, number * 960, ssrc)
        connection.send(protected(connection, head + SILENCE))
        number += 1
        await asyncio.sleep(0.02)
