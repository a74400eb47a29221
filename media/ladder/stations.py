"""The threads of the ladder: one for each rung and one for the sound.

Each encodes and cuts into parts what the composing thread hands over. Queues hold two ticks: who
falls behind makes the composing thread wait, which shows as lateness. A tick without a picture of
its own lets the picture before it last longer; parts and segments keep their borders.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

import av
import numpy as np

from media.cmaf.fragment import Sample
from media.cmaf.h264 import ParameterSets
from media.cmaf.track import AudioTrack, VideoTrack
from media.errors import EncoderFailed
from media.hls.segmenter import Position, Segmenter
from media.ladder.audio import (
    AAC_BIT_RATE,
    AAC_SAMPLES,
    SAMPLE_RATE,
    AacEncoder,
    OpusEncoder,
)
from media.ladder.plan import Preset, Rung
from media.ladder.video import TIMESCALE, VideoEncoder
from media.messages import Frame, Part
from media.release import PICTURES_IN_USE, ReleasedFrame

AUDIO, OPUS = "audio", "opus"
TICKS_PER_PART, PACKETS_PER_PART, PARTS_PER_SEGMENT = 8, 15, 6
_QUEUE_TICKS = PICTURES_IN_USE - 2  # one more is being encoded, and one is being composed
_KEYFRAME_PAUSE_TICKS = 25
_START_CODE = b"\0\0\0\1"
_log = logging.getLogger(__name__)


class Sink(Protocol):
    """Who takes what was encoded; called from the threads of the ladder, may block them."""

    @property
    def wants_frames(self) -> bool:
        """Whether a relay listens at this moment."""

    def part(self, part: Part) -> None:
        """Take a finished part."""

    def frame(self, frame: Frame) -> None:
        """Take an encoded picture or packet for relays."""

    def failed(self, problem: BaseException) -> None:
        """Learn that a thread has ended: the worker must start again."""


class _Station(threading.Thread):
    """A thread that takes released ticks in order until it is told to finish."""

    def __init__(self, name: str, sink: Sink) -> None:
        super().__init__(name=name, daemon=True)
        self._sink = sink
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(_QUEUE_TICKS)
        self._broken = threading.Event()
        self.busy_s = 0.0  # spent on jobs so far; only grows

    def put(self, job: Callable[[], None] | None) -> None:
        """Hand over a job; waits while two are queued. Raises ``EncoderFailed`` if it broke."""
        while not self._broken.is_set():
            try:
                self._jobs.put(job, timeout=0.5)
            except queue.Full:
                continue
            return
        raise EncoderFailed(f"{self.name} has stopped")

    def run(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                began = time.monotonic()
                job()
                self.busy_s += time.monotonic() - began
        except BaseException as problem:  # noqa: BLE001  (told to the worker, which ends)
            self._broken.set()
            self._sink.failed(problem)


class VideoStation(_Station):
    """One rung: encoder, segmenter, key frames on demand."""

    def __init__(
        self,
        encoder: VideoEncoder,
        frame_rate: int,
        position: Position,
        track: VideoTrack | None,
        sink: Sink,
    ) -> None:
        """Take an encoder over. ``track`` is what was published before, if anything."""
        rung = encoder.rung
        super().__init__(f"rung-{rung.id}", sink)
        self.rung = rung
        self._encoder = encoder
        sets = ParameterSets.find(self._encoder.parameter_sets)
        self.track = VideoTrack(sets, rung.width, rung.height, rung.max_rate)
        self.changed = track is not None and track.parameter_sets != sets
        self._frame_rate = frame_rate
        self._wanted_rung = rung
        self._every = 1
        self._segment_start = 0
        self._taken_epoch: int | None = None  # of the last picture that was taken
        self._owes = False  # a picture that was new has been left out since
        self._header = _START_CODE + sets.sps + _START_CODE + sets.pps
        self._duration = TIMESCALE // frame_rate
        self.segmenter = Segmenter(
            rung.id,
            self.track,
            samples_per_part=TICKS_PER_PART,
            parts_per_segment=PARTS_PER_SEGMENT,
            start=position,
        )
        self._first_media_time = self.segmenter.media_time
        self._wanted = threading.Event()
        self._last_key: int | None = None
        self._epoch: int | None = None

    @property
    def first_tick(self) -> int:
        """The tick this rung goes on with; changes by gaps only."""
        return self._first_media_time // self._duration

    @property
    def speed(self) -> Preset:
        """The preset in use."""
        return self._encoder.rung.preset

    def reopen(self) -> None:
        """Go on where the segmenter is now (after gaps)."""
        self._first_media_time = self.segmenter.media_time

    def start(self) -> None:
        """Start the thread."""
        self._segment_start = self.first_tick - self.segmenter.position.part * TICKS_PER_PART
        super().start()

    def want_keyframe(self) -> None:
        """Ask for a key frame soon (at most one a second is given)."""
        self._wanted.set()

    def ease(self, rung: Rung, every: int) -> None:
        """Take only every n-th picture from now on, and this rung's preset from the next segment.

        To be called by the thread that calls ``take``.
        """
        self._every, self._wanted_rung = every, rung

    def step(self, tick: int) -> None:
        """Mark the segment that begins with the next tick as a discontinuity."""
        del tick

        def begin() -> None:
            self.segmenter.discontinuity()

        self.put(begin)

    def can_skip(self, released: ReleasedFrame) -> bool:
        """Whether a tick can do without a picture of its own.

        Never where a part begins, and never after an edge of the gate.
        """
        place = (released.tick - self._segment_start) % TICKS_PER_PART
        if place == 0 or self._taken_epoch != released.epoch:
            return False
        if released.repeated and not self._owes:
            return True
        return place % self._every != 0

    def take(self, released: ReleasedFrame, frame: av.VideoFrame | None) -> None:
        """Encode a tick's picture, this rung's alone from now on; None where it ``can_skip``."""
        tick, court_us, epoch = released.tick, released.court_us, released.epoch
        if frame is None:
            self._owes = self._owes or not released.repeated
            self.put(self._extend)
            return
        self._taken_epoch, self._owes = epoch, False
        self.put(lambda: self._encode(frame, tick, court_us, epoch))

    def _extend(self) -> None:
        part = self.segmenter.extend(self._duration)
        if part is not None:
            self._sink.part(part)

    def _encode(self, frame: av.VideoFrame, tick: int, court_us: int, epoch: int) -> None:
        keyframe = self._is_key(tick, epoch)
        if self._begins_segment:
            self._renew_encoder()
        data = self._encoder.encode(frame, tick, keyframe=keyframe)
        if keyframe:
            self._last_key, self._epoch = tick, epoch
            self._wanted.clear()
        if self.rung.shared and self._sink.wants_frames:
            payload = self._header + data if keyframe else data
            pts = tick * self._duration
            self._sink.frame(Frame(self.rung.id, pts, court_us, keyframe, epoch, payload))
        at = tick * self._duration
        sample = Sample(data, at, at, self._duration, sync=keyframe)
        part = self.segmenter.push(sample, court_us, epoch)
        if part is not None:
            self._sink.part(part)

    def _renew_encoder(self) -> None:
        """Encode at another speed from this segment on, if the parameter sets stay as they are."""
        rung = self._wanted_rung
        if rung.preset == self._encoder.rung.preset:
            return
        try:
            encoder = VideoEncoder(rung, self._frame_rate)
        except EncoderFailed as problem:
            _log.warning("%s stays as it is: %s", rung.id, problem)
            return
        if ParameterSets.find(encoder.parameter_sets) != self.track.parameter_sets:
            _log.error("%s stays as it is: %s has other parameter sets", rung.id, rung.preset)
            return
        self._encoder = encoder

    def _is_key(self, tick: int, epoch: int) -> bool:
        if self._last_key is None or epoch != self._epoch:
            return True
        if self._begins_segment:
            return True
        return self._wanted.is_set() and tick - self._last_key >= _KEYFRAME_PAUSE_TICKS

    @property
    def _begins_segment(self) -> bool:
        return self.segmenter.position.part == 0 and self.segmenter.pending == 0


class SoundStation(_Station):
    """AAC for the packager and Opus for relays."""

    def __init__(
        self,
        tick_samples: int,
        court_us: Callable[[int], int],
        position: Position,
        sink: Sink,
    ) -> None:
        """``court_us`` tells the court time of a tick."""
        super().__init__("sound", sink)
        self._tick_samples = tick_samples
        self._tick_court_us = court_us
        self._steps: set[int] = set()  # packets with which a discontinuity begins
        self._aac = AacEncoder(position.media_time // AAC_SAMPLES)
        self._opus: OpusEncoder | None = None
        self.track = AudioTrack(self._aac.configuration, SAMPLE_RATE, 2, AAC_BIT_RATE)
        self.segmenter = Segmenter(
            AUDIO,
            self.track,
            samples_per_part=PACKETS_PER_PART,
            parts_per_segment=PARTS_PER_SEGMENT,
            start=position,
        )
        self._first_tick = position.media_time // tick_samples
        self._end_sample: int | None = None
        self._epochs: dict[int, int] = {}

    @property
    def first_tick(self) -> int:
        """The tick the sound goes on with."""
        return self._first_tick

    def reopen(self) -> None:
        """Go on where the segmenter is now (after gaps)."""
        at = self.segmenter.media_time
        self._first_tick = at // self._tick_samples
        self._aac = AacEncoder(at // AAC_SAMPLES)

    def step(self, tick: int) -> None:
        """Mark the segment that begins with ``tick`` as a discontinuity."""
        self.put(lambda: self._steps.add(tick * self._tick_samples // AAC_SAMPLES))

    def take(self, released: ReleasedFrame) -> None:
        """Encode a tick's sound."""
        self.put(lambda: self._encode(released))

    def finish(self, end_tick: int) -> None:
        """Let out what the encoder still holds up to a tick that will not come."""

        def flush() -> None:
            self._end_sample = end_tick * self._tick_samples
            self._push(np.zeros((2, 3 * AAC_SAMPLES), np.float32))

        self.put(flush)

    def _encode(self, released: ReleasedFrame) -> None:
        start = released.tick * self._tick_samples
        if self._sink.wants_frames:
            self._encode_for_relay(released, start)
        else:
            self._opus = None
        if released.tick >= self._first_tick:
            self._epochs[start // AAC_SAMPLES] = released.epoch
            self._push(released.sound)

    def _encode_for_relay(self, released: ReleasedFrame, start: int) -> None:
        if self._opus is None:
            self._opus = OpusEncoder(start)
        for sample, packet in self._opus.push(released.sound):
            if sample >= 0:
                court_us = self._court_us(sample)
                self._sink.frame(
                    Frame(
                        OPUS, sample, court_us, keyframe=True, epoch=released.epoch, payload=packet
                    )
                )

    def _push(self, sound: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> None:
        for number, packet in self._aac.push(sound):
            at = number * AAC_SAMPLES
            if self._end_sample is not None and at >= self._end_sample:
                return
            if number in self._steps:
                self._steps.discard(number)
                self.segmenter.discontinuity()
            sample = Sample(packet, at, at, AAC_SAMPLES, sync=True)
            part = self.segmenter.push(sample, self._court_us(at), self._epoch_at(number))
            if part is not None:
                self._sink.part(part)

    def _epoch_at(self, number: int) -> int:
        """Return the epoch of the tick in which a packet begins; forget older ones."""
        known = [at for at in self._epochs if at <= number]
        if not known:
            return next(iter(self._epochs.values()), 0)
        newest = max(known)
        for at in known:
            if at != newest:
                del self._epochs[at]
        return self._epochs[newest]

    def _court_us(self, sample: int) -> int:
        tick, rest = divmod(sample, self._tick_samples)
        return self._tick_court_us(tick) + rest * 1_000_000 // SAMPLE_RATE
