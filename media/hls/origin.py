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
import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from media.errors import ResourceWithdrawn, UnknownResource
from media.hls import reload
from media.hls.captions import CAPTIONS, CAPTIONS_TYPE, Captions
from media.hls.disk import read_part
from media.hls.looking_back import History, learn_key_frames, reach_back
from media.hls.multivariant import Words
from media.hls.reply import PlaylistReply
from media.hls.resource import (
    ASK_AGAIN_S,
    CAPTIONS_SUFFIX,
    MEDIA_PREFIX,
    MEDIA_SUFFIX,
    Resource,
    ResourceName,
    key_frames_name,
    segment_name,
)
from media.hls.stream import WINDOW_SECONDS, HeldRendition, Stream
from media.hls.waiters import Waiters
from media.hls.window import Segment
from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
from media.hls.written import Written, multivariant
from media.messages import (
    AirChange,
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

_BLOCKING_TARGETS = 6  # cache lives recommended by App. B.1, in target durations
_INIT_AGE = 3600
_USUAL_TARGET = 2


class Origin:
    """The playlists and media of one broadcast, live.

    ``directory`` is the broadcast's; its public recording holds what has left the memory.
    ``window_seconds`` is how far playlists reach back (None: to the beginning); what of it a
    snapshot leaves out is asked of ``history``.
    """

    def __init__(
        self,
        directory: Path,
        *,
        media_prefix: str = MEDIA_PREFIX,
        window_seconds: int | None = WINDOW_SECONDS,
        history: History | None = None,
        max_waiting: int = 10_000,
    ) -> None:
        self._public = directory / "public"
        self._prefix = media_prefix
        self._window_seconds = window_seconds
        self._stream: Stream | None = None
        self._coming: Stream | None = None
        self._waiters = Waiters(max_waiting)
        self._written = Written()
        self._thumbnail: Thumbnail | None = None
        self._captions: Captions | None = None
        self._withdrawn = NOTHING_WITHDRAWN
        self._history = history
        self._reaching_back: asyncio.Task[None] | None = None

    # What the worker says

    def apply(self, message: Message) -> CutDone | None:
        """Take a message of the worker; return what is to be answered. Others are ignored."""
        match message:
            case StreamInfo():
                self._begin(message)
            case Init() | SegmentListed() | Part() | AirChange():
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
        captioned = self._captions is not None
        self._coming = Stream(info, self._prefix, self._window_seconds, captioned=captioned)
        self._coming.withdraw(self._withdrawn)

    def _take(self, message: Init | SegmentListed | Part | AirChange) -> None:
        stream = self._coming or self._stream
        if stream is None:
            return
        rendition = stream.take(message, time.monotonic())
        if stream is self._coming:
            self._settle(told=False)
        elif rendition:
            self._waiters.wake(rendition)

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
        elif self._history and not coming.reaches_back:
            self._reach_back(coming, self._history)
            return
        coming.complete = True
        self._stream, self._coming = coming, None
        self._written.forget()
        self._waiters.wake_all()

    def _reach_back(self, coming: Stream, history: History) -> None:
        """Read what the snapshot leaves out, before anybody is told where the stream begins."""
        if self._reaching_back is None or self._reaching_back.done():
            self._reaching_back = asyncio.create_task(self._read_back(coming, history))

    async def _read_back(self, coming: Stream, history: History) -> None:
        await reach_back(coming, history)
        if coming is self._coming:
            self._settle(told=True)

    @staticmethod
    def _has_any(stream: Stream) -> bool:
        return all(held.window.edge.last for held in stream.renditions.values())

    def _cut(self, order: Cut) -> CutDone:
        for stream in self._streams():
            for held in stream.renditions.values():
                if held.cut(order) and stream is self._stream:
                    self._waiters.wake(held.described.id)
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
        self._written.forget()
        self._waiters.wake_all()

    # What the server asks

    @property
    def info(self) -> StreamInfo | None:
        """What the stream consists of, once there is one."""
        return self._stream.info if self._stream else None

    @property
    def since(self) -> int | None:
        """The newest segment that is here whole in all renditions; None: there is none.

        What follows it, and itself, is all that a worker has to tell again.
        """
        if self._stream is None:
            return None
        edges = [held.window.edge.complete for held in self._stream.renditions.values()]
        return min(edges) if edges and min(edges) >= 0 else None

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
        """The last JPEG of what the public sees; None where that was withdrawn."""
        shown = self._thumbnail
        if shown is None or self._withdrawn.touches(shown.court_us, shown.court_us):
            return None
        return shown.payload

    @property
    def waiting(self) -> int:
        """Requests that wait now."""
        return self._waiters.count

    @property
    def held_bytes(self) -> int:
        """Media bytes in memory."""
        if self._stream is None:
            return 0
        return sum(held.tail.size for held in self._stream.renditions.values())

    @property
    def captioned(self) -> bool:
        """Whether there are captions."""
        return self._captions is not None

    def show_captions(self, captions: Captions) -> None:
        """Give out these captions from now on; the first ones add a playlist for good."""
        self._captions = captions
        for stream in self._streams():
            stream.show_captions()

    def withdraw(self, withdrawn: Withdrawn) -> None:
        """Give out nothing more that touches these stretches; what is not among them again."""
        if withdrawn != self._withdrawn:
            self._withdrawn = withdrawn
            for stream in self._streams():
                stream.withdraw(withdrawn)

    def _streams(self) -> list[Stream]:
        return [stream for stream in (self._stream, self._coming) if stream]

    async def until_ready(self) -> None:
        """Wait until there is something to play; raises ``ReloadTimeout`` after a while."""
        await self._until("", lambda: self._stream is not None)

    def multivariant(
        self, uri: Callable[[str], str], words: Words | None = None, *, sound_alone: bool = True
    ) -> bytes:
        """Return the multivariant playlist; ``uri`` gives a playlist's address by its name."""
        return multivariant(self._known(), uri, words, sound_alone=sound_alone)

    async def playlist(self, rendition: str, query: Mapping[str, str]) -> PlaylistReply:
        """Answer a request for a media playlist with the query's delivery directives.

        Raises ``UnknownResource`` (404), ``InvalidReload`` (400), ``ReloadTimeout`` and
        ``TooManyWaiting`` (503).
        """
        if self._stream is None:
            reload.parse(query)
            await self.until_ready()
        held = self._held(rendition)
        if rendition == key_frames_name(held.described.id):
            await learn_key_frames(held, self._public)
        if self._is_over():  # "MUST ignore delivery directives" once there is EXT-X-ENDLIST
            return self._reply(rendition, _BLOCKING_TARGETS, reload.Directives())
        directives = reload.parse(query)
        reload.check(directives, held.window.edge, self._known().part_target)
        waits_for = held.described.id

        def is_there() -> bool:
            return self._is_over() or reload.is_satisfied(
                directives, self._held(rendition).window.edge
            )

        waited = not is_there()
        if waited:
            await self._until(waits_for, is_there)
        return self._reply(rendition, _BLOCKING_TARGETS if waited else 0, directives)

    async def resource(self, name: str) -> Resource:
        """Answer a request for ``<rendition>/<file>``; a hinted part is waited for.

        Raises ``UnknownResource`` (404), ``ReloadTimeout`` and ``TooManyWaiting`` (503).
        """
        asked = ResourceName.parse(name)
        held = self._held(asked.rendition)
        if asked.rendition == CAPTIONS:
            return await self._caption(asked, held)
        if held.described.id != asked.rendition or asked.suffix != MEDIA_SUFFIX:
            raise UnknownResource("no such name")
        if asked.init is not None:
            found: bytes | Path | None = held.inits.get(asked.init)
        elif asked.part is None:
            found = await self._segment(held, asked.msn or 0)
        else:
            found = await self._part(asked.rendition, asked.msn or 0, asked.part)
        if found is None:
            raise UnknownResource("no such name")
        kind = "video/mp4" if held.described.kind == "video" else "audio/mp4"
        age = ASK_AGAIN_S if asked.init is None else _INIT_AGE
        if isinstance(found, Path):
            return Resource(kind, age, path=found, changes=asked.init is None)
        return Resource(kind, age, body=found, name=name, changes=asked.init is None)

    async def _caption(self, asked: ResourceName, held: HeldRendition) -> Resource:
        """Write a piece of the captions; it may change when a post does, and is not kept long."""
        if asked.suffix != CAPTIONS_SUFFIX or asked.msn is None or self._captions is None:
            raise UnknownResource("no such name")
        msn, part = asked.msn, asked.part
        if part is not None:
            await self._passed(held.described.id, msn, part)
            held = self._held(CAPTIONS)
        segment = _given(held.window.find(msn))
        if segment is None or not segment.has(part, complete=held.window.edge.complete):
            raise UnknownResource("no such captions")
        body = self._captions.piece(segment, part, held.window.timescale).encode()
        name = f"{msn}.{part}.{zlib.crc32(body):x}"
        return Resource(CAPTIONS_TYPE, ASK_AGAIN_S, body=body, name=name, changes=True)

    async def _segment(self, held: HeldRendition, msn: int) -> bytes | Path:
        if msn > held.window.edge.complete:
            raise UnknownResource("segment is not complete")
        path = self._public / held.described.id / segment_name(msn)
        segment = _given(held.window.find(msn))
        if segment is None:  # out of the window, but recorded: of what time nobody knows here
            if self._withdrawn or not await asyncio.to_thread(path.is_file):
                raise UnknownResource("segment is gone")
            return path
        if segment.gap:
            raise UnknownResource("segment is a gap")
        return held.tail.segment(msn, len(segment.parts)) or path

    async def _part(self, rendition: str, msn: int, part: int) -> bytes:
        await self._passed(rendition, msn, part)
        held = self._held(rendition)
        segment = _given(held.window.find(msn))
        if segment is None or part >= len(segment.parts) or segment.parts[part].gap:
            raise UnknownResource("no such part")
        body = held.tail.part(msn, part)
        if body is None:
            path = self._public / rendition / segment_name(msn)
            body = await asyncio.to_thread(read_part, path, *segment.place(part))
        return body

    async def _passed(self, rendition: str, msn: int, part: int) -> None:
        """Wait for a part that is hinted; any other one is there or is not."""
        if (msn, part) == self._held(rendition).window.edge.next and not self._is_over():
            # "MUST … not send any bytes until the whole resource can be sent" (§6.2.6)
            await self._until(rendition, lambda: self._has_passed(rendition, msn, part))

    def _has_passed(self, rendition: str, msn: int, part: int) -> bool:
        return self._is_over() or self._held(rendition).window.edge.next > (msn, part)

    def _known(self) -> Stream:
        if self._stream is None:
            raise UnknownResource("nothing to play yet")
        return self._stream

    def _held(self, rendition: str) -> HeldRendition:
        held = self._known().shown(rendition)
        if held is None:
            raise UnknownResource("no such rendition")
        return held

    def _is_over(self) -> bool:
        return self._stream is not None and self._stream.ended

    async def _until(self, topic: str, is_there: Callable[[], bool]) -> None:
        """Wait for changes of a rendition ("": of the whole) until the condition holds."""
        known = self._stream or self._coming
        target = known.info.target_duration if known else _USUAL_TARGET
        await self._waiters.until(topic, is_there, reload.WAIT_TARGETS * target)

    def _reply(self, rendition: str, cache_targets: int, asked: reload.Directives) -> PlaylistReply:
        stream = self._known()
        target = stream.info.target_duration
        age = cache_targets * target if cache_targets else max(1, target // 2)
        delta = asked.skip and self._held(rendition).may_skip
        now_s = time.monotonic() if asked.skip_dates else None
        reply = self._written.reply(stream, rendition, delta=delta, skip_dates_at_s=now_s)
        return PlaylistReply(reply, age)


def _given(segment: Segment | None) -> Segment | None:
    if segment is not None and segment.withdrawn:
        raise ResourceWithdrawn("this part of the hearing has been withdrawn")
    return segment
