"""Cameras that come by WHIP: a browser, a phone, OBS.

The service has checked the publisher's key before an offer comes here. The session belongs to the
recorder's event loop, the source to its feed's thread, and a mailbox lies between them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from media.errors import FeedUnavailable
from media.feeds import address, issues
from media.feeds.arrival import Arrived, Item, Notice
from media.feeds.doors import OfferRefused
from media.feeds.mailbox import Mailbox
from media.feeds.whip_offer import read_offer
from media.feeds.whip_session import WhipSession
from media.spool.record import StreamDescription

WAIT_SECONDS = 0.5
CONFLICT = 409

_log = logging.getLogger(__name__)


class WhipSource:
    """A camera that one publisher at a time may be."""

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._mailbox: Mailbox[list[Item]] = Mailbox()
        self._session = ""  # name of the one who publishes or is about to
        self._current: WhipSession | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._descriptions: list[StreamDescription] = []
        try:
            self._is_fit = isinstance(address.parse_address(url), address.WhipListen)
        except address.UnfitAddress:
            self._is_fit = False

    def open(self) -> list[StreamDescription]:
        """Wait a moment for a publisher; raises ``FeedUnavailable`` while there is none."""
        if not self._is_fit:
            raise FeedUnavailable(issues.UNSUPPORTED)
        self._mailbox.wait_for_publisher(WAIT_SECONDS)
        return self._descriptions

    def read(self) -> list[Item]:
        """Return what came next; raises ``FeedLost`` when the publisher is gone."""
        found = self._mailbox.take(WAIT_SECONDS)
        refused = self._mailbox.noticed()
        made: list[Item] = [Notice(refused)] if refused else []
        return made if found is None else [*made, *found[0]]

    def close(self) -> None:
        """Let the publisher go."""
        self._mailbox.dismiss()

    async def offer(self, session: str, sdp: str) -> str:
        """Answer a publisher; raises ``OfferRefused``. Belongs to the recorder's loop."""
        publication = read_offer(sdp)
        if self._current is not None and self._current.gives_way:
            await self.stop()
        if self._session:
            self._mailbox.notice(issues.SECOND_PUBLISHER)
            raise OfferRefused(CONFLICT, "somebody publishes to this camera already")
        made = WhipSession(publication, self._put, self._now_us)
        self._session, self._current = session, made
        try:
            answer = await made.answer()
        except BaseException:
            self._session, self._current = "", None
            await made.close()
            raise
        self._keeping = asyncio.create_task(self._keep(made), name="whip")
        return answer

    def end(self, session: str) -> None:
        """The publisher has said that it is done."""
        if session == self._session and self._keeping is not None:
            self._keeping.cancel()

    async def stop(self) -> None:
        """End whoever publishes, and wait for it."""
        keeping = self._keeping
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def _put(self, items: list[Item]) -> bool:
        size = sum(len(item.payload) for item in items if isinstance(item, Arrived))
        return self._mailbox.put(items, size, self._now_us())

    async def _keep(self, session: WhipSession) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def let_go() -> None:  # from the feed's thread
            with contextlib.suppress(RuntimeError):  # the loop has ended
                if task is not None:
                    loop.call_soon_threadsafe(task.cancel)

        try:
            if await session.connect():
                self._descriptions = session.descriptions
                self._mailbox.begin(let_go)
                await session.run()
        except Exception:  # noqa: BLE001 - one publisher's trouble must not end the recorder
            _log.exception("a session by WHIP failed")
        finally:
            self._mailbox.end(issues.CLOSED)
            self._session, self._current, self._keeping = "", None, None
            await session.close()
