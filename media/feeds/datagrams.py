"""Cameras that send MPEG-TS in datagrams: UDP or RTP, unicast or multicast, one way only.

Nothing is ever sent back, so this works behind a data diode. What is lost is counted: by RTP's
numbers, or by the counters in the transport stream. The first sender is the camera; what others
send meanwhile is left out. The kernel's buffer is the queue between network and feed.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import struct
import weakref
from collections.abc import Callable

from media.errors import FeedLost, FeedUnavailable
from media.feeds import address, issues
from media.feeds.address import DatagramAddress
from media.feeds.arrival import Item
from media.feeds.listening import listening_failure
from media.feeds.mpegts import PACKET
from media.feeds.rtp_reception import Ordered, Ordering, parse_rtp
from media.feeds.transport import TransportStream
from media.spool.record import StreamDescription

_log = logging.getLogger(__name__)

WAIT_US = 500_000
_BUFFER_BYTES = 4 * 1024 * 1024  # half a second of 60 Mbit/s
_LARGEST = 65_536
_MOST_SECONDS = 0.25
_ANY = "0.0.0.0"  # noqa: S104 - where a group is joined, unless the address says it
_IP_ADD_SOURCE_MEMBERSHIP = getattr(socket, "IP_ADD_SOURCE_MEMBERSHIP", 39)


def bound(where: DatagramAddress) -> socket.socket:
    """Return a socket that hears what is sent to the address; raises ``OSError``."""
    host = ipaddress.ip_address(where.host)
    one = socket.socket(
        socket.AF_INET6 if host.version == 6 else socket.AF_INET,  # noqa: PLR2004
        socket.SOCK_DGRAM,
    )
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        if host.is_multicast:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host.is_unspecified and one.family == socket.AF_INET6:  # all addresses of both kinds
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # bound to the group itself, so that other groups at this port are not heard
        one.bind((where.host, where.port))
        if host.is_multicast:
            _join(one, where)
    except OSError:
        one.close()
        raise
    return one


def _join(one: socket.socket, where: DatagramAddress) -> None:
    group = ipaddress.ip_address(where.host).packed
    if one.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group + struct.pack("@I", 0))
        return
    interface = ipaddress.ip_address(where.interface or _ANY).packed
    if where.source:
        source = ipaddress.ip_address(where.source).packed
        told = group + interface + source
        one.setsockopt(socket.IPPROTO_IP, _IP_ADD_SOURCE_MEMBERSHIP, told)
    else:
        one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + interface)


class _Incoming:
    """The bytes in the datagrams of one sender, in order."""

    def __init__(
        self, one: socket.socket, where: DatagramAddress, now_us: Callable[[], int]
    ) -> None:
        self._socket, self._has_rtp, self._now_us = one, where.has_rtp, now_us
        self._sender = where.source
        self._order = Ordering()
        self._ready = bytearray()
        self._expected = self._lost = self._broken = 0
        self.foreign = 0  # datagrams of other senders

    def counted(self) -> tuple[int, int, int]:
        """Return RTP packets expected, lost and broken since the last call."""
        found = self._expected, self._lost, self._broken
        self._expected = self._lost = self._broken = 0
        return found

    def receive(self, most: int, until_us: int) -> bytes:
        """Return what came next; empty at ``until_us``."""
        self.wait(until_us)
        found = bytes(self._ready[:most])
        del self._ready[:most]
        return found

    def wait(self, until_us: int) -> bool:
        """Wait until there is something to receive; False if not until then."""
        while not self._ready:
            now_us = self._now_us()
            left = (until_us - now_us) / 1_000_000
            if left <= 0:
                break
            # while packets are held for a missing one, it is given up in time
            self._socket.settimeout(0.02 if self._order.is_waiting else min(left, _MOST_SECONDS))
            try:
                data, sender = self._socket.recvfrom(_LARGEST)
            except TimeoutError:
                self._give(self._order.due(self._now_us()))
                continue
            self._sender = self._sender or sender[0]
            if sender[0] != self._sender:
                self.foreign += 1
                continue
            self._take(data)
        return bool(self._ready)

    def _take(self, data: bytes) -> None:
        if not self._has_rtp:
            self._ready += data[: len(data) // PACKET * PACKET]
            return
        packet = parse_rtp(data, self._now_us())
        if packet is None:
            self._broken += 1
        else:
            self._give(self._order.take(packet))

    def _give(self, ordered: list[Ordered]) -> None:
        for packet, lost in ordered:
            self._expected += lost + 1
            self._lost += lost
            self._ready += packet.payload


class DatagramSource:
    """A camera that sends MPEG-TS to an address of this machine, or to a group."""

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._where = address.address_of(DatagramAddress, url)
        self._socket: socket.socket | None = None
        self._free: Callable[[], object] | None = None  # closes it, also when nobody does
        self._incoming: _Incoming | None = None
        self._stream: TransportStream | None = None

    def open(self) -> list[StreamDescription]:
        """Wait a moment for a sender; raises ``FeedUnavailable`` while there is none."""
        where = self._where
        if where is None:
            raise FeedUnavailable(issues.UNSUPPORTED, "the address")
        if self._socket is None:
            try:
                self._socket = bound(where)
            except OSError as problem:
                raise listening_failure(problem) from None
            self._free = weakref.finalize(self, self._socket.close)
        incoming = _Incoming(self._socket, where, self._now_us)
        if not incoming.wait(self._now_us() + WAIT_US):
            raise FeedUnavailable(issues.NOBODY_PUSHES)
        self._incoming = incoming
        counted = incoming.counted if where.has_rtp else None
        self._stream = TransportStream(incoming, self._now_us, counted)
        return self._stream.descriptions()

    def read(self) -> list[Item]:
        """Return what came next; raises ``FeedLost`` after 3 s of silence."""
        if self._stream is None:
            raise FeedLost(issues.CLOSED)
        return self._stream.read()

    def close(self) -> None:
        """Leave; but who has heard nobody yet goes on listening and does not join anew."""
        if self._incoming is None:
            return
        if self._incoming.foreign:
            _log.warning("%s datagrams of other senders were left out", self._incoming.foreign)
        if self._stream is not None:
            self._stream.close()
        if self._free is not None:
            self._free()
        self._socket = self._incoming = self._stream = None
