"""Where a relay's frames come from: one connection to a worker for all viewers of a broadcast."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from media.errors import MalformedMessage
from media.messages import Cut, CutDone, Frame, KeyframeWanted, Rendition, StreamInfo, Subscribe
from media.relay.viewer import Viewer
from media.sockets import MessageStream, connect

FIRST_INFO_SECONDS = 3.0
RECONNECT_SECONDS = 0.2

_log = logging.getLogger(__name__)


class Source:
    """The frames of one broadcast and the viewers who get them."""

    def __init__(self, broadcast: str, worker_socket: str) -> None:
        self.broadcast = broadcast
        self.viewers: dict[str, Viewer] = {}
        self._socket = worker_socket
        self._stream: MessageStream | None = None
        self._info: StreamInfo | None = None
        self._known = asyncio.Event()
        self._running = asyncio.create_task(self._run(), name=f"source-{broadcast}")

    async def renditions(self) -> list[Rendition]:
        """Return the best picture and the sound fit for viewers; empty when nothing is on air."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_INFO_SECONDS):
                await self._known.wait()
        if self._info is None:
            return []
        shared = [rendition for rendition in self._info.renditions if rendition.shared]
        videos = [rendition for rendition in shared if rendition.kind == "video"]
        sounds = [rendition for rendition in shared if rendition.kind == "audio"]
        return [max(videos, key=lambda rung: rung.height)] * bool(videos) + sounds[:1]

    def want_keyframe(self, rendition: str) -> Callable[[], None]:
        """Return what asks the worker for a key frame of a rendition (it honours one a second)."""

        def ask() -> None:
            if self._stream is not None:
                self._stream.send(KeyframeWanted(rendition))

        return ask

    async def close(self) -> None:
        """Leave the worker; viewers are closed by their owner."""
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running

    async def _run(self) -> None:
        while True:
            try:
                self._stream = await connect(self._socket)
            except (OSError, TimeoutError):
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            try:
                self._stream.send(Subscribe("frames"))
                await self._hear(self._stream)
            except MalformedMessage:
                _log.warning("the worker of %s said something malformed", self.broadcast)
            finally:
                stream, self._stream = self._stream, None
                await stream.close()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, stream: MessageStream) -> None:
        async for message in stream:
            if isinstance(message, Frame):
                self._pass_on(message)
            elif isinstance(message, Cut):
                for viewer in self.viewers.values():
                    for track in viewer.tracks:
                        track.cut(message.from_us, message.to_us)
                stream.send(CutDone(message.epoch))
            elif isinstance(message, StreamInfo):
                self._info = message
                self._known.set()

    def _pass_on(self, frame: Frame) -> None:
        for viewer in self.viewers.values():
            for track in viewer.tracks:
                if track.rendition.id == frame.rendition:
                    track.put(frame)
