"""RTMP's handshake, the listener's side; pure.

Sources: Adobe's Real Time Messaging Protocol 1.0 §5.2. Encoders that come from Flash sign their
first packet and look for a signature in the answer; the specification does not tell of it, but
librtmp and FFmpeg show it (``rtmpproto.c``, ``rtmp_validate_digest``). The keys are no secret: they
are in every such program.
"""

from __future__ import annotations

import hmac

from media.feeds.rtmp_chunks import MalformedRtmp

VERSION = 3
SIZE = 1536
_DIGEST = 32
_TAIL = bytes.fromhex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae")
_CLIENT = b"Genuine Adobe Flash Player 001"
_SERVER = b"Genuine Adobe Flash Media Server 001"
_SERVER_VERSION = bytes((4, 5, 0, 1))  # from 3 on, who signs looks for a signature
_BASES = (772, 8)  # where four bytes lie whose sum says where the digest lies


def digest_place(packet: bytes, base: int) -> int:
    """Return where the digest of a signed packet lies."""
    return sum(packet[base : base + 4]) % 728 + base + 4


def digest(packet: bytes, place: int, key: bytes) -> bytes:
    """Return the digest of a packet without the place where it lies."""
    return hmac.digest(key, packet[:place] + packet[place + _DIGEST :], "sha256")


def _signed_at(packet: bytes) -> tuple[int, int] | None:
    """Return base and place of the digest of an encoder's packet, None if it is not signed."""
    for base in _BASES:
        place = digest_place(packet, base)
        told = packet[place : place + _DIGEST]
        if hmac.compare_digest(told, digest(packet, place, _CLIENT)):
            return base, place
    return None


def reply(packet: bytes, random: bytes) -> bytes:
    """Return S0, S1 and S2 for an encoder's C1 (1536 bytes); ``random`` is twice that long."""
    signed = _signed_at(packet)
    if signed is None:
        # S2 repeats C1 whatever it says: who does not sign compares at most that
        return bytes([VERSION]) + bytes(8) + random[8:SIZE] + packet
    base, place = signed
    first = bytes(4) + _SERVER_VERSION + random[8:SIZE]
    own = digest_place(first, base)
    first = first[:own] + digest(first, own, _SERVER) + first[own + _DIGEST :]
    second = random[SIZE : 2 * SIZE - _DIGEST]
    key = hmac.digest(_SERVER + _TAIL, packet[place : place + _DIGEST], "sha256")
    return bytes([VERSION]) + first + second + hmac.digest(key, second, "sha256")


class Handshake:
    """Takes C0, C1 and C2. ``random`` is 3072 random bytes."""

    def __init__(self, random: bytes) -> None:
        self._random = random
        self._buffer = bytearray()
        self._has_answered = False
        self.is_done = False

    def feed(self, data: bytes) -> bytes:
        """Take bytes, return the answer to them; raises ``MalformedRtmp``."""
        self._buffer += data
        if self._buffer and self._buffer[0] != VERSION and not self._has_answered:
            raise MalformedRtmp("not RTMP")
        answer = b""
        if not self._has_answered and len(self._buffer) > SIZE:
            answer = reply(bytes(self._buffer[1 : 1 + SIZE]), self._random)
            del self._buffer[: 1 + SIZE]
            self._has_answered = True
        if self._has_answered and len(self._buffer) >= SIZE:
            del self._buffer[:SIZE]  # C2 repeats S1 or signs it: nothing hangs on it
            self.is_done = True
        return answer

    @property
    def rest(self) -> bytes:
        """What came behind the handshake."""
        return bytes(self._buffer)
