"""A viewer as the fan-out sees it: a real socket with real SRTP keys at both ends."""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from pylibsrtp import Policy, Session

from media.feeds.depacketise import Pictures
from media.feeds.parameters import H264
from media.feeds.rtp_reception import RtpPacket
from media.relay import srtp
from media.relay.ear import Ear
from media.relay.gcm import Gcm
from media.relay.link import Negotiated

PROFILES = dict(zip(("gcm128", "gcm256", "sha1"), srtp.PROFILES, strict=True))
_RTCP = range(192, 224)
_HEADER = struct.Struct("!BBHII")


@dataclass(frozen=True)
class Heard:
    """A packet as it came: its sequence number, timestamp and so on, decrypted."""

    number: int
    timestamp: int
    ssrc: int
    payload_type: int
    marker: bool
    payload: bytes


class Receiver:
    """A viewer's socket; ``link`` is the sender's view of it (UDP, or over ``send`` alone)."""

    def __init__(self, profile: str = "gcm128", *, family: int = socket.AF_INET,
                 sender: socket.socket | None = None, over_tcp: bool = False,
                 gcm: Gcm | None = None) -> None:  # fmt: skip
        chosen = PROFILES[profile]
        key = secrets.token_bytes(chosen.key_bytes + chosen.salt_bytes)
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self.own = socket.socket(family, socket.SOCK_DGRAM)
        self.own.bind((host, 0))
        self.own.setblocking(False)
        self.own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._has_sender = sender is None
        self._sender = sender or socket.socket(family, socket.SOCK_DGRAM)
        self._sender.setblocking(False)
        policy = Policy(key, Policy.SSRC_ANY_INBOUND, srtp_profile=chosen.number)
        policy.window_size = srtp.WINDOW
        self._inbound = Session(policy)
        self._pictures = Pictures(H264)
        self.keys = srtp.Keys(chosen, key, key)
        self.protector = srtp.Protector(self.keys, srtp.WINDOW, gcm)
        self.socket = None if over_tcp else self._sender
        self.address = self.own.getsockname()
        self.refuses, self.rtt_ms = False, 0.0
        self.ear: Ear | None = None
        self.rtcp: list[bytes] = []

    def send(self, packet: bytes) -> bool:
        if self.refuses:
            return False
        self.own.sendto(packet, self.address)
        return True

    def datagrams(self) -> list[bytes]:
        """Return what has come since the last call, encrypted."""
        found = []
        while True:
            try:
                found.append(self.own.recv(4096))
            except BlockingIOError:
                return found

    def heard(self, lose: Callable[[], bool] = lambda: False) -> list[Heard]:
        """Return the media packets that have come; control packets go to ``rtcp``."""
        found = []
        for data in self.datagrams():
            if lose():
                continue
            if data[1] in _RTCP:
                self.rtcp.append(self._inbound.unprotect_rtcp(data))
                continue
            plain = self._inbound.unprotect(data)
            first, kind, number, timestamp, ssrc = _HEADER.unpack_from(plain)
            end = len(plain) - (plain[-1] if first & 0x20 else 0)
            found.append(
                Heard(number, timestamp, ssrc, kind & 0x7F, bool(kind >> 7), plain[12:end])
            )
        return found

    def decode(self, packets: list[Heard]) -> list[bytes]:
        """Put packets of H.264 together to access units (Annex B)."""
        units = []
        for one in packets:
            packet = RtpPacket(
                one.number, one.timestamp, one.ssrc, one.payload_type, one.marker, one.payload, 0
            )
            units += [unit.payload for unit in self._pictures.take(packet, 0) if unit.is_lawful]
        return units

    def close(self) -> None:
        self.own.close()
        if self._has_sender:
            self._sender.close()


_PICTURE = Negotiated(
    "video", 102, 0x1111, 90_000,
    rtx_payload_type=103, rtx_ssrc=0x2222, nack=True, pli=True, remb=True,
)  # fmt: skip
_SOUND = Negotiated("audio", 111, 0x3333, 48_000)


def video(**changes: int) -> Negotiated:
    """Return what a browser agrees on for the picture."""
    return replace(_PICTURE, **changes)  # type: ignore[arg-type]


def sound(**changes: int) -> Negotiated:
    """Return what a browser agrees on for the sound."""
    return replace(_SOUND, **changes)  # type: ignore[arg-type]
