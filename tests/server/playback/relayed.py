"""A relay that answers as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from media import (
    Answer,
    Change,
    Changed,
    CloseSession,
    MessageStream,
    Offer,
    Posted,
    SessionFigures,
    SessionStatus,
    serve,
)

R = TypeVar("R", bound="FakeRelay")
ETAG = '"ice-1"'


class FakeRelay:
    """Listens like the relay's process; keeps what it was told."""

    def __init__(self) -> None:
        self.status = 201
        self.is_silent = False
        self.changed = Changed("", 204)
        self.offers: list[Offer] = []
        self.changes: list[Change] = []
        self.closed: list[str] = []
        self.posted: list[Posted] = []
        self.heard = asyncio.Event()
        self.streams: set[MessageStream] = set()

    async def on_connect(self, stream: MessageStream) -> None:
        """Serve one server's connection."""
        self.streams.add(stream)
        self.heard.set()
        async for message in stream:
            self._keep(message)
            if not self.is_silent:
                self._answer(stream, message)
            self.heard.set()
        self.streams.discard(stream)

    def _keep(self, message: object) -> None:
        if isinstance(message, Offer):
            self.offers.append(message)
        elif isinstance(message, Change):
            self.changes.append(message)
        elif isinstance(message, Posted):
            self.posted.append(message)
        elif isinstance(message, CloseSession):
            self.closed.append(message.session)

    def _answer(self, stream: MessageStream, message: object) -> None:
        if isinstance(message, Offer):
            is_taken = self.status == 201
            sdp, etag = ("v=0\r\nanswer", ETAG) if is_taken else ("", "")
            stream.send(Answer(message.session, self.status, sdp, "because", etag))
        elif isinstance(message, Change):
            its = self.changed
            stream.send(Changed(message.session, its.status, its.fragment, its.etag))

    async def until(self, count: int, within: float = 30.0) -> None:
        """Wait until so many sessions were closed."""
        async with asyncio.timeout(within):
            while len(self.closed) < count:
                self.heard.clear()
                await self.heard.wait()

    async def connected(self) -> None:
        """Wait until a server is connected."""
        async with asyncio.timeout(30):
            while not self.streams:
                self.heard.clear()
                await self.heard.wait()

    def tell(self, session: str, broadcast: str, sent_bytes: int = 1000, **more: Any) -> None:  # noqa: ANN401
        """Tell all servers of a session."""
        figures = {"state": "connected", "sent_bytes": sent_bytes, **more}
        self.report(SessionFigures(session, broadcast, **figures))

    def report(self, *figures: SessionFigures, **counted: int) -> None:
        """Tell all servers of sessions, and of the relay's own sums."""
        for stream in self.streams:
            stream.send(SessionStatus(figures, counted))

    def die(self) -> None:
        """Lose all connections, as when the process ends."""
        for stream in tuple(self.streams):
            stream.abort()


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[FakeRelay]:
    """Run a relay at a socket."""
    async with listening_as(FakeRelay(), path) as relay:
        yield relay


@asynccontextmanager
async def listening_as(relay: R, path: Path) -> AsyncIterator[R]:
    """Run a relay of a certain kind at a socket."""
    path.parent.mkdir(parents=True, exist_ok=True)
    server = await serve(path, relay.on_connect)
    try:
        yield relay
    finally:
        server.close()
        relay.die()
