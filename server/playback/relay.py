"""The server's connection to the relay: offers go out, answers and news of sessions come back.

A session's name says who watches (see ``session_name``), so that any server process that hears of
it can count it, also one that was started after the session.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from media import (
    Answer,
    CloseSession,
    MalformedMessage,
    MessageStream,
    Offer,
    SessionFigures,
    SessionStatus,
    connect,
)
from server.errors import Unavailable

ANSWER_SECONDS = 10.0
MOST_WAITING = 256
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 3.0
_COUNTED: Final = "v"
_UNCOUNTED: Final = "u"
_VIEWER_CHARACTERS = 16

_log = structlog.stdlib.get_logger(__name__)

OnWatched = Callable[[str, str], None]
"""Called with (broadcast, viewer) whenever a counted session is heard of."""


def session_name(viewer: str | None) -> str:
    """Return a new name that nobody can guess; ``viewer`` None is not counted."""
    mark = _UNCOUNTED if viewer is None else f"{_COUNTED}{viewer}"
    return mark + secrets.token_urlsafe(18)


def viewer_of(session: str) -> str | None:
    """Return the viewer that a session's name tells, None if it is not counted."""
    if not session.startswith(_COUNTED):
        return None
    return session[1 : 1 + _VIEWER_CHARACTERS]


class RelayClient:
    """One connection to a relay, opened again whenever it breaks."""

    def __init__(self, socket: Path | str, on_watched: OnWatched) -> None:
        self._socket = socket
        self._on_watched = on_watched
        self._stream: MessageStream | None = None
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._sessions: dict[str, str] = {}

    @property
    def is_connected(self) -> bool:
        """Whether the relay can be asked."""
        return self._stream is not None

    def broadcast_of(self, session: str) -> str | None:
        """Return the broadcast of a session that is open, None if there is no such session."""
        return self._sessions.get(session)

    def count(self, broadcast: str) -> int:
        """Return how many sessions of a broadcast are open."""
        return sum(1 for its in self._sessions.values() if its == broadcast)

    def broadcasts(self) -> frozenset[str]:
        """Return the broadcasts that have sessions."""
        return frozenset(self._sessions.values())

    async def offer(self, offer: Offer) -> Answer:
        """Hand an offer over and wait for the answer; raises ``Unavailable``."""
        stream = self._stream
        if stream is None or len(self._waiting) >= MOST_WAITING:
            raise Unavailable("The lowest delay is not available now.", retry_after_s=2)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[offer.session] = future
        try:
            stream.send(offer)
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await future
        except TimeoutError:
            stream.send(CloseSession(offer.session))
            raise Unavailable("The lowest delay is not available now.", retry_after_s=2) from None
        except asyncio.CancelledError:
            # The viewer has gone before the answer: nobody will ever end the session.
            stream.send(CloseSession(offer.session))
            raise
        finally:
            del self._waiting[offer.session]
        if answer.sdp:
            self._sessions[offer.session] = offer.broadcast
        return answer

    def close(self, session: str) -> None:
        """End a session."""
        self._sessions.pop(session, None)
        if self._stream is not None:
            self._stream.send(CloseSession(session))

    def close_broadcast(self, broadcast: str) -> None:
        """End all sessions of a broadcast."""
        self.close_all(session for session, its in self._sessions.items() if its == broadcast)

    def close_all(self, sessions: Iterable[str]) -> None:
        """End several sessions."""
        for session in list(sessions):
            self.close(session)

    async def run(self) -> None:
        """Keep connected until cancelled."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                stream = await connect(self._socket)
            except (OSError, TimeoutError):
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _FIRST_PAUSE_SECONDS
            await self._hear(stream)
            await asyncio.sleep(pause)

    async def _hear(self, stream: MessageStream) -> None:
        self._stream = stream
        try:
            async for message in stream:
                if isinstance(message, Answer):
                    self._answered(message)
                elif isinstance(message, SessionStatus):
                    for session in message.sessions:
                        self._heard(session)
        except MalformedMessage as problem:
            _log.warning("relay said something malformed", reason=str(problem))
        finally:
            self._stream = None
            self._sessions.clear()  # those that go on are told of again every few seconds
            self._refuse_waiting()
            with contextlib.suppress(OSError):
                await stream.close()

    def _answered(self, answer: Answer) -> None:
        future = self._waiting.get(answer.session)
        if future is not None and not future.done():
            future.set_result(answer)

    def _heard(self, status: SessionFigures) -> None:
        if status.state == "closed":
            self._sessions.pop(status.session, None)
        else:
            self._sessions[status.session] = status.broadcast
        viewer = viewer_of(status.session)
        if viewer is not None and status.state != "connecting" and status.sent_bytes:
            self._on_watched(status.broadcast, viewer)

    def _refuse_waiting(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(
                    Unavailable("The lowest delay is not available now.", retry_after_s=2)
                )


RELAY: web.AppKey[RelayClient] = web.AppKey("relay", RelayClient)
