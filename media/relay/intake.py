"""What arrives, read in batches by the compiled part: ``intake.c``.

It answers checks that say nothing new and notes reports that all is well, of viewers whose ``Ear``
it was given; the rest is brought here. Without it ``media.relay.drain.datagrams`` brings all.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

from media.relay.ear import Ear, EarFields, declare
from media.relay.library import place
from media.relay.srtp import Unprotector
from media.relay.stun import Address
from media.relay.target import packed_address

BATCH = 32
_MOST_BATCHES = 8
_ADDRESS_BYTES = 28
_SIGNATURE = "srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)"
_PLAIN = 1
_FAMILY, _PORT, _SCOPE = struct.Struct("=H"), struct.Struct("!HI"), struct.Struct("=I")
_COUNTED = ("unwanted", "not authentic", "flood", "unsent")

Take = Callable[[bytes, Address], None]
Heard = Callable[[int, bytes], None]
"""Gets the number of an ear and a compound packet of its viewer's, decrypted."""


class _Piece(ctypes.Structure):
    _fields_ = [  # type: ignore[mutable-override]  # typeshed has a plain attribute
        ("data", ctypes.c_void_p),
        ("number", ctypes.c_uint64),
        ("size", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("address", ctypes.c_uint8 * _ADDRESS_BYTES),
        ("unused", ctypes.c_uint32),
    ]


class _Counts(ctypes.Structure):
    _fields_ = [  # type: ignore[mutable-override]
        (name, ctypes.c_uint64)
        for name in ("answered", "noted", "unwanted", "not_authentic", "flood", "unsent")
    ]


class CannotHear(Exception):
    """There is no compiled part that could read the port."""


class Intake:
    """Reads sockets; one for a process and its event loop."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the library; raises ``CannotHear``."""
        if ffi.typeof(lib.srtp_unprotect_rtcp).cname != _SIGNATURE:
            raise CannotHear("another libsrtp")
        try:
            self._library = ctypes.CDLL(str(path or place()))
            self._declare()
        except (OSError, AttributeError) as problem:
            raise CannotHear("not built") from problem
        sizes = (ctypes.sizeof(each) for each in (_Counts, EarFields, _Piece))
        if self._library.tingbo_intake_layout() != int.from_bytes(
            struct.pack("!4H", BATCH, *sizes), "big"
        ):
            raise CannotHear("built from another version")

    def _declare(self) -> None:
        library, pointer = self._library, ctypes.c_void_p
        declare(library)
        library.tingbo_intake_layout.restype = ctypes.c_uint64
        library.tingbo_intake_new.argtypes = (pointer,)
        library.tingbo_intake_new.restype = pointer
        library.tingbo_intake_free.argtypes = (pointer,)
        library.tingbo_intake_put.argtypes = (pointer, ctypes.c_char_p, pointer)
        library.tingbo_intake_drop.argtypes = (pointer, ctypes.c_char_p)
        library.tingbo_intake_read.argtypes = (pointer, ctypes.c_int, pointer)
        library.tingbo_intake_pieces.argtypes = library.tingbo_intake_counts.argtypes = (pointer,)
        library.tingbo_intake_pieces.restype = ctypes.POINTER(_Piece)
        library.tingbo_intake_counts.restype = ctypes.POINTER(_Counts)

    def ear(self, unprotector: Unprotector) -> Ear:
        """Return an ear for a viewer whose keys are known."""
        return Ear(self._library, unprotector)

    def reading(self, source: socket.socket, take: Take, heard: Heard) -> Reading:
        """Return what reads a socket."""
        return Reading(self._library, source, take, heard)


class Reading:
    """One socket, and whose ears are at which address of those that send to it."""

    def __init__(
        self, library: ctypes.CDLL, source: socket.socket, take: Take, heard: Heard
    ) -> None:
        self._library, self._source, self._take, self._heard = library, source, take, heard
        unprotect = ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_unprotect_rtcp"))
        self._intake = library.tingbo_intake_new(int(unprotect))
        if not self._intake:
            raise MemoryError
        self._pieces = library.tingbo_intake_pieces(self._intake)
        self._counts = library.tingbo_intake_counts(self._intake).contents
        self._left = ctypes.c_uint32()
        self._left_at = ctypes.byref(self._left)
        self._ears: dict[bytes, Ear] = {}

    def put(self, address: Address, ear: Ear) -> None:
        """Hear a viewer at an address; the ear is to be dropped before it is closed."""
        packed = self._packed(address)
        if self._library.tingbo_intake_put(self._intake, packed, ctypes.byref(ear.fields)):
            self._ears[packed] = ear

    def drop(self, address: Address, ear: Ear) -> None:
        """Hear this viewer there no more; nothing happens if another one is heard there."""
        packed = self._packed(address)
        if self._ears.get(packed) is ear:
            self._library.tingbo_intake_drop(self._intake, packed)
            del self._ears[packed]

    def _packed(self, address: Address) -> bytes:
        return packed_address(self._source.family, address).ljust(_ADDRESS_BYTES, b"\0")

    def __call__(self) -> int:
        """Read what is there, within bounds; return how many datagrams came."""
        read, found = self._library.tingbo_intake_read, 0
        for _ in range(_MOST_BATCHES):
            count: int = read(self._intake, self._source.fileno(), self._left_at)
            for at in range(self._left.value):
                self._bring(self._pieces[at])
            found += count
            if count < BATCH:
                break
        return found

    def _bring(self, piece: _Piece) -> None:
        data = ctypes.string_at(piece.data, piece.size)
        if piece.kind == _PLAIN:
            self._heard(piece.number, data)
        else:
            self._take(data, unpacked_address(bytes(piece.address)))

    def counted(self) -> dict[str, int]:
        """Return what was dropped, by reason."""
        found = {name: getattr(self._counts, name.replace(" ", "_")) for name in _COUNTED}
        return {name: count for name, count in found.items() if count}

    @property
    def answered(self) -> int:
        """How many checks were answered without being read."""
        return int(self._counts.answered)

    @property
    def noted(self) -> int:
        """How many reports were noted without being brought."""
        return int(self._counts.noted)

    def close(self) -> None:
        """Give its memory back; it reads no more."""
        self._library.tingbo_intake_free(self._intake)
        self._intake = None
        self._ears.clear()


@lru_cache(maxsize=4096)
def unpacked_address(packed: bytes) -> Address:
    """Return a ``sockaddr_in`` or ``sockaddr_in6`` as ``socket.recvfrom`` does."""
    family, port, flow = _FAMILY.unpack_from(packed)[0], *_PORT.unpack_from(packed, 2)
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, packed[4:8]), port
    (scope,) = _SCOPE.unpack_from(packed, 24)
    host = socket.inet_ntop(socket.AF_INET6, packed[8:24])
    if scope:
        numeric = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
        host, _ = socket.getnameinfo((host, port, flow, scope), numeric)
    return host, port, flow, scope
