"""RTSP cameras: asked by TCP or TLS, sending by the same connection or by UDP."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from media.errors import FeedLost
from media.feeds import issues
from media.feeds.arrival import Item, Notice
from media.feeds.rtsp_connection import Address
from media.feeds.rtsp_session import Session, Transport
from media.spool.record import StreamDescription

OPEN_SECONDS = 5.0
# UDP that was blocked is tried again by a connection after this time.
BLOCKED_SECONDS = 600.0


class RtspSource:
    """A camera that is asked for its stream by RTSP 1.0.

    ``#udp`` behind the address asks for packets by UDP; where none come through, the next
    connection takes them by TCP and says so.
    """

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._url, self._now_us = url, now_us
        self._session: Session | None = None
        self._blocked_until = 0.0
        self._notices: list[Item] = []

    def open(self) -> list[StreamDescription]:
        """Connect (at most 5 s); raises ``FeedUnavailable``."""
        now = time.monotonic()
        address = Address.parse(self._url)
        is_blocked = now < self._blocked_until
        transport: Transport = "udp" if address.is_udp and not is_blocked else "tcp"
        session = Session(address, transport, self._now_us, now + OPEN_SECONDS)
        try:
            described = session.start()
        except BaseException:
            session.close()
            raise
        self._session = session
        by_detour = address.is_udp and session.transport == "tcp"
        self._notices = [
            Notice(code)
            for code, is_so in (
                (issues.UDP_BLOCKED, by_detour),
                (issues.SOUND_UNSUPPORTED, session.lacks_sound),
            )
            if is_so
        ]
        return described

    def read(self) -> Sequence[Item]:
        """Return what came next; raises ``FeedLost`` after 3 s of silence."""
        if self._session is None:
            raise FeedLost(issues.CLOSED)
        if self._notices:
            notices, self._notices = self._notices, []
            return notices
        try:
            return self._session.read()
        except FeedLost as lost:
            if lost.code == issues.UDP_BLOCKED:
                self._blocked_until = time.monotonic() + BLOCKED_SECONDS
            raise

    def close(self) -> None:
        """End the session."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
