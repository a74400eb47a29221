"""A camera as the worker sees it: read from the spool, decoded, shown when asked.

Packets are never dropped before the decoder, whatever the gate says; what is decoded waits here
until its tick. A camera that has no place in the picture is not decoded: its packets since the last
key frame wait, so that it can be shown as soon as they are decoded. All of this belongs to the
composing thread.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
from av.codec.context import Flags

from media.assignment import Camera
from media.errors import SpoolDamaged
from media.release import CameraView
from media.spool.head import Head
from media.spool.reader import SpoolReader
from media.spool.record import Interruption, Packet, Record, StreamDescription
from media.worker.lateness import Arrivals

LOST_AFTER_US = 1_000_000
_MAX_WAITING = 48
_BATCH = 12
_CATCH_UP = 4  # packets that are decoded beside a batch, so that no tick waits for all of them
_MOST_BACKLOG = 300  # packets; a camera with rarer key frames is decoded all the same
_MOST_BACKLOG_BYTES = 16 << 20
_MICROSECOND = Fraction(1, 1_000_000)
_log = logging.getLogger(__name__)


class SoundTaker(Protocol):
    """Who takes decoded sound (``media.program.sound.Mixer``)."""

    def push(self, camera: str, frame: av.AudioFrame, court_us: int) -> None:
        """Take sound that was heard from ``court_us`` on."""


class CameraFeed:
    """Decodes one camera and keeps the pictures that wait for their tick.

    ``dropped`` counts pictures that waited in vain, ``errors`` packets that could not be decoded.
    """

    def __init__(self, spool: Path, camera: Camera, sound: SoundTaker) -> None:
        self._spool = spool
        self._camera = camera
        self._sound = sound
        self._reader: SpoolReader | None = None
        self._video: av.VideoCodecContext | None = None
        self._audio: av.AudioCodecContext | None = None
        self._described: dict[str, StreamDescription] = {}
        self._waiting: deque[tuple[int, av.VideoFrame]] = deque()
        self._shown: tuple[int, av.VideoFrame] | None = None
        self._is_attended = True
        self._backlog: deque[Packet] = deque()
        self._backlog_bytes = 0
        self._newest_us = 0  # of the packets of pictures
        self._arrivals = Arrivals()
        self.dropped = 0
        self.errors = 0

    @property
    def id(self) -> str:
        """The camera's id."""
        return self._camera.id

    @property
    def is_open(self) -> bool:
        """Whether the camera's log is being read."""
        return self._reader is not None

    @property
    def late_us(self) -> int | None:
        """How late pictures or sound usually come now; None while that is not known."""
        return self._arrivals.late_us

    def attend(self, *, attended: bool) -> None:
        """Decode the camera's pictures from now on, or let them wait undecoded."""
        self._is_attended = attended

    def open(self, head: Head, court_us: int) -> None:
        """Begin to read at the last key frame before ``court_us``; stays closed if that fails."""
        try:
            reader = SpoolReader(self._spool, self._camera.id, head)
            reader.seek(court_us)
        except (SpoolDamaged, OSError, ValueError) as problem:
            _log.warning("camera %s cannot be read: %s", self._camera.id, problem)
            return
        self._reader = reader

    def close(self) -> None:
        """Give files and decoders back."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def advance(self, until_us: int) -> bool:
        """Decode what had arrived at ``until_us``, a batch at most; tell whether more may wait."""
        if self._reader is None:
            return False
        try:
            records = self._reader.read(until_us, _BATCH)
        except (SpoolDamaged, OSError) as problem:
            _log.warning("camera %s cannot be read: %s", self._camera.id, problem)
            self.close()
            return False
        if self._is_attended:
            for _ in range(min(_CATCH_UP, len(self._backlog))):
                self._guarded(self._decode_oldest)
        for record in records:
            self._take(record)
        return len(records) == _BATCH or (self._is_attended and bool(self._backlog))

    def view(self, court_us: int, tolerance_us: int) -> CameraView:
        """Return the newest picture up to ``court_us`` and half a tick (``tolerance_us``)."""
        if not self._is_attended:
            return CameraView(None, 0, lost=True)
        while self._waiting and self._waiting[0][0] <= court_us + tolerance_us:
            self._shown = self._waiting.popleft()
        if self._shown is None or court_us - self._shown[0] > LOST_AFTER_US:
            return CameraView(None, 0, lost=True)
        at, picture = self._shown
        return CameraView(picture, at, lost=False)

    def covers(self, court_us: int) -> bool:
        """Whether what was to be seen at a court time has not been let go of."""
        return self._shown is None or self._shown[0] <= court_us

    def state(self, court_us: int, *, placed: bool) -> str:
        """Return ``shown``, ``ready`` (no place in the picture) or ``lost``."""
        newest_us = self._newest_us if not self._is_attended else self._shown_us
        if court_us - newest_us > LOST_AFTER_US:
            return "lost"
        return "shown" if placed else "ready"

    @property
    def _shown_us(self) -> int:
        return self._shown[0] if self._shown is not None else 0

    def _take(self, record: Record) -> None:
        if isinstance(record, Packet) and (record.stream == "video" or self._camera.microphone):
            self._arrivals.take(record)
        match record:
            case StreamDescription():
                self._guarded(lambda: self._describe(record))
            case Packet(stream="video"):
                self._guarded(lambda: self._take_picture(record))
            case Packet():
                self._guarded(lambda: self._decode_sound(record))
            case Interruption():
                self._guarded(lambda: self._interrupt(record))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (av.FFmpegError, ValueError) as problem:
            self.errors += 1
            _log.debug("camera %s: %s", self._camera.id, problem)

    def _describe(self, description: StreamDescription) -> None:
        if self._described.get(description.stream) == description:
            return
        self._described[description.stream] = description
        context = av.CodecContext.create(description.codec, "r")
        if description.extradata:
            context.extradata = description.extradata
        context.thread_count = 1
        if isinstance(context, av.VideoCodecContext):
            context.flags |= Flags.low_delay
            self._video = context
            self._forget_backlog()
        elif isinstance(context, av.AudioCodecContext):
            context.sample_rate = description.sample_rate
            context.layout = "mono" if description.channels == 1 else "stereo"
            self._audio = context

    def _take_picture(self, packet: Packet) -> None:
        self._newest_us = max(self._newest_us, packet.court_us)
        if self._is_attended and not self._backlog:
            self._decode_picture(packet)
            return
        if packet.keyframe:
            self._forget_backlog()
        self._backlog.append(packet)
        self._backlog_bytes += len(packet.payload)
        while len(self._backlog) > _MOST_BACKLOG or self._backlog_bytes > _MOST_BACKLOG_BYTES:
            self._decode_oldest()

    def _decode_oldest(self) -> None:
        packet = self._backlog.popleft()
        self._backlog_bytes -= len(packet.payload)
        self._decode_picture(packet)

    def _forget_backlog(self) -> None:
        self._backlog.clear()
        self._backlog_bytes = 0

    def _decode_picture(self, packet: Packet) -> None:
        if self._video is None:
            return
        for frame in self._video.decode(_coded(packet)):
            if frame.pts is None:
                continue
            self._hold(frame.pts, frame)

    def _hold(self, court_us: int, frame: av.VideoFrame) -> None:
        waiting = self._waiting
        waiting.append((court_us, frame))
        if len(waiting) > 1 and waiting[-2][0] > court_us:
            self._waiting = waiting = deque(sorted(waiting, key=lambda entry: entry[0]))
        if len(waiting) > _MAX_WAITING:
            waiting.popleft()
            self.dropped += 1

    def _decode_sound(self, packet: Packet) -> None:
        if self._audio is None or not self._camera.microphone:
            return
        at = packet.court_us
        for frame in self._audio.decode(_coded(packet)):
            self._sound.push(self._camera.id, frame, frame.pts if frame.pts is not None else at)
            at += frame.samples * 1_000_000 // frame.sample_rate

    def _interrupt(self, interruption: Interruption) -> None:
        self._arrivals = Arrivals()
        if interruption.stream in (None, "video") and self._video is not None:
            self._forget_backlog()
            self._video.flush_buffers()
        if interruption.stream in (None, "audio") and self._audio is not None:
            self._audio.flush_buffers()


def _coded(packet: Packet) -> av.Packet[Any]:
    coded: av.Packet[Any] = av.Packet(packet.payload)
    coded.pts, coded.dts = packet.court_us, packet.decode_us
    coded.time_base = _MICROSECOND
    return coded
