"""The ladder at work: each released frame is scaled once for each rung and handed to its thread."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import av
from av.video.reformatter import VideoReformatter

from media.cmaf.track import Track, VideoTrack
from media.hls.segmenter import Position, Segmenter
from media.ladder.audio import SAMPLE_RATE
from media.ladder.load import Load, levels
from media.ladder.plan import reopened
from media.ladder.stations import AUDIO, TICKS_PER_PART, Sink, SoundStation, VideoStation
from media.ladder.still import StillEncoder
from media.ladder.video import TIMESCALE, VideoEncoder
from media.release import ReleasedFrame
from media.timeline import Timeline

_LOOK_EVERY_S = 1.0
SCALING = "BICUBLIN"
"""Luma bicubic, chroma bilinear, each rung from the whole picture: bilinear costs a third less and
20 points of VMAF at half the size, one rung from the next another point."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fares:
    """How a ladder fares.

    ``eased``: a faster preset than planned is in use. ``picture_rates`` are pictures a second by
    rung, ``busy`` the share of its time in which each thread was at work, by its rendition.
    """

    eased: bool
    picture_rates: dict[str, float]
    busy: dict[str, float]


class _Watch:
    """Reads off once a second how late the ticks were and how busy each thread was."""

    def __init__(self, stations: Sequence[VideoStation | SoundStation]) -> None:
        self._stations = {one.segmenter.rendition: one for one in stations}
        self._began_s = 0.0
        self._before: dict[str, float] = {}
        self._late_ms = 0.0
        self.busy: dict[str, float] = {}

    def look(self, now_s: float, late_ms: float) -> tuple[float, dict[str, float]] | None:
        """Return the worst lateness and the threads' shares; None while the second lasts."""
        self._late_ms = max(self._late_ms, late_ms)
        took_s = now_s - self._began_s
        if took_s < _LOOK_EVERY_S:
            return None
        used = {name: one.busy_s for name, one in self._stations.items()}
        known = bool(self._before)
        self.busy = {
            name: min(1.0, (busy_s - self._before.get(name, busy_s)) / took_s)
            for name, busy_s in used.items()
        }
        late_ms, self._late_ms = self._late_ms, 0.0
        self._before, self._began_s = used, now_s
        return (late_ms, self.busy) if known else None


class Ladder:
    """All renditions of a broadcast. Opened, fed and finished by one thread."""

    def __init__(
        self,
        encoders: Sequence[VideoEncoder],
        frame_rate: int,
        timeline: Timeline,
        positions: Mapping[str, Position],
        published: Mapping[str, VideoTrack],
        sink: Sink,
    ) -> None:
        """Let the encoders, the largest first, go on where the recording does."""
        self._frame_rate = frame_rate
        self.timeline = timeline
        self._sink = sink
        self.videos = [
            VideoStation(
                encoder,
                frame_rate,
                positions.get(encoder.rung.id, Position()),
                published.get(encoder.rung.id),
                sink,
            )
            for encoder in encoders
        ]
        tick_samples = SAMPLE_RATE // frame_rate
        self.sound = SoundStation(
            tick_samples, self._court_us, positions.get(AUDIO, Position()), sink
        )
        rungs = [encoder.rung for encoder in encoders]
        self._scalers = [VideoReformatter() for _ in rungs]
        self._still = StillEncoder()
        self._rungs = rungs
        self._load = Load(levels(rungs))
        self._watch = _Watch(self.stations)

    @property
    def tracks(self) -> dict[str, Track]:
        """Init section and codec string of each packaged rendition."""
        return {**{one.rung.id: one.track for one in self.videos}, AUDIO: self.sound.track}

    @property
    def next_tick(self) -> int:
        """The first tick that some rendition still needs."""
        return min(one.first_tick for one in self.stations)

    @property
    def stations(self) -> list[VideoStation | SoundStation]:
        """All of them, the largest rung first, the sound last."""
        return [*self.videos, self.sound]

    @property
    def changed(self) -> bool:
        """Whether some encoder's parameter sets are not those that were published."""
        return any(one.changed for one in self.videos)

    def version(self, rendition: str) -> int:
        """Return the version of a rendition's init section."""
        stations = {one.rung.id: one.segmenter for one in self.videos}
        return stations.get(rendition, self.sound.segmenter).position.init_version

    def gap_to(self, tick: int) -> None:
        """Stand in for missing parts up to ``tick`` with gaps (EXT-X-GAP), before ``start``."""
        for one in self.videos:
            self._gap(one.segmenter, tick, TIMESCALE // self._frame_rate)
            one.reopen()
        self._gap(self.sound.segmenter, tick, SAMPLE_RATE // self._frame_rate)
        self.sound.reopen()

    def discontinuity(self) -> None:
        """Begin new segments with new init sections in all renditions, before ``start``.

        All must stand at the same tick (``gap_to``).
        """
        for one in self.stations:
            version = one.segmenter.position.init_version + 1
            one.segmenter.discontinuity(track=one.track, init_version=version)

    def step(self, tick: int, timeline: Timeline) -> None:
        """Mark that court time steps at this tick, where a segment begins in all renditions."""
        self.timeline = timeline
        for one in self.stations:
            if tick >= one.first_tick:
                one.step(tick)

    def start(self) -> None:
        """Start the threads."""
        for one in self.stations:
            one.start()

    def encode(self, released: ReleasedFrame, *, still: bool = False) -> bytes | None:
        """Encode a tick in every rendition that still needs it; with ``still`` return a JPEG.

        Waits while the encoders are two ticks behind.
        """
        wanted = [
            released.tick >= one.first_tick and not one.can_skip(released) for one in self.videos
        ]
        if not still and not any(wanted):
            self._hand_over(released, [None] * len(self.videos))
            return None
        # No copy: the picture stays as it is until the encoder of the largest rung has read it.
        frame = av.VideoFrame.from_numpy_buffer(released.picture, format="yuv420p")
        jpeg = self._still.encode(frame) if still else None
        frames: list[av.VideoFrame | None] = []
        for one, scaler, is_wanted in zip(self.videos, self._scalers, wanted, strict=True):
            if not is_wanted:
                frames.append(None)
                continue
            size = one.rung.width, one.rung.height
            if (frame.width, frame.height) == size:
                frames.append(frame)
            else:
                frames.append(scaler.reformat(frame, *size, interpolation=SCALING, threads=1))
        self._hand_over(released, frames)
        return jpeg

    def _hand_over(self, released: ReleasedFrame, frames: list[av.VideoFrame | None]) -> None:
        """Give each thread its frame, now that all are scaled: a frame has one owner at a time."""
        self.sound.take(released)
        for one, frame in zip(self.videos, frames, strict=True):
            if released.tick >= one.first_tick:
                one.take(released, frame)

    @property
    def fares(self) -> Fares:
        """How the ladder fares: what it has given up, and how busy its threads are."""
        level = self._load.level
        return Fares(
            eased=level.preset != self._load.planned.preset,
            picture_rates={name: self._frame_rate / every for name, every in level.every.items()},
            busy=self._watch.busy,
        )

    def watch(self, now_s: float, late_us: int) -> None:
        """Learn how late a tick is; about once a second give up work or take it back.

        ``now_s`` is any clock. To be called by the thread that calls ``encode``.
        """
        seen = self._watch.look(now_s, late_us / 1000)
        if seen is None or not self._load.look(now_s, *seen):
            return
        level = self._load.level
        _log.info("the load allows %s, pictures by rung: every %s", level.preset, level.every)
        rungs = reopened(self._rungs, level.preset)
        for one, rung in zip(self.videos, rungs, strict=True):
            one.ease(rung, level.every[rung.id])

    def want_keyframe(self, rendition: str) -> None:
        """Ask a shared rung for a key frame; unknown ones are ignored."""
        for one in self.videos:
            if one.rung.id == rendition and one.rung.shared:
                one.want_keyframe()

    def finish(self, end_tick: int) -> None:
        """Wait until everything before ``end_tick`` is out, then end the threads."""
        self.sound.finish(end_tick)
        for one in self.stations:
            one.put(None)
        for one in self.stations:
            one.join()

    def _court_us(self, tick: int) -> int:
        """Return a tick's court time; asked by the sound's thread, too."""
        return self.timeline.court_us(tick)

    def _gap(self, segmenter: Segmenter, tick: int, tick_length: int) -> None:
        while segmenter.media_time // tick_length + TICKS_PER_PART <= tick:
            court_us = self._court_us(segmenter.media_time // tick_length)
            self._sink.part(segmenter.gap(TICKS_PER_PART * tick_length, court_us, 0))
