"""Wires a worker together and runs it: spool to subscribers."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from media.assignment import WorkerAssignment
from media.direction import Direction
from media.gate import Gate
from media.ladder.stations import TICKS_PER_PART
from media.ladder.threads import Ladder
from media.marks import Mask, Templates
from media.messages import StreamInfo
from media.orders import ForceLog, OrderReader
from media.recording.index import PublicRecording, write_stream
from media.release import Composer
from media.sockets import serve
from media.timeline import Timeline
from media.worker.clock import SpoolClock
from media.worker.conductor import Conductor, Line
from media.worker.desk import Desk
from media.worker.gauge import Gauge
from media.worker.memory import Memory, keep, remember
from media.worker.opening import first_memory, parameter_sets, published, stream_info
from media.worker.publisher import Publisher
from media.worker.stage import Stage, set_stage

# More missing than this is not filled with slate but told as a gap.
_LONGEST_FILL_S = 30
_DRAW_SLATES_AFTER_S = 1.0
_log = logging.getLogger(__name__)


async def work(
    assignment: WorkerAssignment, stop: asyncio.Event, stage: Stage | None = None
) -> None:
    """Run a broadcast until its end or until ``stop``; raises what ended it otherwise.

    ``stage`` is one that was set beforehand; it is used if it fits.
    """
    memory = await asyncio.to_thread(_remember, Path(assignment.directory))
    if stage is not None and not stage.fits(assignment, memory):
        stage.close()
        stage = None
    if memory is not None and memory.ended:
        _log.info("broadcast %s has ended", assignment.broadcast)
        return
    async with _on_air(assignment, memory, stage) as (conductor, publisher):
        stopped = asyncio.ensure_future(_set(stop))
        await asyncio.wait({publisher.over, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        conductor.stop()
        await publisher.over
        await publisher.settled()


async def _set(event: asyncio.Event) -> None:
    await event.wait()


def _remember(directory: Path) -> Memory | None:
    directory.mkdir(parents=True, exist_ok=True)
    return remember(directory)


@contextlib.asynccontextmanager
async def _on_air(
    assignment: WorkerAssignment, memory: Memory | None, stage: Stage | None
) -> AsyncIterator[tuple[Conductor, Publisher]]:
    directory = Path(assignment.directory)
    with (
        contextlib.closing(stage.clock if stage else SpoolClock(Path(assignment.spool))) as clock,
        PublicRecording(directory, keep_free_bytes=assignment.keep_free_bytes) as recording,
    ):
        publisher = Publisher(recording, ForceLog(directory))
        async with _running(publisher):
            if memory is None:
                memory = await asyncio.to_thread(first_memory, assignment, clock)
            if stage is None:
                stage = await asyncio.to_thread(set_stage, assignment, memory, clock)
            opening = asyncio.to_thread(_open, stage, recording, publisher)
            ladder, conductor, memory = await opening
            publisher.begin(_announce(assignment, memory, ladder, recording), ladder.want_keyframe)
            server = await serve(assignment.socket, publisher.attend)
            try:
                ladder.start()
                conductor.start()
                yield conductor, publisher
                if conductor.ended:
                    pieces = conductor.timeline.pieces
                    keep(directory, dataclasses.replace(memory, pieces=pieces, ended=True))
            finally:
                server.close()


@contextlib.asynccontextmanager
async def _running(publisher: Publisher) -> AsyncIterator[None]:
    running = asyncio.create_task(publisher.run(), name="publisher")
    try:
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _announce(
    assignment: WorkerAssignment, memory: Memory, ladder: Ladder, recording: PublicRecording
) -> StreamInfo:
    """Write what the stream consists of before anything of it is published."""
    directory = Path(assignment.directory)
    for rendition, track in ladder.tracks.items():
        recording.write_init(rendition, ladder.version(rendition), track.init_section())
    info = stream_info(assignment.broadcast, memory, ladder)
    write_stream(directory, info)
    keep(directory, memory)
    return info


def _open(
    stage: Stage, recording: PublicRecording, publisher: Publisher
) -> tuple[Ladder, Conductor, Memory]:
    """Let a stage go on where the recording does (off the event loop)."""
    assignment, memory = stage.assignment, stage.memory
    earlier = published(memory, recording)
    ladder = Ladder(
        stage.encoders,
        memory.frame_rate,
        memory.timeline,
        earlier.positions,
        earlier.tracks,
        publisher,
    )
    memory = dataclasses.replace(memory, parameter_sets=parameter_sets(ladder))
    if not stage.covers(ladder.next_tick):
        stage = stage.with_cameras_anew()
    stage.attend_all()
    # The one that is wanted first is drawn by the first tick; the others must not hold it up.
    drawing = threading.Timer(_DRAW_SLATES_AFTER_S, stage.slates.prepare)
    drawing.daemon = True
    drawing.start()
    line = _line(stage, memory, Gate(epoch=earlier.epoch), ladder)
    conductor = Conductor(assignment.broadcast, memory, stage.clock, line, publisher)
    if earlier.positions:
        _mend(ladder, conductor.missing(), memory)
    return ladder, conductor, memory


def _line(stage: Stage, memory: Memory, gate: Gate, ladder: Ladder) -> Line:
    """Put together what each tick passes through."""
    assignment, directory = stage.assignment, Path(stage.assignment.directory)
    names = [camera.id for camera in assignment.cameras]
    direction = Direction(assignment.layout, names, _templates(assignment))

    def remember_pieces(timeline: Timeline) -> None:
        keep(directory, dataclasses.replace(memory, pieces=timeline.pieces))

    desk = Desk(
        OrderReader(directory),
        ForceLog(directory),
        gate,
        direction,
        remember_pieces,
        stage.slates.announce,
    )
    tick_us = 1_000_000 // memory.frame_rate
    composer = Composer(gate, direction, stage.compositor, stage.slates, stage.mixer, tick_us)
    gauge = Gauge(stage.mixer, stage.leveller)
    return Line(desk, gate, composer, stage.feeds, gauge, ladder)


def _mend(ladder: Ladder, missing_ticks: int, memory: Memory) -> None:
    """Tell what cannot be filled as a gap, and new parameter sets as a discontinuity."""
    tick = ladder.next_tick
    if missing_ticks > _LONGEST_FILL_S * memory.frame_rate:
        tick += missing_ticks // TICKS_PER_PART * TICKS_PER_PART
    steps = any(ladder.next_tick < piece.first_tick < tick for piece in memory.pieces)
    if ladder.changed:
        tick = max(tick, *(station.first_tick for station in ladder.stations))
    if tick > ladder.next_tick:
        ladder.gap_to(tick)
    if ladder.changed:
        _log.warning("the encoders' parameter sets have changed: a discontinuity begins")
    if ladder.changed or steps:
        ladder.discontinuity()


def _templates(assignment: WorkerAssignment) -> Templates:
    by_layout: dict[str, dict[str, list[Mask]]] = {}
    for one in assignment.masks:
        mask = Mask(one.x, one.y, one.width, one.height, one.method)
        by_layout.setdefault(one.layout, {}).setdefault(one.camera, []).append(mask)
    return Templates(by_layout, assignment.masks_required)
