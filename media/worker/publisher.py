"""From the worker's threads to whoever listens: the one place where they meet the event loop.

Threads put messages into a bounded box; the loop writes parts to the public recording first, then
tells subscribers. A subscriber gets a snapshot, then everything in order; one that is too slow is
disconnected by its socket and comes back for a new snapshot.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator

from media.errors import MalformedMessage
from media.gate import OrderRecord
from media.messages import (
    AirChange,
    Cut,
    CutDone,
    Frame,
    KeyframeWanted,
    Message,
    OrderForce,
    Part,
    StreamEnd,
    StreamInfo,
    Subscribe,
    Thumbnail,
    WorkerStatus,
)
from media.orders import ForceLog
from media.recording.index import PublicRecording
from media.sockets import MessageStream
from media.wire import encode

_MAX_BOXED = 1024
_READ_BACK_EVERY_S = 1.0
_log = logging.getLogger(__name__)


def _nothing(rendition: str) -> None:
    """Stand in until the stream is known."""
    del rendition


class _Relay:
    """A subscriber to frames: each rendition begins with a key frame."""

    def __init__(self, stream: MessageStream) -> None:
        self.stream = stream
        self.begun: set[str] = set()


class Publisher:
    """Box, recording and subscribers. Those named so below are for threads."""

    def __init__(
        self,
        recording: PublicRecording,
        forces: ForceLog,
    ) -> None:
        self._info: StreamInfo | None = None
        self._recording = recording
        self._forces = forces
        self._want_keyframe: Callable[[str], None] = _nothing
        self._loop = asyncio.get_running_loop()
        self._box: deque[Message] = deque()
        self._room = threading.BoundedSemaphore(_MAX_BOXED)
        self._filled = asyncio.Event()
        self._viewers: set[MessageStream] = set()
        self._relays: set[_Relay] = set()
        self._thumbnail: Thumbnail | None = None
        self._status: WorkerStatus | None = None
        # No longer than the log of orders, which may all have come while no worker ran.
        self._journal: asyncio.Queue[OrderForce] = asyncio.Queue()
        self._orders: dict[int, OrderRecord] = {}
        self.over: asyncio.Future[None] = self._loop.create_future()

    # Called from the worker's threads.

    def part(self, part: Part) -> None:
        """Publish a part."""
        self.tell(part)

    @property
    def wants_frames(self) -> bool:
        """Whether a relay listens at this moment."""
        return bool(self._relays)

    def frame(self, frame: Frame) -> None:
        """Pass a frame to relays."""
        self.tell(frame)

    def failed(self, problem: BaseException) -> None:
        """End the worker: ``over`` raises the problem."""
        self._loop.call_soon_threadsafe(self._fail, problem)

    def finished(self) -> None:
        """End the worker: everything has been told."""
        self._loop.call_soon_threadsafe(self._finish)

    def tell(self, message: Message) -> None:
        """Publish a message; waits while the box is full."""
        self._room.acquire()
        self._box.append(message)
        self._loop.call_soon_threadsafe(self._filled.set)

    def order_taken(self, record: OrderRecord, force: OrderForce) -> None:
        """Note in ``forces.log`` when an order took force, then tell it."""
        self._orders[record.sequence] = record
        self.tell(force)

    # Called in the event loop.

    def begin(self, info: StreamInfo, want_keyframe: Callable[[str], None]) -> None:
        """Know what the stream consists of; before the first subscriber."""
        self._info = info
        self._want_keyframe = want_keyframe

    async def run(self) -> None:
        """Publish until cancelled; what ends it otherwise ends the worker (``over``)."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_journal())
                group.create_task(self._read_back())
                while True:
                    await self._filled.wait()
                    self._filled.clear()
                    self._empty_box()
        except Exception as problem:
            self._fail(problem)
            raise

    async def settled(self) -> None:
        """Wait until everything that was told has been handed to the subscribers' sockets."""
        self._empty_box()
        await self._journal.join()
        streams = [*self._viewers, *(relay.stream for relay in self._relays)]
        await asyncio.gather(*(stream.drained() for stream in streams))

    async def attend(self, stream: MessageStream) -> None:
        """Serve one subscriber until it leaves."""
        messages = aiter(stream)
        first = await anext(messages, None)
        if not isinstance(first, Subscribe) or first.want == "status":
            raise MalformedMessage("a worker is asked for parts or frames")
        if self._info is None:
            return
        stream.send(self._info)
        relay = _Relay(stream)
        try:
            if first.want == "parts":
                for message in self._snapshot(self._info, first.since):
                    stream.send(message)
                self._viewers.add(stream)
            else:
                self._relays.add(relay)
                for rendition in self._info.renditions:
                    self._want_keyframe(rendition.id)
            async for message in messages:
                self._hear(message)
        finally:
            self._viewers.discard(stream)
            self._relays.discard(relay)

    def _hear(self, message: Message) -> None:
        match message:
            case KeyframeWanted():
                self._want_keyframe(message.rendition)
            case CutDone():
                _log.info("a subscriber has dropped what was cut (epoch %d)", message.epoch)
            case _:
                raise MalformedMessage(f"a worker cannot be told {message.type}")

    def _snapshot(self, info: StreamInfo, since: int | None) -> Iterator[Message]:
        packaged = [one.id for one in info.renditions if one.packaged]
        yield from self._recording.snapshot(packaged, since=since)
        if self._thumbnail is not None:
            yield self._thumbnail
        if self._status is not None:
            yield self._status

    def _empty_box(self) -> None:
        try:
            while self._box:
                message = self._box.popleft()
                self._room.release()
                self._publish(message)
        except (OSError, ValueError) as problem:
            self._fail(problem)

    def _publish(self, message: Message) -> None:
        match message:
            case Frame():
                self._to_relays(message)
                return
            case Part() | AirChange():
                message = self._keep(message)
            case Thumbnail():
                self._thumbnail = message
            case WorkerStatus():
                message = dataclasses.replace(message, recorded=self._recording.is_writing)
                self._status = message
            case OrderForce():
                self._journal.put_nowait(message)
                return
            case Cut() | StreamEnd():
                for relay in self._relays:
                    relay.stream.send(message)
            case _:
                pass
        self._to_viewers(message)

    def _keep(self, message: Part | AirChange) -> Part | AirChange:
        """Record a part before it is published; say with it if that could not be done."""
        if isinstance(message, AirChange):
            self._recording.note(message)
            return message
        is_kept = self._recording.write(message)
        return message if is_kept else dataclasses.replace(message, recorded=False)

    def _to_viewers(self, message: Message) -> None:
        if not self._viewers:
            return
        data = encode(message)
        for stream in list(self._viewers):
            if not stream.send_encoded(data):
                self._viewers.discard(stream)

    def _to_relays(self, frame: Frame) -> None:
        data = b""
        for relay in list(self._relays):
            if frame.rendition not in relay.begun and not frame.keyframe:
                continue
            relay.begun.add(frame.rendition)
            data = data or encode(frame)
            if not relay.stream.send_encoded(data):
                self._relays.discard(relay)

    async def _read_back(self) -> None:
        """Read what new subscribers will be told besides, when the first parts are long out."""
        is_left = True
        while is_left:
            await asyncio.sleep(_READ_BACK_EVERY_S)
            is_left = self._recording.read_back()

    async def _keep_journal(self) -> None:
        """Write forces beside the loop: an fsync must not hold up parts."""
        while True:
            force = await self._journal.get()
            record = self._orders.pop(force.sequence)
            try:
                await asyncio.to_thread(self._forces.append, record, force.court_us, force.air_us)
            except OSError:
                _log.exception("forces.log cannot be written; the order is in force all the same")
            self._to_viewers(force)
            self._journal.task_done()

    def _fail(self, problem: BaseException) -> None:
        if not self.over.done():
            self.over.set_exception(problem)

    def _finish(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
