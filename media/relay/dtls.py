"""DTLS as the server's side of a viewer's connection (RFC 5764, RFC 8827): a shell around OpenSSL.

It owns no socket and no clock: datagrams are put in, what is to be sent is taken out. One
certificate serves a process; the peer's is known by the fingerprint in its offer and by nothing
else.

A flight that is not answered is repeated by us, datagram for datagram, after two round trips as
ICE has measured them. OpenSSL would wait a second (RFC 6347 §4.2.4.1), and its binding lets nobody
change that. What is repeated like this looks to the peer as if the network had doubled it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import X509_DIGEST_ALGORITHMS, certificate_digest
from cryptography.x509 import Certificate
from OpenSSL import SSL

from media.relay.flights import Flights
from media.relay.srtp import PROFILES, Keys

HANDSHAKE = 22
"""The type of a record with which a flight begins (RFC 6347 §4.1)."""
_DTLS_1_2 = 0xFEFD  # 1.3 gains one round trip and loses the records' borders (see ``_datagrams``)
_MOST_DATAGRAM = 1200
_MOST_MESSAGE = 16 * 1024
_RECORD_HEADER_BYTES = 13
_LEAST_PAUSE, _MOST_FIRST_PAUSE, _MOST_PAUSE = 0.05, 0.5, 1.0  # seconds; doubled each time
_LAST_PAUSE = (0.02, 0.1)
_EXPORTER = b"EXTRACTOR-dtls_srtp"
_CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384"
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A digest of a certificate as SDP has it (RFC 8122 §5)."""

    algorithm: str
    value: str


class Identity:
    """A process's certificate (ECDSA, P-256) and what OpenSSL needs to use it."""

    def __init__(self) -> None:
        certificate = RTCCertificate.generateCertificate()
        first = next(iter(certificate.getFingerprints()))
        self.fingerprint = Fingerprint(first.algorithm, first.value)
        context = SSL.Context(SSL.DTLS_SERVER_METHOD)
        context.set_min_proto_version(_DTLS_1_2)
        context.set_max_proto_version(_DTLS_1_2)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU | SSL.OP_NO_RENEGOTIATION)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        # Any certificate will do: the fingerprint says whether it is the right one.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(certificate._cert)  # noqa: SLF001 - aiortc makes it, we use it
        context.use_privatekey(certificate._key)  # noqa: SLF001
        context.set_cipher_list(_CIPHERS)
        context.set_tlsext_use_srtp(b":".join(profile.name for profile in PROFILES))
        self.context = context


def matches(certificate: Certificate, fingerprints: Sequence[Fingerprint]) -> bool:
    """Whether all fingerprints that we can check are the certificate's, and there is one."""
    known = [each for each in fingerprints if each.algorithm.lower() in X509_DIGEST_ALGORITHMS]
    return bool(known) and all(
        each.value.upper() == certificate_digest(certificate, each.algorithm.lower())
        for each in known
    )


class Dtls:
    """One viewer's DTLS connection; ``over`` says why it has ended, "" as long as it has not."""

    def __init__(self, identity: Identity, fingerprints: Sequence[Fingerprint]) -> None:
        self._fingerprints = fingerprints
        self._connection = SSL.Connection(identity.context)
        self._connection.set_accept_state()
        self._connection.set_ciphertext_mtu(_MOST_DATAGRAM)
        self.keys: Keys | None = None
        self.over = ""
        self._flights = Flights()
        self._flight: list[bytes] = []
        self._pause = 0.0
        self._repeat_at: float | None = None
        self._is_last = False

    @property
    def is_connected(self) -> bool:
        """Whether the handshake is complete and the peer is who the offer said."""
        return self.keys is not None and not self.over

    def receive(self, datagram: bytes) -> list[bytes]:
        """Take a datagram; return the messages that it held once connected."""
        if self.over:
            return []
        for piece in self._flights.take(datagram) if self.keys is None else [datagram]:
            self._connection.bio_write(piece)
            if self.keys is None and not self.over:
                self._shake_hands()
        return list(self._messages()) if self.keys is not None else []

    def outgoing(self, now: float, rtt: float = 0.0) -> list[bytes]:
        """Take the datagrams that are to be sent now; ``rtt`` in seconds, 0 while unknown."""
        pieces = []
        with contextlib.suppress(SSL.Error):
            while True:
                pieces.append(self._connection.bio_read(_MOST_MESSAGE))
        found = list(_datagrams(b"".join(pieces)))
        if found and not self._is_last:
            self._remember(found, now, rtt)
        return found

    def _remember(self, flight: list[bytes], now: float, rtt: float) -> None:
        """Keep a flight for its repetition; the last one is not answered and repeated once."""
        self._flight, self._is_last = flight, self.keys is not None
        if self._is_last:
            least, most = _LAST_PAUSE
            self._pause = min(max(rtt, least), most)
        else:
            self._pause = min(max(2 * rtt, _LEAST_PAUSE), _MOST_FIRST_PAUSE)
        self._repeat_at = now + self._pause

    def due(self) -> float | None:
        """When ``repeated`` has something to send, None if nothing waits."""
        return None if self.over else self._repeat_at

    def repeated(self, now: float) -> list[bytes]:
        """Return the flight that is to be sent again now, if one is due."""
        due = self.due()
        if due is None or due > now:
            return []
        self._pause = min(2 * self._pause, _MOST_PAUSE)
        self._repeat_at = None if self._is_last else now + self._pause
        return self._flight

    def send(self, message: bytes) -> bool:
        """Encrypt a message; False when the connection cannot carry it."""
        if not self.is_connected:
            return False
        try:
            self._connection.send(message)
        except SSL.Error:
            return False
        return True

    def close(self) -> None:
        """Say goodbye (an alert among what is outgoing)."""
        if not self.over:
            with contextlib.suppress(SSL.Error):
                self._connection.shutdown()
            self.over = "closed"

    def _shake_hands(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error:
            self.over = "handshake failed"
            return
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None or not matches(certificate, self._fingerprints):
            self.over = "another certificate than offered"
            return
        name = self._connection.get_selected_srtp_profile()
        profile = next((each for each in PROFILES if each.name == name), None)
        if profile is None:
            self.over = "no common SRTP profile"
            return
        size = 2 * (profile.key_bytes + profile.salt_bytes)
        material = self._connection.export_keying_material(_EXPORTER, size)
        self.keys = Keys.of_server(profile, material)

    def _messages(self) -> Iterator[bytes]:
        try:
            while True:
                yield self._connection.recv(_MOST_MESSAGE)
        except SSL.WantReadError:
            return
        except SSL.ZeroReturnError:
            self.over = "closed by the viewer"
        except SSL.Error:
            self.over = "broken"


def _datagrams(records: bytes) -> Iterator[bytes]:
    """Put records into datagrams: OpenSSL's memory keeps no borders between what it wrote."""
    start = at = 0
    while at + _RECORD_HEADER_BYTES <= len(records):
        length = int.from_bytes(records[at + 11 : at + 13], "big")
        end = at + _RECORD_HEADER_BYTES + length
        if end - start > _MOST_DATAGRAM and at > start:
            yield records[start:at]
            start = at
        at = end
    if start < len(records):
        yield records[start:]
