"""What a worker needs besides the recording: all that can be ready before its end is known.

Encoders, slates, the overlay and the cameras' decoders do not depend on what has been published.
Whoever succeeds a worker has them opened and up to the present beforehand
(``media.worker.understudy``); who starts without that opens them first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from media.assignment import WorkerAssignment
from media.ladder.video import VideoEncoder, open_encoders
from media.program.compositor import Compositor
from media.program.layout import places
from media.program.leveller import Leveller
from media.program.slate import Slates
from media.program.sound import Mixer
from media.worker.cameras import CameraFeed
from media.worker.clock import SpoolClock
from media.worker.memory import Memory

KEPT_US = 800_000
"""Of what was decoded: a part, what the encoders hold, and until a successor shows its first."""
_BATCHES = 20
_BEFORE_ALL = -1  # the tick of a picture that nobody gets


@dataclass(frozen=True, slots=True)
class Stage:
    """Made for one assignment and what was remembered of its broadcast then. For one thread."""

    assignment: WorkerAssignment
    memory: Memory
    clock: SpoolClock
    encoders: Sequence[VideoEncoder]
    slates: Slates
    compositor: Compositor
    leveller: Leveller
    mixer: Mixer
    feeds: Sequence[CameraFeed]

    def fits(self, assignment: WorkerAssignment, memory: Memory | None) -> bool:
        """Whether a worker that is told and remembers this can do with it."""
        return (self.assignment, self.memory) == (assignment, memory)

    def covers(self, tick: int) -> bool:
        """Whether no camera has let go of what was to be seen at a tick."""
        court_us = self.memory.timeline.court_us(tick)
        return all(feed.covers(court_us) for feed in self.feeds)

    def with_cameras_anew(self) -> Stage:
        """Return it with cameras that are not open yet, and without their sound."""
        for feed in self.feeds:
            feed.close()
        leveller, mixer, feeds = _cameras(self.assignment)
        return dataclasses.replace(self, leveller=leveller, mixer=mixer, feeds=feeds)

    def warm_up(self) -> None:
        """Do what else is slow the first time: draw slates, encode a picture."""
        self.slates.prepare()
        for encoder in self.encoders:
            black = av.VideoFrame(encoder.rung.width, encoder.rung.height, "yuv420p")
            encoder.encode(black, _BEFORE_ALL, keyframe=True)

    def follow(self) -> None:
        """Decode what came meanwhile of the cameras that have a place; let go of what is old."""
        head = self.clock.head
        if head is None:
            return
        read_us = self.clock.now_us() - self.memory.pieces[-1].delay_us
        kept_us = read_us - self.memory.pieces[-1].wait_us - KEPT_US
        room = len(places(self.assignment.layout, len(self.feeds)))
        for at, feed in enumerate(self.feeds):
            feed.attend(attended=at < room)
            if not feed.is_open:
                feed.open(head, kept_us)
            for _ in range(_BATCHES):
                more = feed.advance(read_us)
                feed.view(kept_us, 0)
                if not more:
                    break

    def attend_all(self) -> None:
        """Let whoever directs decide which cameras are decoded: for now, all."""
        for feed in self.feeds:
            feed.attend(attended=True)

    def close(self) -> None:
        """Give files and decoders back."""
        for feed in self.feeds:
            feed.close()
        self.clock.close()


def set_stage(assignment: WorkerAssignment, memory: Memory, clock: SpoolClock) -> Stage:
    """Open encoders and draw what is fixed (0.1 s); raises ``EncoderFailed``, ``ValueError``."""
    names = [camera.id for camera in assignment.cameras]
    leveller, mixer, feeds = _cameras(assignment)
    return Stage(
        assignment,
        memory,
        clock,
        open_encoders(memory.rungs, memory.frame_rate),
        Slates(memory.size, assignment.text),
        Compositor(memory.size, assignment.layout, names, assignment.text),
        leveller,
        mixer,
        feeds,
    )


def _cameras(assignment: WorkerAssignment) -> tuple[Leveller, Mixer, list[CameraFeed]]:
    leveller = Leveller()
    mixer = Mixer([camera.id for camera in assignment.cameras], leveller)
    spool = Path(assignment.spool)
    return leveller, mixer, [CameraFeed(spool, camera, mixer) for camera in assignment.cameras]
