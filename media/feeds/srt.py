"""Cameras by SRT: those that call us, and those that we call."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable

from media.errors import FeedLost, FeedUnavailable
from media.feeds import address, issues
from media.feeds.address import SrtAddress
from media.feeds.arrival import Item
from media.feeds.listening import listening_failure
from media.feeds.srt_bridge import Bridge
from media.feeds.transport import TransportStream
from media.spool.record import StreamDescription

LISTEN_SECONDS = 0.5
CALL_SECONDS = 4.5
_PACKET = 1316  # what libsrt carries at once


class _Incoming:
    """The bytes that the bridge gives, on the court's clock."""

    def __init__(self, bridge: Bridge, now_us: Callable[[], int], first: bytes) -> None:
        self._bridge, self._now_us, self._first = bridge, now_us, first
        self._received = len(first)
        self._told = bridge.dropped

    def receive(self, most: int, until_us: int) -> bytes:
        """Return what came next; empty at ``until_us`` or at the end."""
        if self._first:
            data, self._first = self._first[:most], self._first[most:]
            return data
        left = (until_us - self._now_us()) / 1_000_000
        data = self._bridge.receive(most, time.monotonic() + left)
        self._received += len(data)
        return data

    def counted(self) -> tuple[int, int, int]:
        """Return SRT packets expected, lost and broken since the last call."""
        dropped = self._bridge.dropped
        lost, self._told = dropped - self._told, dropped
        came, self._received = self._received // _PACKET, 0
        return came + lost, lost, 0


class SrtSource:
    """A camera by SRT, through the bridge."""

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._where = address.address_of(SrtAddress, url)
        self._bridge: Bridge | None = None
        self._stream: TransportStream | None = None

    def open(self) -> list[StreamDescription]:
        """Call, or wait a moment for a caller; raises ``FeedUnavailable``."""
        where = self._where
        if where is None:
            raise FeedUnavailable(issues.UNSUPPORTED, "the address")
        bridge = self._bridge = self._bridge or _started(where)
        seconds = LISTEN_SECONDS if where.is_listener else CALL_SECONDS
        first = bridge.receive(_PACKET, time.monotonic() + seconds)
        if not first:
            raise self._nobody(bridge, where)
        incoming = _Incoming(bridge, self._now_us, first)
        self._stream = TransportStream(incoming, self._now_us, incoming.counted)
        return self._stream.descriptions()

    def _nobody(self, bridge: Bridge, where: SrtAddress) -> FeedUnavailable:
        """Say why nothing comes."""
        said = bridge.said()
        if where.is_listener and not bridge.has_ended:
            is_wrong = said in (issues.UNAUTHORISED, issues.REFUSED)
            return FeedUnavailable(issues.WRONG_KEY if is_wrong else issues.NOBODY_PUSHES)
        if where.is_listener:
            return FeedUnavailable(said or issues.CLOSED)
        return FeedUnavailable(said or issues.UNREACHABLE)

    def read(self) -> list[Item]:
        """Return what came next; raises ``FeedLost``."""
        bridge = self._bridge
        if self._stream is None or bridge is None:
            raise FeedLost(issues.CLOSED)
        try:
            return self._stream.read()
        except FeedLost:
            if bridge.has_ended:
                raise FeedLost(issues.CLOSED) from None
            raise

    def close(self) -> None:
        """Let go; but a bridge that still waits for a caller goes on waiting."""
        bridge, where = self._bridge, self._where
        if bridge is None or where is None:
            return
        if where.is_listener and self._stream is None and not bridge.has_ended:
            return
        if self._stream is not None:
            self._stream.close()
        bridge.end()
        self._bridge = self._stream = None


def _started(where: SrtAddress) -> Bridge:
    if where.is_listener:
        # libsrt shares a port that is taken and then hears nothing: look before it does
        family = ipaddress.ip_address(where.host).version
        kind = socket.AF_INET if family == 4 else socket.AF_INET6  # noqa: PLR2004
        try:
            with socket.socket(kind, socket.SOCK_DGRAM) as probe:
                probe.bind((where.host, where.port))
        except OSError as problem:
            raise listening_failure(problem) from None
    return Bridge(where)
