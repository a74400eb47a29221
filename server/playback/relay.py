"""The server's connection to one relay: offers go out, answers and news of sessions come back.

A session's name says who watches (``sessions.name_direct``), so that any server process that hears
of it can count it, also one that was started after the session.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import structlog

from media import (
    Answer,
    Change,
    Changed,
    CloseSession,
    MalformedMessage,
    MessageStream,
    Offer,
    Posted,
    SessionFigures,
    SessionStatus,
    connect,
)
from server.errors import Unavailable

# A relay answers within milliseconds; for a broadcast that it does not know yet it asks the worker
# first and gives up after three seconds.
ANSWER_SECONDS = 5.0
MOST_WAITING = 256
# A relay that is told to listen where another one still listens comes within these.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 3.0
_RETRY_SECONDS = 2
_MOST_COUNTED = 64

_log = structlog.stdlib.get_logger(__name__)
_T = TypeVar("_T", Answer, Changed)

OnFigures = Callable[[SessionFigures, SessionFigures | None], None]
"""Called with what was heard of a session now and before; None: nothing since this server knows."""


def _away() -> Unavailable:
    return Unavailable("The lowest delay is not available now.", retry_after_s=_RETRY_SECONDS)


class RelayClient:
    """One connection to a relay, opened again whenever it breaks."""

    def __init__(self, socket: Path | str, on_figures: OnFigures) -> None:
        self._socket = socket
        self._on_figures = on_figures
        self._stream: MessageStream | None = None
        self._offers: dict[str, asyncio.Future[Answer]] = {}
        self._changes: dict[str, asyncio.Future[Changed]] = {}
        self._sessions: dict[str, SessionFigures] = {}
        self._counted: dict[str, int] = {}
        self._unanswered = 0

    @property
    def is_connected(self) -> bool:
        """Whether the relay can be asked."""
        return self._stream is not None

    @property
    def load(self) -> tuple[int, int]:
        """How much it has to do, to be compared; one that does not answer has the most."""
        return self._unanswered, len(self._sessions) + len(self._offers)

    @property
    def sessions(self) -> Mapping[str, SessionFigures]:
        """The sessions that are open, by name, as they were heard of last."""
        return MappingProxyType(self._sessions)

    @property
    def counted(self) -> Mapping[str, int]:
        """The relay's own sums by name."""
        return MappingProxyType(self._counted)

    async def offer(self, offer: Offer) -> Answer:
        """Hand an offer over and wait for the answer; raises ``Unavailable``."""
        answer = await self._ask(self._offers, offer)
        if answer.sdp:
            self._sessions.setdefault(
                offer.session, SessionFigures(offer.session, offer.broadcast, "connecting")
            )
        return answer

    async def change(self, change: Change) -> Changed:
        """Hand a change of a session over and wait for the answer; raises ``Unavailable``.

        One change of a session at a time: answers name the session only.
        """
        if change.session in self._changes:
            raise _away()
        return await self._ask(self._changes, change)

    async def _ask(self, waiting: dict[str, asyncio.Future[_T]], question: Offer | Change) -> _T:
        stream = self._stream
        if stream is None or len(waiting) >= MOST_WAITING:
            raise _away()
        future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        waiting[question.session] = future
        try:
            stream.send(question)
            async with asyncio.timeout(ANSWER_SECONDS):
                return await future
        except TimeoutError:
            self._unanswered += 1
            self.close(question.session)  # nobody knows how it stands
            raise _away() from None
        except asyncio.CancelledError:
            # The viewer has gone before the answer: nobody will ever end the session.
            self.close(question.session)
            raise
        finally:
            del waiting[question.session]

    def post(self, posted: Posted) -> None:
        """Tell the relay what is posted, if it has viewers of that broadcast."""
        if self._stream is not None and any(
            session.broadcast == posted.broadcast for session in self._sessions.values()
        ):
            self._stream.send(posted)

    def close(self, session: str) -> None:
        """End a session."""
        self._sessions.pop(session, None)
        if self._stream is not None:
            self._stream.send(CloseSession(session))

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
        self._unanswered = 0
        try:
            async for message in stream:
                if isinstance(message, Answer):
                    _answered(self._offers, message)
                elif isinstance(message, Changed):
                    _answered(self._changes, message)
                elif isinstance(message, SessionStatus):
                    self._told(message)
                self._unanswered = 0
        except MalformedMessage as problem:
            _log.warning("relay said something malformed", reason=str(problem))
        finally:
            self._stream = None
            # With the relay its sessions are gone; those of one that is still there are told anew.
            self._sessions.clear()
            self._counted.clear()
            _refuse(self._offers)
            _refuse(self._changes)
            with contextlib.suppress(OSError):
                await stream.close()

    def _told(self, status: SessionStatus) -> None:
        for name, count in status.counted.items():
            if name in self._counted or len(self._counted) < _MOST_COUNTED:
                self._counted[name] = count
        for figures in status.sessions:
            before = self._sessions.get(figures.session)
            if figures.state == "closed":
                self._sessions.pop(figures.session, None)
            else:
                self._sessions[figures.session] = figures
            self._on_figures(figures, before)


def _answered(waiting: dict[str, asyncio.Future[_T]], answer: _T) -> None:
    future = waiting.get(answer.session)
    if future is not None and not future.done():
        future.set_result(answer)


def _refuse(waiting: Mapping[str, asyncio.Future[_T]]) -> None:
    for future in waiting.values():
        if not future.done():
            future.set_exception(_away())
