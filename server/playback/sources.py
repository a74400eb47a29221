"""Where playback finds a broadcast's pictures: the origin while it is live, else its recording."""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from aiohttp import web
from sqlalchemy import select

from media import (
    ASK_AGAIN_S,
    CAPTIONS_TYPE,
    NOTHING_WITHDRAWN,
    Captions,
    Origin,
    Piece,
    PlaylistReply,
    ReloadTimeout,
    Replay,
    Reply,
    Resource,
    TooManyWaiting,
    UnknownResource,
    Withdrawn,
    Words,
    preview_track,
    read_storyboard,
)
from server.broadcasts.state import ON_AIR
from server.broadcasts.tables import broadcasts
from server.database import Database
from server.errors import DatabaseUnavailable, NotFound, Unavailable
from server.identity import ID_PATTERN
from server.playback.making import POSTER, STORYBOARD, Making
from server.withdrawn.model import NOTHING, Mask

MOST_REPLAYS = 32
# A replay that is public no more is refused within this time.
STANDING_SECONDS = 1.0
MOST_STANDINGS = 4096
MOST_UNKNOWN = 4096  # names that somebody has made up push nothing out that is known
_ID = re.compile(ID_PATTERN)
# A server that has just started reads the order logs, finds the worker and takes its snapshot.
CONNECTED_WITHIN_SECONDS = 6.0
_LOOK_SECONDS = 0.05
# What did not come within that time is not waited for by anybody for as long.
IN_VAIN_SECONDS = 6.0
MOST_WAITING = 4096  # for all broadcasts: each holds a connection
_AHEAD_US = 4_000_000  # WebRTC is ahead of HLS, and its sessions are looked at every other second
RETRY_SECONDS = 1

FindOrigin = Callable[[str], Origin | None]
_Key = tuple[str, Withdrawn]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says of a broadcast; ``replay`` is ``none``, ``held`` or ``public``."""

    state: str
    replay: str
    has_video: bool = True
    has_report: bool = False

    @property
    def is_on_air(self) -> bool:
        """Whether there are, or will be in a moment, pictures of it."""
        return self.has_video and self.state in ON_AIR


class Recorded:
    """A replay whose media lie below the session's address, so that each request can be counted.

    Its playlists are read once and never again; watching shows in the segments only. What touches
    a ``withdrawn`` stretch is left out.
    """

    def __init__(self, directory: Path, withdrawn: Withdrawn = NOTHING_WITHDRAWN) -> None:
        self.withdrawn = withdrawn
        self._replay = Replay(directory, media_prefix="", withdrawn=withdrawn)
        self._replies: dict[str, Reply] = {}

    def multivariant(self, uri: Callable[[str], str], words: Words, *, captioned: bool) -> bytes:
        """Return the multivariant playlist."""
        return self._replay.multivariant(uri, words, captioned=captioned)

    async def playlist(self, rendition: str) -> PlaylistReply:
        """Return a media playlist; raises ``UnknownResource``."""
        reply = self._replies.get(rendition)
        if reply is None:
            # Hours of a hearing take some 30 ms to compress, their key frames half a second.
            reply = self._replies[rendition] = await asyncio.to_thread(self._written, rendition)
        return PlaylistReply(reply, ASK_AGAIN_S)

    def captions(self, name: str, captions: Captions) -> Resource:
        """Return a piece of the captions; it changes when a post does."""
        body = self._replay.captions(name, captions)
        tag = f"{name}-{zlib.crc32(body):x}"
        return Resource(CAPTIONS_TYPE, ASK_AGAIN_S, body=body, name=tag, changes=True)

    def preview(self, directory: Path) -> str:
        """Return the track of the storyboard in the broadcast's directory; blocks."""
        replay = self._replay
        storyboard = read_storyboard(directory, self.withdrawn)
        return preview_track(storyboard, replay.places(), replay.duration)

    def _written(self, name: str) -> Reply:
        reply = Reply([Piece(self._replay.playlist(name))])
        _ = reply.gzipped
        return reply

    def resource(self, name: str) -> Resource:
        """Return an init section or a segment; raises ``UnknownResource``."""
        return self._replay.resource(name)


class Sources:
    """Origins and replays by broadcast; one per server process."""

    def __init__(
        self,
        database: Database,
        origin: FindOrigin,
        directory: Callable[[str], Path],
        masks: Callable[[str], Mask] = lambda _: NOTHING,
    ) -> None:
        self._database = database
        self._masks = masks
        self._origin = origin
        self._directory = directory
        self._posters = Making(POSTER, directory)
        self._storyboards = Making(STORYBOARD, directory)
        self._replays: OrderedDict[_Key, asyncio.Task[Recorded]] = OrderedDict()
        self._standings: OrderedDict[str, tuple[float, Standing]] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._appearing: dict[str, asyncio.Task[Origin | None]] = {}
        self._waiting = 0
        self._in_vain: dict[str, float] = {}  # until when, of what is on the air and does not come

    async def live(self, broadcast: str) -> Origin:
        """Return the origin of a broadcast that has something to play.

        Needs no database once it is connected. After the end it goes on as long as players may
        still ask. Raises ``NotFound``; ``Gone`` for what is withdrawn; for what is on the air and
        does not come, ``Unavailable``.
        """
        self._masks(broadcast).must_show()
        origin = self._origin(broadcast)
        if origin is None:
            origin = await self._appeared(broadcast)
        if origin.info is None:
            try:
                await origin.until_ready()
            except (ReloadTimeout, TooManyWaiting):
                raise _not_yet() from None
        origin.withdraw(self._masks(broadcast).stretches)
        return origin

    def mask(self, changed: Iterable[str]) -> None:
        """Let what is withdrawn of these broadcasts be gone from what is on the air."""
        for broadcast in changed:
            origin = self._origin(broadcast)
            if origin is not None:
                origin.withdraw(self._masks(broadcast).stretches)

    async def _appeared(self, broadcast: str) -> Origin:
        """Wait until this server has taken up a broadcast that is on the air; for no other.

        All who wait share one task, however many players come back at once after a restart. Who
        comes when it was waited for in vain, or when too many wait, is told so at once.
        """
        standing = await self.standing(broadcast)
        if standing is None or not standing.is_on_air:
            self._in_vain.pop(broadcast, None)
            raise NotFound("This broadcast is not on the air.")
        if self._waiting >= MOST_WAITING or time.monotonic() < self._in_vain.get(broadcast, 0.0):
            raise _not_yet()
        self._waiting += 1
        try:
            origin = await asyncio.shield(self._appearance(broadcast))
        finally:
            self._waiting -= 1
        if origin is None:
            raise _not_yet()
        return origin

    def _appearance(self, broadcast: str) -> asyncio.Task[Origin | None]:
        task = self._appearing.get(broadcast)
        if task is None:
            task = self._appearing[broadcast] = asyncio.create_task(
                self._look_for(broadcast), name=f"appearing-{broadcast}"
            )
            task.add_done_callback(lambda _: self._appearing.pop(broadcast, None))
        return task

    async def _look_for(self, broadcast: str) -> Origin | None:
        for _ in range(round(CONNECTED_WITHIN_SECONDS / _LOOK_SECONDS)):
            if (origin := self._origin(broadcast)) is not None:
                self._in_vain.pop(broadcast, None)
                return origin
            await asyncio.sleep(_LOOK_SECONDS)
        self._in_vain[broadcast] = time.monotonic() + IN_VAIN_SECONDS
        return self._origin(broadcast)

    def is_awaited(self, broadcast: str) -> bool:
        """Tell whether somebody waits for it to be taken up."""
        return broadcast in self._appearing

    async def close(self) -> None:
        """Let go who still waits, and stop what is being made."""
        tasks = tuple(self._appearing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._posters.close()
        await self._storyboards.close()

    def is_playing(self, broadcast: str) -> bool:
        """Tell whether this server hands out pictures of it now."""
        origin = self._origin(broadcast)
        return origin is not None and origin.info is not None and not origin.ended

    async def is_on_air(self, broadcast: str) -> bool:
        """Tell whether pictures come now; raises ``NotFound``, ``Gone`` for what is withdrawn."""
        self._masks(broadcast).must_show()
        origin = self._origin(broadcast)
        if origin is not None and origin.info is not None:
            return not origin.ended
        if await self.standing(broadcast) is None:
            raise NotFound("There is no such broadcast.")
        return False

    def is_withheld(self, broadcast: str) -> bool:
        """Tell whether what is on the air now, or in a moment, is withdrawn.

        With a delay a stretch can be withdrawn before it is shown. By HLS it is then a gap; who
        watches by WebRTC, where nothing can be left out, is sent to HLS.
        """
        mask, origin = self._masks(broadcast), self._origin(broadcast)
        air_us = origin.air_us if origin is not None else None
        if mask.whole is not None or air_us is None:
            return mask.whole is not None
        return mask.stretches.touches(air_us, air_us + _AHEAD_US)

    def has_ended(self, broadcast: str) -> bool:
        """Tell whether the stream is known to be over."""
        origin = self._origin(broadcast)
        return origin is not None and origin.ended

    async def replay(self, broadcast: str, *, held: bool = False) -> Recorded:
        """Return the replay of a broadcast whose recording is public.

        ``held``: for who reviews it, also before it is. Raises ``NotFound``; ``Gone`` for what is
        withdrawn.
        """
        mask = self._masks(broadcast)
        mask.must_show()
        standing = await self.standing(broadcast)
        allowed = ("public", "held") if held else ("public",)
        if standing is None or standing.replay not in allowed:
            raise NotFound("There is no replay of this broadcast.")
        return await self._recorded(broadcast, mask.stretches)

    async def _recorded(self, broadcast: str, withdrawn: Withdrawn) -> Recorded:
        key = broadcast, withdrawn
        task = self._replays.get(key)
        if task is None:
            read = asyncio.to_thread(Recorded, self._directory(broadcast), withdrawn)
            task = self._replays[key] = asyncio.create_task(read, name=f"replay-{broadcast}")
            task.add_done_callback(partial(self._forget_unread, key))
            while len(self._replays) > MOST_REPLAYS:
                self._replays.popitem(last=False)
        self._replays.move_to_end(key)
        try:
            # Shielded: others wait for the same recording.
            return await asyncio.shield(task)
        except UnknownResource:
            raise NotFound("There is no replay of this broadcast.") from None

    def _forget_unread(self, key: _Key, task: asyncio.Task[Recorded]) -> None:
        """Read a recording again where it could not be read, whatever the disk had."""
        failed = task.cancelled() or task.exception() is not None
        if failed and self._replays.get(key) is task:
            del self._replays[key]

    def picture(self, broadcast: str) -> bytes | None:
        """Return the last JPEG that the public saw of what is on the air."""
        mask = self._masks(broadcast)
        mask.must_show()
        origin = self._origin(broadcast)
        if origin is None or origin.ended:
            return None
        origin.withdraw(mask.stretches)
        return origin.thumbnail

    async def poster(self, broadcast: str) -> Path:
        """Return the file of a public recording's picture; raises ``NotFound``."""
        standing = await self.standing(broadcast)
        if standing is None or standing.replay != "public":
            raise NotFound("There is no picture yet.")
        return await self._posters.path(broadcast, self._masks(broadcast).stretches)

    async def preview(self, broadcast: str) -> str:
        """Return the track of a replay's storyboard; raises ``NotFound``."""
        replay = await self.replay(broadcast)
        path = await self._storyboards.path(broadcast, replay.withdrawn)
        try:
            return await asyncio.to_thread(replay.preview, path.parent)
        except (OSError, ValueError):
            raise NotFound("There is no picture yet.") from None

    async def preview_sheet(self, broadcast: str, name: str) -> Path:
        """Return a sheet of a replay's storyboard as it is now; raises ``NotFound``."""
        replay = await self.replay(broadcast)
        directory = self._directory(broadcast)
        try:
            shown = await asyncio.to_thread(read_storyboard, directory, replay.withdrawn)
        except (OSError, ValueError):
            raise NotFound("There is no picture yet.") from None
        if name not in shown.sheets:
            raise NotFound("There is no picture yet.")
        return directory / name

    async def forget_replay(self, broadcast: str) -> None:
        """Read a recording anew: it has changed."""
        await self._posters.forget(broadcast)
        await self._storyboards.forget(broadcast)
        for key in [key for key in self._replays if key[0] == broadcast]:
            del self._replays[key]
        self.forget_standing(broadcast)

    def forget_standing(self, broadcast: str) -> None:
        """Ask the database anew what it says of a broadcast."""
        self._standings.pop(broadcast, None)
        self._unknown.pop(broadcast, None)

    async def standing(self, broadcast: str) -> Standing | None:
        """Return what the database says, at most a second old; None for no such broadcast.

        While the database is away what it said last stands.
        """
        asked_at = time.monotonic()
        read_at, standing = self._standings.get(broadcast, (float("-inf"), None))
        if asked_at - read_at < STANDING_SECONDS:
            return standing
        if _ID.fullmatch(broadcast) is None or asked_at < self._unknown.get(broadcast, 0.0):
            return None
        try:
            standing = await self._read(broadcast)
        except DatabaseUnavailable:
            if standing is None:
                raise
        if standing is None:
            _keep(self._unknown, broadcast, asked_at + STANDING_SECONDS, MOST_UNKNOWN)
            return None
        _keep(self._standings, broadcast, (asked_at, standing), MOST_STANDINGS)
        return standing

    async def _read(self, broadcast: str) -> Standing | None:
        columns = (broadcasts.c[name] for name in ("state", "replay", "has_video", "has_report"))
        query = select(*columns)
        async with self._database.read() as connection:
            found = await connection.execute(query.where(broadcasts.c.id == broadcast))
            row = found.first()
        return Standing(*row) if row else None


def _keep(kept: OrderedDict[str, _T], name: str, value: _T, most: int) -> None:
    """Keep a value as the newest, and the newest of all values."""
    kept[name] = value
    kept.move_to_end(name)
    while len(kept) > most:
        kept.popitem(last=False)


def _not_yet() -> Unavailable:
    return Unavailable("The pictures will come in a moment.", retry_after_s=RETRY_SECONDS)


ORIGINS: web.AppKey[FindOrigin] = web.AppKey("origins")
"""Where origins are found; by default at the channels of the broadcasts."""
SOURCES: web.AppKey[Sources] = web.AppKey("playback_sources", Sources)
