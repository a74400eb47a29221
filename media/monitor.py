"""The monitor's process: undelayed pictures and sound levels of a courtroom, for staff only.

``python -m media.monitor ASSIGNMENT.json``. It reads the spool, decodes at most one key frame per
camera and second and all of the sound. Whoever subscribes to "status" hears ``CameraPicture`` (a
JPEG about 480 pixels wide) once a second, ``CameraMeter`` ten times a second and ``Alarms`` (black,
frozen, silent …, ``media.program.watch``) per camera; while nobody listens nothing is decoded. No
public path may connect here.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from media.assignment import Camera, MonitorAssignment, load
from media.feeds import issues
from media.feeds.level import Level, Meter, mono
from media.messages import Message, Subscribe
from media.process import die_with_parent, until_stopped
from media.program.watch import Luma, Watch
from media.room_view import room_view
from media.sockets import MessageStream, serve
from media.spool.head import Head
from media.spool.reader import SpoolReader
from media.spool.record import Interruption, Packet, Record, StreamDescription
from media.staff_messages import Alarm, Alarms, CameraMeter, CameraPicture
from media.wire import encode

_log = logging.getLogger(__name__)

PICTURE_WIDTH = 480
PICTURE_QUALITY = 72
PICTURE_US = 950_000  # key frames a second apart are all taken, whatever their jitter
POLL_SECONDS = 0.05
MAX_HELD_BYTES = 2 * 1024 * 1024  # a console that is slower than this is dropped
_CHANNELS = {1: "mono", 2: "stereo", 6: "5.1"}
_FOREVER = 1 << 62
_WATCHED = (160, 90)
_ALARMS_US = 2_000_000

Tell = Callable[[Message], None]


class Follower:
    """One camera, watched from the undelayed end of its log; belongs to the monitor's thread."""

    def __init__(self, spool: Path, camera: Camera, head: Head, tell: Tell) -> None:
        self._camera, self._head, self._tell = camera.id, head, tell
        self._listens = camera.microphone
        self._reader = SpoolReader(spool, camera.id, head)
        self._video: VideoCodecContext | None = None
        self._audio: AudioCodecContext | None = None
        self._meter = Meter()
        self._last_picture_us = 0
        self._watch = Watch()
        self._told: tuple[Alarm, ...] = ()
        self._tell_at_us = 0
        self._is_left_out = False

    def begin(self) -> None:
        """Go to the newest end of the log."""
        self._reader.seek(self._head.now_us())
        self._meter = Meter()
        self._watch, self._tell_at_us = Watch(), 0

    def step(self) -> None:
        """Take what is new in the log."""
        for record in self._reader.read(_FOREVER):
            try:
                self._take(record)
            except (av.error.FFmpegError, ValueError) as problem:
                # a camera that sends what cannot be decoded is told of by the recorder
                _log.debug("camera %s: %s", self._camera, problem)

    def _take(self, record: Record) -> None:
        match record:
            case StreamDescription():
                self._describe(record)
            case Packet():
                is_picture = record.stream == "video"
                if is_picture:
                    self._is_left_out = False
                self._watch.arrived(
                    picture=is_picture, court_us=record.court_us, arrival_us=record.arrival_us
                )
                (self._look if is_picture else self._listen)(record)
            case Interruption():
                self._watch.interrupted()
                if record.reason == issues.RECESS and record.stream == "video":
                    self._is_left_out = True

    def report(self) -> None:
        """Tell what is wrong, when that has changed and every few seconds."""
        now_us = self._head.now_us()
        # what the court's rules leave out of the record is not lost
        alarms = () if self._is_left_out else self._watch.alarms(now_us, live=self._listens)
        if alarms != self._told or now_us >= self._tell_at_us:
            self._told, self._tell_at_us = alarms, now_us + _ALARMS_US
            self._tell(Alarms(self._camera, now_us, alarms))

    def _describe(self, known: StreamDescription) -> None:
        if known.stream == "video":
            self._video = cast("VideoCodecContext", av.CodecContext.create(known.codec, "r"))
            self._video.thread_count = 1
            self._video.extradata = known.extradata or None
            return
        self._audio = cast("AudioCodecContext", av.CodecContext.create(known.codec, "r"))
        self._audio.extradata = known.extradata or None
        if known.sample_rate:
            self._audio.sample_rate = known.sample_rate
        if known.channels in _CHANNELS:
            self._audio.layout = _CHANNELS[known.channels]

    def _look(self, packet: Packet) -> None:
        too_soon = packet.court_us - self._last_picture_us < PICTURE_US
        if self._video is None or not packet.keyframe or (self._last_picture_us and too_soon):
            return
        frames = self._video.decode(av.Packet(packet.payload))
        frames += self._video.decode(None)  # the one picture, without waiting for a next one
        self._video.flush_buffers()
        if frames:
            self._last_picture_us = packet.court_us
            self._watch.picture(_luma(frames[0]), packet.court_us)
            self._tell(CameraPicture(self._camera, packet.court_us, _jpeg(frames[0])))

    def _listen(self, packet: Packet) -> None:
        if self._audio is None:
            return
        for frame in self._audio.decode(av.Packet(packet.payload)):
            sound = frame.to_ndarray()
            for level in self._meter.take(sound, frame.sample_rate, packet.court_us):
                self._watch.level(level.peak_dbfs, level.rms_dbfs, level.court_us)
                self._tell(_message(self._camera, level))
            channels = 1 if frame.format.is_planar else frame.layout.nb_channels
            self._watch.sound(mono(sound, channels), frame.sample_rate, packet.court_us)

    def close(self) -> None:
        """Let the log go."""
        self._reader.close()


def _message(camera: str, level: Level) -> CameraMeter:
    return CameraMeter(camera, level.court_us, level.peak_dbfs, level.rms_dbfs)


def _luma(frame: av.VideoFrame) -> Luma:
    """Return a small picture to be watched, (90, 160) in limited range."""
    small = frame.reformat(*_WATCHED, format="yuv420p", interpolation="AREA")
    return np.asarray(small.to_ndarray()[: _WATCHED[1]], np.uint8)


def _jpeg(frame: av.VideoFrame) -> bytes:
    width = min(PICTURE_WIDTH, frame.width) // 2 * 2
    height = max(frame.height * width // frame.width // 2 * 2, 2)
    small = frame.reformat(width, height, format="rgb24", interpolation="FAST_BILINEAR")
    image = Image.fromarray(small.to_ndarray())
    out = io.BytesIO()
    image.save(out, "JPEG", quality=PICTURE_QUALITY)
    return out.getvalue()


class Monitor:
    """Those who watch, and the thread that decodes for them."""

    def __init__(self, assignment: MonitorAssignment, loop: asyncio.AbstractEventLoop) -> None:
        self._assignment, self._loop = assignment, loop
        self._subscribers: set[MessageStream] = set()
        self._is_watched = threading.Event()
        self._ending = threading.Event()
        self._pictures: dict[str, bytes] = {}
        self.over: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        self._thread.start()

    async def on_connect(self, stream: MessageStream) -> None:
        """Keep a connection for as long as the peer does."""
        try:
            async for message in stream:
                if isinstance(message, Subscribe) and message.want == "status":
                    self._subscribers.add(stream)
                    self._is_watched.set()
                    for data in self._pictures.values():
                        stream.send_encoded(data)
        finally:
            self._subscribers.discard(stream)
            if not self._subscribers:
                self._is_watched.clear()
                self._pictures.clear()

    def _tell(self, message: Message) -> None:
        """Give a message to the event loop; called by the thread."""
        data = encode(message)
        camera = message.camera if isinstance(message, CameraPicture) else ""
        self._loop.call_soon_threadsafe(self._spread, camera, data)

    def _spread(self, camera: str, data: bytes) -> None:
        if camera and self._subscribers:
            self._pictures[camera] = data
        for stream in list(self._subscribers):
            if stream.held_bytes > MAX_HELD_BYTES:
                stream.abort()
            else:
                stream.send_encoded(data)

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as problem:  # noqa: BLE001  (told to the monitor, which ends)
            self._loop.call_soon_threadsafe(self.over.set_exception, problem)

    def _follow(self) -> None:
        spool = Path(self._assignment.spool)
        head = self._wait_for_head(spool)
        if head is None:
            return
        cameras = self._assignment.cameras
        followers = [Follower(spool, camera, head, self._tell) for camera in cameras]
        while not self._ending.is_set():
            if self._is_watched.wait(POLL_SECONDS * 5):
                self._watch(head, followers)
        for follower in followers:
            follower.close()
        head.close()

    def _watch(self, head: Head, followers: list[Follower]) -> None:
        """Follow the log for as long as somebody listens."""
        for follower in followers:
            follower.begin()
        seen = -1
        while self._is_watched.is_set() and not self._ending.wait(POLL_SECONDS):
            changed, seen = head.changes != seen, head.changes
            for follower in followers:
                if changed:
                    follower.step()
                follower.report()

    def _wait_for_head(self, spool: Path) -> Head | None:
        while not self._ending.is_set():
            try:
                return Head.open(spool)
            except FileNotFoundError:
                self._ending.wait(POLL_SECONDS * 5)
        return None

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        self._thread.join(2)


async def run(assignment: MonitorAssignment, stop: asyncio.Event) -> None:
    """Watch until told to stop; raises what ended the thread that watches."""
    monitor = Monitor(assignment, asyncio.get_running_loop())
    server = await serve(assignment.socket, monitor.on_connect)
    async with room_view(assignment):
        stopped = asyncio.ensure_future(stop.wait())
        ends: set[asyncio.Future[Any]] = {monitor.over, stopped}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
    server.close()
    await asyncio.to_thread(monitor.close)
    if monitor.over.done():
        monitor.over.result()


def main() -> None:
    """Run the monitor that the assignment describes."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    assignment = load(MonitorAssignment, Path(sys.argv[1]))
    asyncio.run(until_stopped(lambda stop: run(assignment, stop)))


if __name__ == "__main__":
    main()
