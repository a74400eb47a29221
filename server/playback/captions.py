"""The live report as captions: posts on their way into the origins and the replays."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import structlog
from aiohttp import web

from media import Caption, Captions, Origin
from server.background import keep_doing
from server.broadcasts.channels import forces
from server.database.metadata import to_microseconds
from server.errors import DatabaseUnavailable
from server.playback.stretches import quiet_stretches
from server.reports.feed import ReportFeeds
from server.reports.speakers import who

# Posts and orders that come at once are taken together.
_TOGETHER_SECONDS = 0.05
_LOOK_AGAIN_SECONDS = 2.0
_AFTER_FAILURE_SECONDS = 1.0
_STANDS_SECONDS = 1.0
_MOST_RECORDED = 32
# A post that was held and released later is shown when it is released, and not where nobody looks.
_LATE: Final = timedelta(seconds=10)
_log = structlog.stdlib.get_logger(__name__)

View = dict[str, Any]
"""A post as the public reads it (``server.reports.model.public_view``)."""


class Reports(Protocol):
    """What captions are made of."""

    @property
    def feeds(self) -> ReportFeeds:
        """Tells of posts as they become public."""

    async def public_posts(self, broadcast: str) -> list[View]:
        """Return what the public may read now."""


class CaptionFeeds:
    """Keeps the captions of what is on the air; one per server process."""

    def __init__(self, reports: Callable[[], Reports], directory: Callable[[str], Path]) -> None:
        self._reports = reports
        self._directory = directory
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._recorded: OrderedDict[str, tuple[float, Captions]] = OrderedDict()

    def follow(self, broadcast: str, origin: Origin) -> None:
        """Give an origin captions from now on, until its stream ends. Again changes nothing."""
        if origin.captioned:
            return
        origin.show_captions(Captions())
        name = f"captions-{broadcast}"
        task = asyncio.create_task(keep_doing(name, partial(self._follow, broadcast, origin)))
        self._tasks[broadcast] = task
        task.add_done_callback(lambda _: self._tasks.pop(broadcast, None))

    async def recorded(self, broadcast: str) -> Captions:
        """Return the captions of a replay, by the posts as they are now (at most 1 s ago)."""
        read_at, captions = self._recorded.get(broadcast, (float("-inf"), Captions()))
        asked_at = time.monotonic()
        if asked_at - read_at < _STANDS_SECONDS:
            return captions
        with contextlib.suppress(DatabaseUnavailable):
            posts = await self._reports().public_posts(broadcast)
            quiet = await self._quiet(broadcast)
            captions = Captions(filter(None, (caption_of(post) for post in posts)), quiet)
        self._recorded[broadcast] = (asked_at, captions)
        self._recorded.move_to_end(broadcast)
        while len(self._recorded) > _MOST_RECORDED:
            self._recorded.popitem(last=False)
        return captions

    def forget(self, changed: Iterable[str]) -> None:
        """Read the posts of these broadcasts anew: something of them was withdrawn."""
        for broadcast in changed:
            self._recorded.pop(broadcast, None)

    async def close(self) -> None:
        """Stop following."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _quiet(self, broadcast: str) -> list[tuple[int, int | None]]:
        told = await asyncio.to_thread(forces, self._directory(broadcast))
        return quiet_stretches(told)

    async def _follow(self, broadcast: str, origin: Origin) -> None:
        said: dict[str, Caption | None] = {}
        news = asyncio.Event()
        listen = partial(self._listen, broadcast, origin, said, news)
        listening = asyncio.create_task(keep_doing(f"captions-heard-{broadcast}", listen))
        shown: object = None
        try:
            while not origin.ended:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                        await news.wait()
                        await asyncio.sleep(_TOGETHER_SECONDS)
                news.clear()
                captions = [caption for caption in said.values() if caption]
                quiet = await self._quiet(broadcast)
                if shown != (captions, quiet):
                    shown = captions, quiet
                    origin.show_captions(Captions(captions, quiet))
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(
        self,
        broadcast: str,
        origin: Origin,
        said: dict[str, Caption | None],
        news: asyncio.Event,
    ) -> None:
        """Take what becomes public; a feed that ends (too slow, no database) is opened anew."""
        while True:
            try:
                async for one in self._reports().feeds.listen(broadcast, None):
                    caption = caption_of(one.post, origin.air_us)
                    before = said.get(one.post["id"])
                    if caption and before:  # corrected: it stays where it was
                        caption = Caption(before.court_us, caption.speaker, caption.text)
                    said[one.post["id"]] = caption
                    news.set()
            except DatabaseUnavailable:
                _log.warning("captions wait for the database", broadcast=broadcast)
            await asyncio.sleep(_AFTER_FAILURE_SECONDS)


def caption_of(post: View, air_us: int | None = None) -> Caption | None:
    """Return a post's caption; None if there is nothing to be read (withdrawn, a photo).

    With ``air_us``, the court time that is being shown, a post that became public long after its
    moment had been shown stands there.
    """
    if not post["body"]:
        return None
    said_at = datetime.fromisoformat(post["court_time"])
    court_us = to_microseconds(said_at)
    late_us = _LATE // timedelta(microseconds=1)
    is_new = datetime.now(said_at.tzinfo) - datetime.fromisoformat(post["published_at"]) < _LATE
    if air_us is not None and is_new and court_us < air_us - late_us:
        court_us = air_us
    return Caption(court_us, who("zh-CN", post["role"], post["speaker"]), post["body"])


CAPTION_FEEDS = web.AppKey("caption_feeds", CaptionFeeds)
