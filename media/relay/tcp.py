"""ICE over TCP for networks that let no UDP out (RFC 6544, passive; frames of RFC 4571).

A viewer connects and sends what it would send by UDP, each datagram behind two bytes of length.
What a viewer does not take in time is dropped, as the network would drop it: nothing waits here
for long, and nobody else waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from media.relay.ice import Path

MOST_CONNECTIONS = 1000
MOST_STRANGERS = 100
"""Connections that have not shown a signed check yet."""
STRANGER_SECONDS = 5.0
MOST_HELD_BYTES = 256 * 1024
"""A second of picture: behind that, what is newer is dropped."""
_MOST_FRAME_BYTES = 2048
_LENGTH_BYTES = 2

OnDatagram = Callable[[bytes, Path], None]
OnLost = Callable[[Path], None]


class Doors:
    """The listeners and all connections of a relay, by number."""

    def __init__(self, on_datagram: OnDatagram, on_lost: OnLost) -> None:
        self.on_datagram, self.on_lost = on_datagram, on_lost
        self.refused = 0
        self._servers: list[asyncio.Server] = []
        self._connections: dict[int, _Connection] = {}
        self._strangers: set[int] = set()
        self._last = 0

    async def open(self, host: str, port: int) -> None:
        """Listen at an address; raises ``OSError``."""
        loop = asyncio.get_running_loop()
        self._servers.append(
            await loop.create_server(lambda: _Connection(self), host, port, reuse_address=True)
        )

    async def close(self) -> None:
        """Stop listening and end all connections."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._connections.values()):
            connection.abort()
        for server in self._servers:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await server.wait_closed()

    def send(self, number: int, datagram: bytes) -> bool:
        """Send a datagram; False: it would have had to wait and was dropped."""
        connection = self._connections.get(number)
        return connection is not None and connection.send(datagram)

    def welcome(self, path: Path) -> None:
        """Let a connection stay: a signed check came by it."""
        if path.way == "tcp":
            self._strangers.discard(path.local)

    def shut(self, number: int) -> None:
        """End a connection."""
        connection = self._connections.get(number)
        if connection is not None:
            connection.abort()

    def enter(self, connection: _Connection) -> int | None:
        """Give a new connection its number, None if there is no room."""
        if len(self._connections) >= MOST_CONNECTIONS or len(self._strangers) >= MOST_STRANGERS:
            self.refused += 1
            return None
        self._last += 1
        self._connections[self._last] = connection
        self._strangers.add(self._last)
        return self._last

    def leave(self, path: Path) -> None:
        """Forget a connection that has ended."""
        self._connections.pop(path.local, None)
        self._strangers.discard(path.local)
        self.on_lost(path)

    def is_stranger(self, number: int) -> bool:
        """Whether no signed check came by a connection yet."""
        return number in self._strangers


class _Connection(asyncio.Protocol):
    """One accepted connection."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._transport: asyncio.Transport | None = None
        self._path: Path | None = None
        self._buffer = bytearray()
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a number, or leave if there is no room."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        number = self._doors.enter(self)
        if number is None:
            transport.abort()
            return
        self._transport = transport
        self._path = Path("tcp", number, transport.get_extra_info("peername"))
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(STRANGER_SECONDS, self._lose_patience)

    def _lose_patience(self) -> None:
        if self._path is not None and self._doors.is_stranger(self._path.local):
            self.abort()

    def data_received(self, data: bytes) -> None:
        """Cut the stream into datagrams."""
        if self._path is None:
            return
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= _LENGTH_BYTES:
            start = at + _LENGTH_BYTES
            size = int.from_bytes(self._buffer[at:start], "big")
            if size > _MOST_FRAME_BYTES:
                self.abort()
                return
            if len(self._buffer) - start < size:
                break
            at = start + size
            self._doors.on_datagram(bytes(self._buffer[start:at]), self._path)
        del self._buffer[:at]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """Tell whose path this was."""
        if self._patience is not None:
            self._patience.cancel()
        if self._path is not None:
            path, self._path = self._path, None
            self._doors.leave(path)

    def send(self, datagram: bytes) -> bool:
        """Send a datagram unless too much waits already."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MOST_HELD_BYTES:
            return False
        transport.write(len(datagram).to_bytes(_LENGTH_BYTES, "big") + datagram)
        return True

    def abort(self) -> None:
        """End the connection without handing over what waits."""
        if self._transport is not None:
            self._transport.abort()
