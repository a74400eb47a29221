"""A viewer's SRTP keys (RFC 3711, RFC 7714), used through libsrtp's own functions and in place.

Media go by ``media.relay.gcm`` where it is there: all of a viewer's, or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

from media.relay.gcm import TAG_BYTES, Gcm, SpreadKeys

WINDOW: Final = 1024
"""Packets back to which one may be sent again under its own number, or arrive late."""
SHORT_WINDOW: Final = 128
"""The same where pictures are sent again in RTX: a second of sound. Each packet moves the window,
bit by bit, and a long one is a fortieth of all that a viewer costs."""
_MOST_BYTES = 2048
_SRTCP_TRAILER_BYTES = 4 + 16
_OK = 0

# One datagram at a time is unprotected, in one thread: all viewers share the place.
_scratch: Any = ffi.new("char[]", _MOST_BYTES)
_scratch_bytes: Any = ffi.buffer(_scratch)
_length: Any = ffi.new("int *")


@dataclass(frozen=True, slots=True)
class Profile:
    """A protection profile: its name in OpenSSL, libsrtp's number, sizes in bytes."""

    name: bytes
    number: int
    key_bytes: int
    salt_bytes: int
    tag_bytes: int


PROFILES: Final = (
    # The cheapest first: a viewer's keys are of an hour, so 128 bits are plenty.
    Profile(b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12, 16),
    Profile(b"SRTP_AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12, 16),
    Profile(b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14, 10),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What DTLS agreed on: the profile, and key and salt of what we send and of what we get."""

    profile: Profile
    ours: bytes
    theirs: bytes

    @classmethod
    def of_server(cls, profile: Profile, material: bytes) -> Keys:
        """Cut the exported material: both keys, then both salts, the client's first (RFC 5764)."""
        key, salt = profile.key_bytes, profile.salt_bytes
        salts = material[2 * key :]
        return cls(
            profile,
            ours=material[key : 2 * key] + salts[salt : 2 * salt],
            theirs=material[:key] + salts[:salt],
        )


class NotAuthentic(Exception):
    """The packet was not made with the viewer's keys, or was here before."""


def _session(keys: Keys, key: bytes, direction: int, window: int) -> Session:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=keys.profile.number)
    policy.window_size = window
    policy.allow_repeat_tx = True
    return Session(policy)


class Protector:
    """What is sent to a viewer is encrypted with this; see ``media.relay.link``."""

    def __init__(self, keys: Keys, window: int = WINDOW, gcm: Gcm | None = None) -> None:
        """Use ``gcm`` for all media, if it is there and for this profile; libsrtp for the rest."""
        self._session = _session(keys, keys.ours, Policy.SSRC_ANY_OUTBOUND, window)
        self.tag_bytes = keys.profile.tag_bytes
        self.spread: SpreadKeys | None = None
        if gcm is not None and self.tag_bytes == TAG_BYTES:
            self.spread = gcm.of_master(keys.ours)
        self.pointer: Any = self._session._srtp[0]  # noqa: SLF001 - the binding offers copies only
        """The ``srtp_t``, valid as long as this object."""

    def close(self) -> None:
        """Wipe what was spread out; after that nothing of the media is encrypted."""
        if self.spread is not None:
            self.spread.close()

    def protect(self, packet: bytes, number: int) -> bytes | None:
        """Return an RTP packet encrypted; ``number`` is its own, without bound; None: refused.

        Whoever sends a number again has to send the same packet.
        """
        if self.spread is not None:
            return self.spread.protect(packet, number)
        if len(packet) > _MOST_BYTES - self.tag_bytes:
            return None
        _scratch_bytes[: len(packet)] = packet
        _length[0] = len(packet)
        if lib.srtp_protect(self.pointer, _scratch, _length) != _OK:
            return None
        return bytes(_scratch_bytes[: _length[0]])

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Return a compound RTCP packet as it goes onto the wire; raises ``ValueError``."""
        if len(packet) > _MOST_BYTES - _SRTCP_TRAILER_BYTES:
            raise ValueError("the packet is too long")
        _scratch_bytes[: len(packet)] = packet
        _length[0] = len(packet)
        if lib.srtp_protect_rtcp(self.pointer, _scratch, _length) != _OK:
            raise ValueError("the packet cannot be protected")
        return bytes(_scratch_bytes[: _length[0]])


class Unprotector:
    """What a viewer sends is decrypted with this: only RTCP, for we want no media of it."""

    def __init__(self, keys: Keys) -> None:
        self._session = _session(keys, keys.theirs, Policy.SSRC_ANY_INBOUND, SHORT_WINDOW)
        self.pointer: Any = self._session._srtp[0]  # noqa: SLF001 - as above
        """The ``srtp_t``, valid as long as this object."""

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """Return the plain compound packet; raises ``NotAuthentic``."""
        if len(packet) > _MOST_BYTES:
            raise NotAuthentic
        _scratch_bytes[: len(packet)] = packet
        _length[0] = len(packet)
        if lib.srtp_unprotect_rtcp(self.pointer, _scratch, _length) != _OK:
            raise NotAuthentic
        return bytes(_scratch_bytes[: _length[0]])
