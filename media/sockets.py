"""Unix sockets between the processes: who has something to tell listens, who wants it connects.

A listener never waits for a connected peer. What a peer has not taken is held up to a bound in
bytes; beyond it the peer is disconnected and, when it comes back, gets a new snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast

from media.errors import MalformedMessage
from media.messages import Message
from media.wire import Decoder, encode

READ_SIZE = 256 * 1024
MAX_HELD_BYTES = 32 * 1024 * 1024
CONNECT_TIMEOUT_SECONDS = 5.0
DRAIN_TIMEOUT_SECONDS = 2.0


class MessageStream:
    """One connection: an iterator of what the peer says and a bounded queue of what it is told."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        max_held_bytes: int = MAX_HELD_BYTES,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._max_held_bytes = max_held_bytes
        self._held: deque[bytes] = deque()
        self._held_bytes = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._overflowed = False
        self._writing = asyncio.create_task(self._write(), name="message-stream-writer")

    @property
    def held_bytes(self) -> int:
        """Bytes that the peer has not taken yet."""
        return self._held_bytes

    @property
    def overflowed(self) -> bool:
        """Whether the peer was disconnected for being too slow."""
        return self._overflowed

    def send(self, message: Message) -> bool:
        """Queue a message; False when the peer is gone or was just dropped for being slow."""
        return self.send_encoded(encode(message))

    def send_encoded(self, data: bytes) -> bool:
        """Queue bytes made by ``encode`` once for many peers."""
        if self._closing:
            return False
        if self._held_bytes + len(data) > self._max_held_bytes:
            self._overflowed = True
            self.abort()
            return False
        self._held.append(data)
        self._held_bytes += len(data)
        self._idle.clear()
        self._wake.set()
        return True

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while not self._closing:
                await self._wake.wait()
                self._wake.clear()
                while self._held:
                    data = self._held.popleft()
                    self._writer.write(data)
                    await self._writer.drain()
                    self._held_bytes -= len(data)
                self._idle.set()
        self.abort()

    async def drained(self) -> None:
        """Wait until everything queued has been handed to the kernel or the peer is gone."""
        await self._idle.wait()

    def __aiter__(self) -> AsyncIterator[Message]:
        return self._messages()

    async def _messages(self) -> AsyncIterator[Message]:
        decoder = Decoder()
        while True:
            try:
                data = await self._reader.read(READ_SIZE)
            except ConnectionError:
                return
            if not data:
                return
            for message in decoder.feed(data):
                yield message

    def abort(self) -> None:
        """Drop the connection and what is held for it."""
        self._closing = True
        self._held.clear()
        self._held_bytes = 0
        self._wake.set()
        self._idle.set()
        if self._writer.transport is not None:
            self._writer.transport.abort()

    async def close(self) -> None:
        """Hand over what is held (waits a bounded time), then close."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_TIMEOUT_SECONDS):
                await self.drained()
        self._closing = True
        self._wake.set()
        self._writer.close()
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(DRAIN_TIMEOUT_SECONDS):
                await self._writer.wait_closed()
        self._writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._writing


class DirectStream(asyncio.Protocol):
    """One connection that hands over each message where it arrives, with no task to be woken.

    For who hears dozens of messages a second: waking a task costs more than most of them.
    """

    def __init__(self, take: Callable[[Message], None]) -> None:
        self._take, self._decoder = take, Decoder()
        self._transport: asyncio.WriteTransport | None = None
        self._problem: MalformedMessage | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand over what is whole now."""
        try:
            for message in self._decoder.feed(data):
                self._take(message)
        except MalformedMessage as problem:
            self._problem = problem
            self._drop()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Let who waits know."""
        if self._ended.done():
            return
        if self._problem is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(self._problem)

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def send(self, message: Message) -> bool:
        """Tell the peer something; False when it is gone or was just dropped for being slow."""
        if self._transport is None or self._transport.is_closing():
            return False
        self._transport.write(encode(message))
        if self._transport.get_write_buffer_size() > MAX_HELD_BYTES:
            self._drop()
        return not self._transport.is_closing()

    async def ended(self) -> None:
        """Wait for the end; raises ``MalformedMessage`` if it was for what the peer said."""
        await self._ended

    def close(self) -> None:
        """End the connection; what was told is still handed over."""
        if self._transport is not None:
            self._transport.close()


def _forget(path: Path) -> None:
    """Remove the socket of a process that was killed."""
    path.unlink(missing_ok=True)


async def serve(
    path: Path | str, on_connect: Callable[[MessageStream], Awaitable[None]]
) -> asyncio.Server:
    """Listen on a Unix socket that only this user may open; ``on_connect`` owns each connection.

    A connection that says something malformed is dropped; nobody else notices. The listener is
    closed by its ``close()`` and nothing else: from Python 3.12 on ``wait_closed()``, and ``async
    with``, wait for every peer to leave.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stream = MessageStream(reader, writer)
        try:
            await on_connect(stream)
            await stream.close()
        except (MalformedMessage, asyncio.CancelledError):
            pass  # the end of this task: asyncio would log a cancellation that left it
        finally:
            stream.abort()

    _forget(Path(path))
    previous = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(handle, path)
    finally:
        os.umask(previous)


async def connect(path: Path | str, max_held_bytes: int = MAX_HELD_BYTES) -> MessageStream:
    """Connect to a listener; raises ``OSError`` when nobody listens."""
    async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
        reader, writer = await asyncio.open_unix_connection(path, limit=READ_SIZE * 4)
    return MessageStream(reader, writer, max_held_bytes)


async def connect_directly(path: Path | str, take: Callable[[Message], None]) -> DirectStream:
    """Connect to a listener; ``take`` gets all that it says. Raises ``OSError``: nobody listens."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
        _, stream = await loop.create_unix_connection(lambda: DirectStream(take), str(path))
    return stream
