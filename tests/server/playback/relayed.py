"""A relay that answers as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from media import Answer, CloseSession, MessageStream, Offer, SessionFigures, SessionStatus, serve


class FakeRelay:
    """Listens like the relay's process; keeps what it was told."""

    def __init__(self) -> None:
        self.status = 201
        self.is_silent = False
        self.offers: list[Offer] = []
        self.closed: list[str] = []
        self.heard = asyncio.Event()
        self.streams: set[MessageStream] = set()

    async def on_connect(self, stream: MessageStream) -> None:
        """Serve one server's connection."""
        self.streams.add(stream)
        self.heard.set()
        async for message in stream:
            if isinstance(message, Offer):
                self.offers.append(message)
                sdp = "v=0\r\nanswer" if self.status == 201 else ""
                if not self.is_silent:
                    stream.send(Answer(message.session, self.status, sdp, "because"))
            elif isinstance(message, CloseSession):
                self.closed.append(message.session)
            self.heard.set()
        self.streams.discard(stream)

    async def until(self, count: int) -> None:
        """Wait until so many sessions were closed."""
        async with asyncio.timeout(5):
            while len(self.closed) < count:
                self.heard.clear()
                await self.heard.wait()

    async def connected(self) -> None:
        """Wait until a server is connected."""
        async with asyncio.timeout(5):
            while not self.streams:
                self.heard.clear()
                await self.heard.wait()

    def tell(self, session: str, broadcast: str, sent_bytes: int = 1000) -> None:
        """Tell all servers of a session."""
        for stream in self.streams:
            figures = SessionFigures(session, broadcast, "connected", sent_bytes)
            stream.send(SessionStatus((figures,), {}))


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[FakeRelay]:
    """Run a relay at a socket."""
    relay = FakeRelay()
    path.parent.mkdir(parents=True, exist_ok=True)
    server = await serve(path, relay.on_connect)
    try:
        yield relay
    finally:
        server.close()
        for stream in tuple(relay.streams):
            stream.abort()
