"""Where packets go: one viewer's stream of one medium, and the crowd that gets a rendition live.

What changes per viewer is a C structure, so that the compiled sender can walk over a crowd without
Python. ``fanout.c`` declares the same structure.
"""

from __future__ import annotations

import ctypes
import itertools
import socket
import struct
from collections.abc import Iterator

from pylibsrtp._binding import ffi  # type: ignore[import-not-found]

from media.relay.link import Link, Negotiated

_ADDRESS_BYTES = 28  # of sockaddr_in6, the larger one
_MASK = 0xFFFFFFFF
_MOST_ROWS = 4  # of one crowd: alone, and with the sound beside it


class Fields(ctypes.Structure):
    """What the sender needs and counts; numbers in the machine's order."""

    _fields_ = [  # type: ignore[mutable-override]  # typeshed has a plain attribute
        ("srtp", ctypes.c_void_p),
        ("gcm", ctypes.c_void_p),  # if there, ``srtp`` is not used
        ("packets", ctypes.c_uint64),
        ("octets", ctypes.c_uint64),  # of payloads
        ("dropped", ctypes.c_uint64),
        ("number_offset", ctypes.c_int64),  # numbers have no bound: they tell the rollovers too
        ("ssrc", ctypes.c_uint32),
        ("timestamp_offset", ctypes.c_uint32),
        ("descriptor", ctypes.c_int32),
        ("payload_type", ctypes.c_uint8),
        ("address_bytes", ctypes.c_uint8),
        ("address", ctypes.c_uint8 * _ADDRESS_BYTES),
    ]


class Target:
    """One viewer's stream of one medium."""

    __slots__ = ("fields", "link", "spread", "tag")

    def __init__(self, link: Link, media: Negotiated, timestamp_offset: int) -> None:
        self.link = link
        self.tag = link.protector.tag_bytes
        self.spread = link.protector.spread
        self.fields = Fields(
            srtp=int(ffi.cast("uintptr_t", link.protector.pointer)),
            gcm=self.spread.pointer if self.spread is not None else None,
            ssrc=media.ssrc,
            payload_type=media.payload_type,
            timestamp_offset=timestamp_offset & _MASK,
        )
        self.readdress()

    def readdress(self) -> None:
        """Take over where the link leads now."""
        sock = self.link.socket
        if sock is None:
            self.fields.descriptor = -1
            return
        packed = packed_address(sock.family, self.link.address)
        self.fields.descriptor = sock.fileno()
        self.fields.address_bytes = len(packed)
        ctypes.memmove(self.fields.address, packed, len(packed))


def packed_address(family: int, address: tuple[object, ...]) -> bytes:
    """Return an address as ``sockaddr_in`` or ``sockaddr_in6``; ``OSError`` if it is none."""
    host, port = str(address[0]), int(str(address[1]))
    if family == socket.AF_INET:
        packed = socket.inet_pton(socket.AF_INET, host)
        return struct.pack("=H", family) + struct.pack("!H4s8x", port, packed)
    scope = int(str(address[3])) if len(address) > 3 else 0  # noqa: PLR2004
    packed = socket.inet_pton(socket.AF_INET6, host.split("%", maxsplit=1)[0])
    return (
        struct.pack("=H", family)
        + struct.pack("!HI16s", port, 0, packed)
        + struct.pack("=I", scope)
    )


class Crowd:
    """The targets that get the same packets at the same time."""

    def __init__(self, *targets: Target) -> None:
        self._targets = dict.fromkeys(targets)
        self._streams: list[Target] | None = None
        self._rows: dict[tuple[Crowd, ...], Rows] = {}
        self.changes = 0
        """Grows with each change."""

    def __len__(self) -> int:
        return len(self._targets)

    def __contains__(self, target: object) -> bool:
        return target in self._targets

    def __iter__(self) -> Iterator[Target]:
        return iter(self._targets)

    def add(self, target: Target) -> None:
        """Let a target have what comes from now on."""
        self._targets[target] = None
        self.renew()

    def discard(self, target: Target) -> None:
        """Let a target have nothing more."""
        self._targets.pop(target, None)
        self.renew()

    def renew(self) -> None:
        """Take note that a target's link has changed."""
        self._streams = None
        self._rows.clear()
        self.changes += 1

    @property
    def streams(self) -> list[Target]:
        """Those that cannot be reached by a datagram socket of ours."""
        if self._streams is None:
            self._streams = [target for target in self._targets if target.fields.descriptor < 0]
        return self._streams

    def rows(self, *others: Crowd) -> Rows:
        """Return who of this crowd and of others can be reached by a datagram socket of ours."""
        found = self._rows.get(others)
        if found is None or not found.are_current:
            if len(self._rows) >= _MOST_ROWS:
                self._rows.clear()
            found = self._rows[others] = Rows(self, *others)
        return found


class Rows:
    """The viewers of some crowds, each one's targets side by side, for the compiled sender.

    ``pointers`` are addresses of ``Fields``, as many for each viewer as there are crowds, 0 where
    it is not in one. Viewers of one socket follow each other: their packets go out in one call.
    """

    def __init__(self, *crowds: Crowd) -> None:
        self._made_of = [(crowd, crowd.changes) for crowd in crowds]
        viewers: dict[int, list[int]] = {}
        sockets: dict[int, int] = {}
        for at, crowd in enumerate(crowds):
            for target in crowd:
                if target.fields.descriptor < 0:
                    continue
                # Only the first medium of a kind lies beside its viewer's others.
                known = viewers.get(id(target.link))
                viewer = id(target) if known is not None and known[at] else id(target.link)
                sockets[viewer] = target.fields.descriptor
                row = viewers.setdefault(viewer, [0] * len(crowds))
                row[at] = ctypes.addressof(target.fields)
        found = [viewers[viewer] for viewer in sorted(viewers, key=sockets.__getitem__)]
        self.count = len(found)
        self.pointers = (ctypes.c_void_p * (len(found) * len(crowds)))(*itertools.chain(*found))

    @property
    def are_current(self) -> bool:
        """Whether none of the crowds has changed since."""
        return all(crowd.changes == changes for crowd, changes in self._made_of)
