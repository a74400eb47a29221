"""How a broadcast's stream comes to life, the first time and again after a crash."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from media.assignment import WorkerAssignment
from media.cmaf.h264 import ParameterSets
from media.cmaf.track import VideoTrack
from media.errors import SpoolDamaged
from media.hls.segmenter import Position
from media.ladder import plan
from media.ladder.audio import AAC_BIT_RATE, OPUS_BIT_RATE
from media.ladder.calibration import costs_of_this_machine
from media.ladder.stations import AUDIO, OPUS, PARTS_PER_SEGMENT, TICKS_PER_PART
from media.ladder.threads import Ladder
from media.messages import Rendition, StreamInfo
from media.program.layout import places
from media.recording.index import PublicRecording
from media.spool.reader import SpoolReader
from media.spool.record import Packet, Record, StreamDescription
from media.timeline import Piece
from media.worker.clock import SpoolClock
from media.worker.lateness import SEEN_US, first_wait_us
from media.worker.memory import Memory

FRAME_RATE = 25  # the one rate whose ticks and AAC frames share borders (8 ticks, 15 frames)
_WAIT_FOR_CAMERAS_S = 2.0
_OPENING_US = 200_000  # encoders and the first slate take this long: the first tick is not late
_LARGEST = (1920, 1080)
_USUAL = (1280, 720)
_NARROWEST = 240
_MOST_RECORDS = 2000  # five seconds have some four hundred
_CORES_FOR_LARGEST = 2.0
# What a ceiling of bit rate may be exceeded by within a segment: half a second of buffer.
_PEAK = 1.3
_log = logging.getLogger(__name__)


def first_memory(assignment: WorkerAssignment, clock: SpoolClock) -> Memory:
    """Plan a new stream; waits up to two seconds for the cameras to describe themselves."""
    if assignment.frame_rate != FRAME_RATE:
        raise ValueError(f"{assignment.frame_rate} pictures a second: only {FRAME_RATE} is known")
    described = _descriptions(assignment, clock)
    size = canvas_size(assignment, described)
    room = len(places(assignment.layout, len(assignment.cameras)))
    sources = [
        plan.Source(one.codec, one.width or _USUAL[0], one.height or _USUAL[1], placed=at < room)
        for at, one in enumerate(described)
    ]
    costs = costs_of_this_machine(Path(assignment.directory).parent)
    delay_us = assignment.delay_ms * 1000
    wait_us = first_wait_us(_lately(assignment, clock))
    origin_us = clock.now_us() + _OPENING_US - delay_us - wait_us
    return Memory(
        spool=assignment.spool,
        pieces=(Piece(0, origin_us, delay_us, wait_us=wait_us),),
        frame_rate=assignment.frame_rate,
        size=size,
        rungs=plan.plan(size, assignment.frame_rate, assignment.cores, sources, costs),
        parameter_sets={},
    )


def _lately(assignment: WorkerAssignment, clock: SpoolClock) -> Iterator[tuple[str, list[Packet]]]:
    """Yield each camera's address and what it sent in the last seconds, as far as can be read."""
    head = clock.head
    for camera in assignment.cameras:
        found: list[Record] = []
        if head is not None:
            now_us = head.now_us()
            with (
                contextlib.suppress(SpoolDamaged, OSError),
                SpoolReader(Path(assignment.spool), camera.id, head) as reader,
            ):
                reader.seek(now_us - SEEN_US)
                found = reader.read(now_us, _MOST_RECORDS)
        packets = [one for one in found if isinstance(one, Packet)]
        yield (
            camera.url,
            [one for one in packets if one.stream == "video" or camera.microphone],
        )


def canvas_size(
    assignment: WorkerAssignment, described: list[StreamDescription]
) -> tuple[int, int]:
    """Return the program's size: one camera's own, else 720p, or 1080p where that is worth it."""
    sizes = [(one.width, one.height) for one in described if one.width and one.height]
    if assignment.layout == "single":
        return _fitted(sizes[0]) if sizes else _USUAL
    wide = any(height > _USUAL[1] for _, height in sizes)
    return _LARGEST if wide and assignment.cores >= _CORES_FOR_LARGEST else _USUAL


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, _LARGEST[0] / size[0], _LARGEST[1] / size[1])
    scale = max(scale, _NARROWEST / size[0])  # the overlay's clock needs room
    return tuple(max(2, round(side * scale) // 2 * 2) for side in size)  # type: ignore[return-value]


def _descriptions(assignment: WorkerAssignment, clock: SpoolClock) -> list[StreamDescription]:
    """Return what the cameras' pictures are, as far as it is known in time."""
    deadline = time.monotonic() + _WAIT_FOR_CAMERAS_S
    known: dict[str, StreamDescription] = {}
    while len(known) < len(assignment.cameras) and time.monotonic() < deadline:
        head = clock.head
        for camera in assignment.cameras:
            if head is None or camera.id in known:
                continue
            with SpoolReader(Path(assignment.spool), camera.id, head) as reader:
                described = reader.latest_description("video")
            if described is not None:
                known[camera.id] = described
        if len(known) < len(assignment.cameras):
            time.sleep(0.05)
    return [known[camera.id] for camera in assignment.cameras if camera.id in known]


def stream_info(broadcast: str, memory: Memory, ladder: Ladder) -> StreamInfo:
    """Describe the stream to server and relay."""
    videos = [
        Rendition(
            id=one.rung.id,
            kind="video",
            codecs=one.track.codecs,
            timescale=one.track.timescale,
            bandwidth=round(one.rung.max_rate * _PEAK),
            average_bandwidth=one.rung.max_rate,
            width=one.rung.width,
            height=one.rung.height,
            frame_rate=float(memory.frame_rate),
            shared=one.rung.shared,
        )
        for one in ladder.videos
    ]
    sound = ladder.sound.track
    aac = Rendition(
        id=AUDIO,
        kind="audio",
        codecs=sound.codecs,
        timescale=sound.timescale,
        bandwidth=round(AAC_BIT_RATE * _PEAK),
        average_bandwidth=AAC_BIT_RATE,
        channels=sound.channels,
    )
    opus = Rendition(
        id=OPUS,
        kind="audio",
        codecs="opus",
        timescale=48_000,
        bandwidth=round(OPUS_BIT_RATE * _PEAK),
        average_bandwidth=OPUS_BIT_RATE,
        channels=2,
        shared=True,
        packaged=False,
    )
    part_ms = TICKS_PER_PART * 1000 // memory.frame_rate
    return StreamInfo(
        broadcast=broadcast,
        renditions=(*videos, aac, opus),
        part_ms=part_ms,
        parts_per_segment=PARTS_PER_SEGMENT,
        target_duration=-(-part_ms * PARTS_PER_SEGMENT // 1000),
        delay_ms=memory.pieces[-1].delay_us // 1000,
    )


@dataclass(frozen=True, slots=True)
class Published:
    """What earlier workers have put out: where each rendition goes on, and with which tracks.

    ``epoch`` is the one to begin with.
    """

    positions: dict[str, Position]
    tracks: dict[str, VideoTrack]
    epoch: int


def published(memory: Memory, recording: PublicRecording) -> Published:
    """Bring together what the recording and ``worker.json`` tell of earlier workers."""
    positions = recording.positions
    tracks = {}
    for rung in memory.rungs:
        sets = memory.parameter_sets.get(rung.id)
        if sets is not None and rung.id in positions:
            known = ParameterSets(*(bytes.fromhex(one) for one in sets))
            tracks[rung.id] = VideoTrack(known, rung.width, rung.height, rung.max_rate)
    return Published(positions, tracks, recording.epoch + 1)


def parameter_sets(ladder: Ladder) -> dict[str, tuple[str, str]]:
    """Return each rung's SPS and PPS as they are remembered."""
    return {
        one.rung.id: (one.track.parameter_sets.sps.hex(), one.track.parameter_sets.pps.hex())
        for one in ladder.videos
    }
