"""The room by WebRTC, undelayed, for staff only: each camera's own pictures as they were received.

Lives in the monitor's process with a relay and a port of its own, so that nothing undelayed comes
near the relays of the public; what a bug there could mix up is not there. Nothing is decoded or
encoded: a camera with H.264 is packed and sent on. Pictures that are shown before an earlier one
(B-frames) are left out, as no browser puts them in order. There is no sound, which cameras send in
forms that browsers do not take. The log is read, and the relay opened, only while somebody watches.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from media.assignment import MonitorAssignment, RelayAssignment, frames_socket
from media.errors import SpoolDamaged
from media.feeds.parameters import units
from media.messages import Frame, Rendition, StreamInfo, Subscribe
from media.sockets import MessageStream, serve
from media.spool.head import Head
from media.spool.reader import SpoolReader
from media.spool.record import Packet, Record, StreamDescription

if TYPE_CHECKING:
    from media.relay.process import Relay

RENDITION = "room"
MOST_VIEWERS = 24
"""Some desks with every camera of a courtroom."""
POLL_SECONDS = 0.02
_LOOK_SECONDS = 0.5
_CLOCK = 90_000
_FOREVER = 1 << 62
_MOST_HELD_BYTES = 8 * 1024 * 1024
_SEQUENCE_PARAMETERS = 7

_log = logging.getLogger(__name__)


class CameraFrames:
    """One camera's pictures as a relay takes them, from the undelayed end of its log."""

    def __init__(self, spool: Path, camera: str) -> None:
        self._spool, self._camera = spool, camera
        self._listeners: set[MessageStream] = set()
        self._info: StreamInfo | None = None
        self._following: asyncio.Task[None] | None = None

    async def on_connect(self, stream: MessageStream) -> None:
        """Tell frames to a relay for as long as it listens."""
        try:
            async for message in stream:
                if isinstance(message, Subscribe) and message.want == "frames":
                    self._listeners.add(stream)
                    if self._info is not None:
                        stream.send(self._info)
                    if self._following is None:
                        self._following = asyncio.create_task(self._follow())
        finally:
            self._listeners.discard(stream)
            if not self._listeners:
                await self.close()

    async def close(self) -> None:
        """Read no more."""
        following, self._following, self._info = self._following, None, None
        if following is not None:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(OSError, SpoolDamaged), Head.open(self._spool) as head:
                await self._read(head)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _read(self, head: Head) -> None:
        with SpoolReader(self._spool, self._camera, head) as reader:
            if reader.seek(head.now_us()) is None:
                return  # it would begin with the oldest record: there is no picture yet
            while True:
                for record in reader.read(_FOREVER):
                    self._take(record)
                await asyncio.sleep(POLL_SECONDS)

    def _take(self, record: Record) -> None:
        if isinstance(record, StreamDescription):
            if record.stream == "video":
                self._info = _info(self._camera, record)
                if self._info is not None:
                    self._tell(self._info)
        elif isinstance(record, Packet) and record.stream == "video" and self._info is not None:
            pts = record.court_us * _CLOCK // 1_000_000
            self._tell(Frame(RENDITION, pts, record.court_us, record.keyframe, 0, record.payload))

    def _tell(self, message: StreamInfo | Frame) -> None:
        for stream in tuple(self._listeners):
            if stream.held_bytes > _MOST_HELD_BYTES:
                stream.abort()
            else:
                stream.send(message)


def _info(camera: str, known: StreamDescription) -> StreamInfo | None:
    """Return what a relay must know of a camera; None for what browsers do not take."""
    sequence = next(
        (unit for unit in units(known.extradata) if unit[0] & 0x1F == _SEQUENCE_PARAMETERS), b""
    )
    if known.codec != "h264" or len(sequence) < 4:  # noqa: PLR2004
        return None
    rendition = Rendition(
        RENDITION, "video", f"avc1.{sequence[1:4].hex()}", _CLOCK, 0, 0,
        width=known.width, height=known.height, shared=True, packaged=False,
    )  # fmt: skip
    return StreamInfo(camera, (rendition,), 0, 0, 0, 0)


class RoomView:
    """A courtroom's cameras by WebRTC: a relay of its own, opened when a server first asks."""

    def __init__(self, assignment: MonitorAssignment) -> None:
        self._assignment = assignment
        self._relay: Relay | None = None
        self._opening = asyncio.Lock()
        self._held = contextlib.AsyncExitStack()

    async def on_connect(self, stream: MessageStream) -> None:
        """Serve one server's connection."""
        async with self._opening:
            if self._relay is None:
                self._relay = await self._opened()
        await self._relay.on_connect(stream)

    async def _opened(self) -> Relay:
        # Late: most courtrooms are never watched like this, and it takes memory and half a second.
        from media.relay.process import relaying  # noqa: PLC0415

        its = RelayAssignment(self._assignment.view, self._assignment.addresses, MOST_VIEWERS)
        return await self._held.enter_async_context(relaying(its))

    async def close(self) -> None:
        """End all sessions."""
        await self._held.aclose()


@contextlib.asynccontextmanager
async def room_view(assignment: MonitorAssignment) -> AsyncIterator[None]:
    """Let staff watch the room by WebRTC until the block ends; without a socket for it, nothing."""
    if not assignment.view:
        yield
        return
    view = RoomView(assignment)
    cameras = {
        camera.id: CameraFrames(Path(assignment.spool), camera.id) for camera in assignment.cameras
    }
    servers = [await serve(assignment.view, view.on_connect)]
    for name, frames in cameras.items():
        servers.append(await serve(frames_socket(assignment.view, name), frames.on_connect))
    try:
        yield
    finally:
        for server in servers:
            server.close()
        await view.close()
        for frames in cameras.values():
            await frames.close()
