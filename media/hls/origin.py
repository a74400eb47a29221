"""What the server holds of a broadcast: answers for playlists, segments, parts, init sections.

One ``Origin`` per broadcast, used in the server's event loop only. ``apply`` takes the messages of
the worker's "parts" subscription in order; nothing in it blocks. A new ``StreamInfo`` begins a
snapshot: the old stream is served until the new one has come in as a whole, and requests that wait
go on waiting across it, for media sequence numbers go on too. In a snapshot the parts come
rendition by rendition, after all listed segments (``PublicRecording.snapshot``).

Addresses: a media playlist lies at ``/hls/{id}/s/{session}/{rendition}.m3u8``; rendition reports in
it are ``{rendition}.m3u8``. All else begins with ``MEDIA_PREFIX`` and is a ``resource`` name.
"""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from media.errors import ReloadTimeout, TooManyWaiting, UnknownResource
from media.hls import reload
from media.hls.multivariant import render_multivariant
from media.hls.playlist import RenditionReport
from media.hls.resource import MEDIA_PREFIX, Resource, ResourceName, segment_name
from media.hls.stream import WINDOW_SECONDS, HeldRendition, Stream
from media.messages import (
    Cut,
    CutDone,
    Init,
    Message,
    Part,
    SegmentListed,
    StreamEnd,
    StreamInfo,
    Thumbnail,
)

_GZIP_LEVEL = 5
_BLOCKING_TARGETS = 6  # cache lives recommended by App. B.1, in target durations
_MEDIA_AGE = 3600


class Reply:
    """A playlist; the same object, with the same bytes, for all who get this version."""

    __slots__ = ("_gzipped", "body")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._gzipped: bytes | None = None

    @property
    def gzipped(self) -> bytes:
        """The body compressed, once ("playlists MUST be delivered with gzip", App. B.1)."""
        if self._gzipped is None:
            self._gzipped = gzip.compress(self.body, _GZIP_LEVEL, mtime=0)
        return self._gzipped


@dataclass(frozen=True, slots=True)
class PlaylistReply:
    """The answer to a playlist request; ``max_age`` in seconds for Cache-Control."""

    reply: Reply
    max_age: int

    @property
    def body(self) -> bytes:
        """The playlist in UTF-8."""
        return self.reply.body

    @property
    def gzipped(self) -> bytes:
        """The playlist compressed with gzip."""
        return self.reply.gzipped


class Origin:
    """The playlists and media of one broadcast, live.

    ``directory`` is the broadcast's; its public recording holds what has left the memory.
    """

    def __init__(
        self,
        directory: Path,
        *,
        media_prefix: str = MEDIA_PREFIX,
        window_seconds: int = WINDOW_SECONDS,
        max_waiting: int = 10_000,
    ) -> None:
        self._public = directory / "public"
        self._prefix = media_prefix
        self._window_seconds = window_seconds
        self._max_waiting = max_waiting
        self._stream: Stream | None = None
        self._coming: Stream | None = None
        self._changed: dict[str, asyncio.Event] = {}
        self._rendered: dict[tuple[str, bool], _Kept] = {}
        self._thumbnail: Thumbnail | None = None
        self.waiting = 0  # requests that wait now

    # What the worker says

    def apply(self, message: Message) -> CutDone | None:
        """Take a message of the worker; return what is to be answered. Others are ignored."""
        match message:
            case StreamInfo():
                self._begin(message)
            case Init() | SegmentListed() | Part():
                self._take(message)
            case Thumbnail():
                self._thumbnail = message
                self._settle(told=True)
            case Cut():
                return self._cut(message)
            case StreamEnd():
                self._end()
            case _:
                self._settle(told=True)
        return None

    def _begin(self, info: StreamInfo) -> None:
        self._coming = Stream(info, self._prefix, self._window_seconds)

    def _take(self, message: Init | SegmentListed | Part) -> None:
        stream = self._coming or self._stream
        if stream is None:
            return
        rendition = stream.take(message)
        if stream is self._coming:
            self._settle(told=False)
        elif rendition:
            self._wake(rendition)

    def _settle(self, *, told: bool) -> None:
        """Put the new stream in the old one's place as soon as it is whole.

        ``told``: the worker has said something that never stands in a snapshot's parts.
        """
        coming, old = self._coming, self._stream
        if coming is None:
            return
        whole = coming.ended or coming.has_all_edges() or (told and self._has_any(coming))
        if not whole:
            return
        if old and old.info.broadcast == coming.info.broadcast:
            if not coming.ended and not coming.is_beyond(old):
                return
            coming.adopt(old)
        coming.complete = True
        self._stream, self._coming = coming, None
        self._rendered.clear()
        for rendition in list(self._changed):
            self._wake(rendition)

    @staticmethod
    def _has_any(stream: Stream) -> bool:
        return all(held.window.edge.last for held in stream.renditions.values())

    def _cut(self, order: Cut) -> CutDone:
        for stream in (self._stream, self._coming):
            for held in stream.renditions.values() if stream else ():
                if held.cut(order) and stream is self._stream:
                    self._wake(held.described.id)
        shown = self._thumbnail
        if shown and shown.epoch <= order.epoch and order.from_us <= shown.court_us < order.to_us:
            self._thumbnail = None
        return CutDone(order.epoch)

    def _end(self) -> None:
        stream = self._coming or self._stream
        if stream is None:
            return
        stream.end()
        self._settle(told=True)
        self._rendered.clear()
        for rendition in list(self._changed):
            self._wake(rendition)

    def _wake(self, rendition: str) -> None:
        event = self._changed.pop(rendition, None)
        if event:
            event.set()

    # What the server asks

    @property
    def info(self) -> StreamInfo | None:
        """What the stream consists of, once there is one."""
        return self._stream.info if self._stream else None

    @property
    def ended(self) -> bool:
        """Whether the stream has ended: the replay can take over."""
        return bool(self._stream and self._stream.ended)

    @property
    def air_us(self) -> int | None:
        """Court time of the end of the newest part; None before there is one."""
        if self._stream is None:
            return None
        return max((held.end_us for held in self._stream.renditions.values()), default=0) or None

    @property
    def thumbnail(self) -> bytes | None:
        """The last JPEG of what the public sees."""
        return self._thumbnail.payload if self._thumbnail else None

    @property
    def held_bytes(self) -> int:
        """Media bytes in memory."""
        if self._stream is None:
            return 0
        return sum(held.tail.size for held in self._stream.renditions.values())

    async def until_ready(self) -> None:
        """Wait until there is something to play; raises ``ReloadTimeout`` after a while."""
        await self._until("", lambda: self._stream is not None)

    def multivariant(
        self, uri: Callable[[str], str], *, language: str = "zh", name: str = "庭审现场"
    ) -> bytes:
        """Return the multivariant playlist; ``uri`` gives a rendition's playlist address."""
        if self._stream is None:
            raise UnknownResource("nothing to play yet")
        text = render_multivariant(self._stream.info.renditions, uri, language=language, name=name)
        return text.encode()

    async def playlist(self, rendition: str, query: Mapping[str, str]) -> PlaylistReply:
        """Answer a request for a media playlist with the query's delivery directives.

        Raises ``UnknownResource`` (404), ``InvalidReload`` (400), ``ReloadTimeout`` and
        ``TooManyWaiting`` (503).
        """
        if self._stream is None:
            reload.parse(query)
            await self.until_ready()
        held = self._held(rendition)
        if self._is_over():  # "MUST ignore delivery directives" once there is EXT-X-ENDLIST
            return self._reply(rendition, _BLOCKING_TARGETS, delta=False)
        directives = reload.parse(query)
        reload.check(directives, held.window.edge, self._known().part_target)

        def is_there() -> bool:
            return self._is_over() or reload.is_satisfied(
                directives, self._held(rendition).window.edge
            )

        waited = not is_there()
        if waited:
            await self._until(rendition, is_there)
        return self._reply(rendition, _BLOCKING_TARGETS if waited else 0, delta=directives.skip)

    async def resource(self, name: str) -> Resource:
        """Answer a request for ``<rendition>/<file>``; a hinted part is waited for.

        Raises ``UnknownResource`` (404), ``ReloadTimeout`` and ``TooManyWaiting`` (503).
        """
        asked = ResourceName.parse(name)
        held = self._held(asked.rendition)
        if asked.init is not None:
            found: bytes | Path | None = held.inits.get(asked.init)
        elif asked.part is None:
            found = await self._segment(held, asked.msn or 0)
        else:
            found = await self._part(asked.rendition, asked.msn or 0, asked.part)
        if found is None:
            raise UnknownResource("no such name")
        kind = "video/mp4" if held.described.kind == "video" else "audio/mp4"
        if isinstance(found, Path):
            return Resource(kind, _MEDIA_AGE, path=found)
        return Resource(kind, _MEDIA_AGE, body=found, name=name)

    async def _segment(self, held: HeldRendition, msn: int) -> bytes | Path:
        if msn > held.window.edge.complete:
            raise UnknownResource("segment is not complete")
        path = self._public / held.described.id / segment_name(msn)
        segment = held.window.find(msn)
        if segment is None:  # out of the window, but recorded
            if not await asyncio.to_thread(path.is_file):
                raise UnknownResource("segment is gone")
            return path
        if segment.gap:
            raise UnknownResource("segment is a gap")
        return held.tail.segment(msn, len(segment.parts)) or path

    async def _part(self, rendition: str, msn: int, part: int) -> bytes:
        held = self._held(rendition)
        if (msn, part) == held.window.edge.next and not self._is_over():
            # "MUST … not send any bytes until the whole resource can be sent" (§6.2.6)
            await self._until(rendition, lambda: self._has_passed(rendition, msn, part))
            held = self._held(rendition)
        segment = held.window.find(msn)
        if segment is None or part >= len(segment.parts) or segment.parts[part].gap:
            raise UnknownResource("no such part")
        body = held.tail.part(msn, part)
        if body is None:
            path = self._public / rendition / segment_name(msn)
            body = await asyncio.to_thread(_read, path, *segment.place(part))
        return body

    def _has_passed(self, rendition: str, msn: int, part: int) -> bool:
        return self._is_over() or self._held(rendition).window.edge.next > (msn, part)

    def _known(self) -> Stream:
        if self._stream is None:
            raise UnknownResource("nothing to play yet")
        return self._stream

    def _held(self, rendition: str) -> HeldRendition:
        held = self._known().renditions.get(rendition)
        if held is None:
            raise UnknownResource("no such rendition")
        return held

    def _is_over(self) -> bool:
        return self._stream is not None and self._stream.ended

    async def _until(self, rendition: str, is_there: Callable[[], bool]) -> None:
        """Wait for changes of a rendition ("": of the whole) until the condition holds."""
        if is_there():
            return
        if self.waiting >= self._max_waiting:
            raise TooManyWaiting
        known = self._stream or self._coming
        target = known.info.target_duration if known else 2
        self.waiting += 1
        try:
            async with asyncio.timeout(reload.WAIT_TARGETS * target):
                while not is_there():
                    await self._changed.setdefault(rendition, asyncio.Event()).wait()
        except TimeoutError:
            raise ReloadTimeout from None
        finally:
            self.waiting -= 1

    def _reply(self, rendition: str, cache_targets: int, *, delta: bool) -> PlaylistReply:
        """Return the newest version, written once for all who get it."""
        stream = self._known()
        target = stream.info.target_duration
        age = cache_targets * target if cache_targets else max(1, target // 2)
        kept = self._rendered.get((rendition, delta))
        if kept is None or kept.seen != stream.version:
            held = stream.renditions[rendition]
            reports = stream.reports(rendition)
            if kept is None or kept.state != (held.version, reports):
                reply = Reply(held.playlist.render(reports, delta=delta).encode())
            else:
                reply = kept.reply
            kept = _Kept(stream.version, (held.version, reports), reply)
            self._rendered[rendition, delta] = kept
        return PlaylistReply(kept.reply, age)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A written playlist: up to which version of the stream it is known to be the newest."""

    seen: int
    state: tuple[int, tuple[RenditionReport, ...]]
    reply: Reply


def _read(path: Path, offset: int, size: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UnknownResource("part is gone") from None
    try:
        data = os.pread(descriptor, size, offset)
    finally:
        os.close(descriptor)
    if len(data) != size:
        raise UnknownResource("part is gone")
    return data
