"""SRTP with AES-GCM in the compiled part (RFC 7714): nothing is kept from packet to packet.

libsrtp looks a stream up, moves its window and sets OpenSSL's cipher up anew for each packet, which
costs four times the encryption. The relay knows each packet's number without bound, so that all of
this is a shift here. Used only if, when loaded, it made the very bytes that libsrtp makes.

Whoever encrypts answers for the rule of GCM: one number of one SSRC is one packet, always the same.
So a viewer whose media go this way is never sent media encrypted by libsrtp (record 80).
"""

from __future__ import annotations

import ctypes
import logging
import os
import struct
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pylibsrtp import Policy, Session

TAG_BYTES: Final = 16
SALT_BYTES: Final = 12
_PROFILES: Final = {
    16: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    32: Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
_LABEL_PLACE, _LABEL_KEY, _LABEL_SALT = 7, 0, 2
# Empty, around one block and eight, a sound's, a picture's; the last numbers are a rollover.
_TRIED_SIZES = (0, 1, 15, 16, 17, 112, 113, 127, 128, 129, 160, 255, 256, 511, 1_138, 1_340)
_TRIED_FROM = 0x10000 - len(_TRIED_SIZES) + 3
_log = logging.getLogger(__name__)


class CannotUse(Exception):
    """There is no compiled AES-GCM here, or it is not what it should be."""


class SpreadKeys:
    """One viewer's keys, spread out; ``close`` wipes them, and then nothing is encrypted."""

    def __init__(self, library: ctypes.CDLL, size: int, key: bytes, salt: bytes) -> None:
        self._library = library
        self._memory = ctypes.create_string_buffer(size)
        self._packet = library.tingbo_gcm_protect
        library.tingbo_gcm_begin(self._memory, key, len(key), salt)

    @property
    def pointer(self) -> int:
        """Where they lie, valid as long as this object."""
        return ctypes.addressof(self._memory)

    def protect(self, packet: bytes, number: int) -> bytes | None:
        """Return an RTP packet encrypted; ``number`` is its own, without bound; None: refused."""
        memory = ctypes.create_string_buffer(packet, len(packet) + TAG_BYTES)
        return memory.raw if self._packet(self._memory, memory, len(packet), number) else None

    def close(self) -> None:
        """Let nothing be left of the keys."""
        self._library.tingbo_gcm_end(self._memory)


class Gcm:
    """Spreads out viewers' keys."""

    def __init__(self, path: Path) -> None:
        """Load and try the library; raises ``CannotUse``."""
        try:
            self._library = ctypes.CDLL(str(path))
            self._size = int(self._library.tingbo_gcm_bytes())
            self._declare()
        except (OSError, AttributeError) as problem:
            raise CannotUse("not built") from problem
        if not self._size:
            raise CannotUse("not for this processor")
        if not all(self._is_as_libsrtp(key_bytes) for key_bytes in _PROFILES):
            _log.error("the compiled AES-GCM and libsrtp differ; libsrtp is used")
            raise CannotUse("libsrtp makes other packets")

    def _declare(self) -> None:
        begin, protect = self._library.tingbo_gcm_begin, self._library.tingbo_gcm_protect
        begin.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32, ctypes.c_char_p)
        protect.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint64)
        protect.restype = ctypes.c_uint32
        begin.restype, self._library.tingbo_gcm_end.argtypes = None, (ctypes.c_void_p,)

    def of_master(self, master: bytes) -> SpreadKeys:
        """Return the keys that belong to a master key and its salt (RFC 3711 §4.3)."""
        key, salt = master[:-SALT_BYTES], master[-SALT_BYTES:]
        return self.of_session(
            _derived(key, salt, _LABEL_KEY, len(key)), _derived(key, salt, _LABEL_SALT, SALT_BYTES)
        )

    def of_session(self, key: bytes, salt: bytes) -> SpreadKeys:
        """Return the keys that belong to a session key, of 16 or 32 bytes, and its salt, of 12."""
        if len(key) not in _PROFILES or len(salt) != SALT_BYTES:
            raise ValueError("no key of AES-GCM")
        return SpreadKeys(self._library, self._size, key, salt)

    def _is_as_libsrtp(self, key_bytes: int) -> bool:
        master = os.urandom(key_bytes + SALT_BYTES)
        theirs = Session(
            Policy(master, Policy.SSRC_ANY_OUTBOUND, srtp_profile=_PROFILES[key_bytes])
        )
        ours = self.of_master(master)
        for number, size in enumerate(_TRIED_SIZES, _TRIED_FROM):
            head = struct.pack("!BBHII", 0x80, 0x66, number & 0xFFFF, number * 3_600, 0x5EED)
            packet = head + os.urandom(size)
            if ours.protect(packet, number) != theirs.protect(packet):
                return False
        ours.close()
        return True


def _derived(key: bytes, salt: bytes, label: int, size: int) -> bytes:
    """The key derivation of RFC 3711 §4.3.3 for a key that never changes, its salt one of GCM."""
    begin = bytearray(salt + bytes(16 - SALT_BYTES))
    begin[_LABEL_PLACE] ^= label
    return Cipher(algorithms.AES(key), modes.CTR(bytes(begin))).encryptor().update(bytes(size))
