"""A viewer made by hand, which can do what no browser does: TCP, wrong order, silence, garbage."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES
from aiortc.rtcicetransport import RTCIceCandidate
from aiortc.sdp import SessionDescription
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from media.relay import stun
from media.relay.connection import new_credentials
from media.relay.ice import Credentials
from media.relay.srtp import PROFILES
from tests.media.relay.test_offer import FINGERPRINT, OFFER

CERTIFICATE = RTCCertificate.generateCertificate()
_OURS = Credentials("hand", "h" * 24)


def offer(credentials: Credentials = _OURS, certificate: RTCCertificate = CERTIFICATE) -> str:
    """Return an offer of picture, sound and data with these credentials."""
    value = next(iter(certificate.getFingerprints())).value
    lines = [line for line in OFFER.split("\r\n") if not line.startswith("a=candidate")]
    text = "\r\n".join(lines).replace(FINGERPRINT, f"sha-256 {value}")
    return text.replace("a=ice-ufrag:abcd", f"a=ice-ufrag:{credentials.ufrag}").replace(
        "p" * 24, credentials.password
    )


@dataclass
class Handmade:
    """One end of a connection; ``send`` puts a datagram on its way, ``arrived`` holds what came."""

    ours: Credentials = field(default_factory=new_credentials)
    theirs: Credentials = _OURS
    candidates: list[RTCIceCandidate] = field(default_factory=list)
    arrived: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    media: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    checks: list[stun.Stun] = field(default_factory=list)
    answers: asyncio.Queue[stun.Stun] = field(default_factory=asyncio.Queue)
    answers_checks: bool = True
    udp: asyncio.DatagramTransport | None = None
    tcp: asyncio.StreamWriter | None = None
    tls: SSL.Connection | None = None
    outbound: Session | None = None

    def offer(self) -> str:
        return offer(self.ours)

    def take_answer(self, sdp: str) -> None:
        first = SessionDescription.parse(sdp).media[0]
        assert first.ice is not None
        self.theirs = Credentials(first.ice.usernameFragment or "", first.ice.password or "")
        self.candidates = first.ice_candidates

    def address(self, protocol: str = "udp") -> tuple[str, int]:
        found = next(each for each in self.candidates if each.protocol == protocol)
        return found.ip, found.port

    def send(self, datagram: bytes) -> None:
        if self.tcp is not None:
            self.tcp.write(len(datagram).to_bytes(2, "big") + datagram)
        elif self.udp is not None:
            self.udp.sendto(datagram)

    def check(self, *, nominate: bool = True, key: str | None = None) -> bytes:
        """Send a check; return its transaction."""
        attributes = [
            (stun.USERNAME, f"{self.theirs.ufrag}:{self.ours.ufrag}".encode()),
            (stun.PRIORITY, (0x6E0000FF).to_bytes(4, "big")),
            (stun.ICE_CONTROLLING, bytes(8)),
        ]
        if nominate:
            attributes.append((stun.USE_CANDIDATE, b""))
        transaction = os.urandom(12)
        password = stun.Key((key or self.theirs.password).encode())
        self.send(stun.build(stun.BINDING_REQUEST, transaction, attributes, password))
        return transaction

    def on_datagram(self, data: bytes) -> None:
        """Sort what came; checks are answered at once."""
        if data[0] < 4:
            message = stun.parse(data)
            if message.kind != stun.BINDING_REQUEST:
                self.answers.put_nowait(message)
                return
            self.checks.append(message)
            if self.answers_checks:
                key = stun.Key(self.ours.password.encode())
                self.send(stun.success(message.transaction, ("192.0.2.1", 9), key))
        elif data[0] >= 128:
            self.media.put_nowait(data)
        else:
            self.arrived.put_nowait(data)

    async def shake_hands(self) -> Session:
        """Do DTLS; return the session that decrypts what comes."""
        context = CERTIFICATE._create_ssl_context(SRTP_PROFILES)
        self.tls = tls = SSL.Connection(context)
        tls.set_connect_state()
        tls.set_ciphertext_mtu(1200)
        while True:
            try:
                tls.do_handshake()
                break
            except SSL.WantReadError:
                self.flush()
                tls.bio_write(await self.arrived.get())
        self.flush()
        profile = next(each for each in PROFILES if each.name == tls.get_selected_srtp_profile())
        key, salt = profile.key_bytes, profile.salt_bytes
        made = tls.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        mine = made[:key] + made[2 * key : 2 * key + salt]
        its = made[key : 2 * key] + made[2 * key + salt :]
        self.outbound = Session(Policy(mine, Policy.SSRC_ANY_OUTBOUND, 0, profile.number))
        return Session(Policy(its, Policy.SSRC_ANY_INBOUND, 0, profile.number))

    def flush(self) -> None:
        """Send what DTLS has to say, a record in a datagram."""
        assert self.tls is not None
        with contextlib.suppress(SSL.Error):
            while True:
                records = self.tls.bio_read(16384)
                while records:
                    end = 13 + int.from_bytes(records[11:13], "big")
                    self.send(records[:end])
                    records = records[end:]

    async def by_udp(self, host: str = "127.0.0.1") -> None:
        """Open a UDP socket to where the answer says."""
        address = self.address()
        loop = asyncio.get_running_loop()
        self.udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(host, 0), remote_addr=address
        )

    async def by_tcp(self) -> asyncio.Task[None]:
        """Connect to where the answer says; return the task that reads."""
        reader, self.tcp = await asyncio.open_connection(*self.address("tcp"))
        return asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                self.on_datagram(await reader.readexactly(size))

    def close(self) -> None:
        if self.udp is not None:
            self.udp.close()
        if self.tcp is not None:
            self.tcp.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, viewer: Handmade) -> None:
        self._viewer = viewer

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        self._viewer.on_datagram(data)
