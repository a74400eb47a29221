"""The live report on the data channels of who watches by WebRTC: each post as it becomes public.

The relay tells a post with the picture of its court time. Every server process says the same to
every relay, in the same words, and the relay tells it once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import structlog

from media import Posted
from server.background import keep_doing
from server.database.metadata import to_microseconds
from server.errors import DatabaseUnavailable
from server.reports.feed import ReportFeeds

_AFTER_FAILURE_SECONDS = 1.0
_MOST_POST_BYTES = 16 * 1024  # as media.relay.agenda takes
_log = structlog.stdlib.get_logger(__name__)


class Listeners(Protocol):
    """Where viewers are."""

    def count(self, broadcast: str) -> int:
        """Return how many sessions of a broadcast are open."""

    def post(self, posted: Posted) -> None:
        """Tell all relays that have viewers of the broadcast."""


class Posting:
    """Follows the reports of the broadcasts that somebody watches by WebRTC."""

    def __init__(
        self, feeds: Callable[[], ReportFeeds], listeners: Callable[[], Listeners]
    ) -> None:
        self._feeds = feeds
        self._listeners = listeners
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def follow(self, broadcast: str) -> None:
        """Post what becomes public from now on, until ``leave``. Again changes nothing."""
        if broadcast in self._tasks:
            return
        name = f"posting-{broadcast}"
        task = asyncio.create_task(keep_doing(name, partial(self._listen, broadcast)), name=name)
        self._tasks[broadcast] = task
        task.add_done_callback(lambda _: self._tasks.pop(broadcast, None))

    def leave(self, broadcast: str) -> None:
        """Follow no more if nobody watches any more."""
        task = self._tasks.get(broadcast)
        if task is not None and not self._listeners().count(broadcast):
            task.cancel()

    async def close(self) -> None:
        """Stop following."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, broadcast: str) -> None:
        """Pass on what becomes public; a feed that ends (too slow, no database) is opened anew."""
        cursor = f"{to_microseconds(datetime.now(UTC))}-0"
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                async for news in self._feeds().listen(broadcast, cursor):
                    cursor = news.cursor
                    posted = posted_of(broadcast, news.post)
                    if posted is not None:
                        self._listeners().post(posted)
            await asyncio.sleep(_AFTER_FAILURE_SECONDS)


def posted_of(broadcast: str, post: dict[str, Any]) -> Posted | None:
    """Return a post as the relay takes it, None if it is larger than a data channel should carry.

    The words are the post's public view, as the event stream of the report has them.
    """
    court_us = to_microseconds(datetime.fromisoformat(post["court_time"]))
    text = json.dumps(post, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    if len(text) > _MOST_POST_BYTES:
        _log.warning("a post is too large for data channels", broadcast=broadcast)
        return None
    return Posted(broadcast, court_us, text)
