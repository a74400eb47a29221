"""The worker's path without its clock: ``python -m tests.bench.path CLIP [CLIP ...]``.

Everything that a worker does for each tick, as fast as the machine can: read the court's record,
decode, compose with overlay and masks, scale, encode, cut into parts, write the public recording.
Prints one line of JSON with the processor seconds for a second of media, in all and by thread.
The record is made of the clips before anything is counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext

from media.assignment import Camera, ProgramText
from media.direction import Direction
from media.gate import Gate, OrderRecord
from media.ladder import plan
from media.ladder.stations import TICKS_PER_PART
from media.ladder.threads import Ladder
from media.ladder.video import open_encoders
from media.marks import Mask, Templates
from media.messages import Frame, Part
from media.program.compositor import Compositor
from media.program.slate import Slates
from media.program.sound import Mixer
from media.recording.index import PublicRecording
from media.release import Composer
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.record import Packet, Stream, StreamDescription
from media.timeline import Piece, Timeline
from media.worker.cameras import CameraFeed

FRAME_RATE = 25
TICK_US = 1_000_000 // FRAME_RATE
STILL_EVERY_TICKS = 50
ORIGIN_US = 1_700_000_000_000_000
TEXT = ProgramText("江州市临川区人民法院", "(2026)江0101民初1号", "Asia/Shanghai", {})
LAYOUTS = {1: "single", 2: "two", 4: "quad", 6: "one_and_five"}
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Asked:
    """What is measured; ``masked`` hides a rectangle of the first camera."""

    clips: tuple[Path, ...]
    size: tuple[int, int]
    rungs: tuple[plan.Rung, ...]
    seconds: float
    masked: bool

    @property
    def media_s(self) -> float:
        """How much media comes out: whole parts."""
        return self.ticks / FRAME_RATE

    @property
    def ticks(self) -> int:
        """The same in ticks."""
        return int(self.seconds * FRAME_RATE) // TICKS_PER_PART * TICKS_PER_PART


class Writer:
    """Takes parts from the ladder's threads as the publisher does: to the disk, in order."""

    wants_frames = False

    def __init__(self, recording: PublicRecording) -> None:
        self._recording = recording
        self._lock = threading.Lock()
        self.bytes: dict[str, int] = {}

    def part(self, part: Part) -> None:
        """Write a part."""
        with self._lock:
            self._recording.write(part)
            self.bytes[part.rendition] = self.bytes.get(part.rendition, 0) + len(part.payload)

    def frame(self, frame: Frame) -> None:
        """Nobody listens."""

    def failed(self, problem: BaseException) -> None:
        """End at once: a measurement of a part of the work would be none."""
        sys.stderr.write(f"{problem!r}\n")
        os._exit(1)


def rungs(size: tuple[int, int], preset: plan.Preset, most: int) -> tuple[plan.Rung, ...]:
    """Return the rungs for pictures of a size, at most so many, the largest first."""
    heights = plan.rung_heights(size[1])[:most]
    sizes = [plan.rung_size(size, height) for height in heights]
    first_shared = len(sizes) - plan.SHARED_RUNGS
    return tuple(
        plan.Rung(f"v{one[1]}", *one, preset, plan.max_rate(one, FRAME_RATE), at >= first_shared)
        for at, one in enumerate(sizes)
    )


def packets(clip: Path) -> Iterator[StreamDescription | Packet]:
    """Yield a clip's records in the order of arrival, as a camera without latency sends them."""
    with av.open(clip) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        plain = BitStreamFilterContext("h264_mp4toannexb", video)
        width, height = video.codec_context.width, video.codec_context.height
        yield StreamDescription("video", "h264", b"", width, height, 0, 0)
        extradata = bytes(audio.codec_context.extradata or b"")
        rate, channels = audio.codec_context.sample_rate, audio.codec_context.channels
        yield StreamDescription("audio", audio.codec_context.name, extradata, 0, 0, rate, channels)
        for packet in container.demux(video, audio):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            stream: Stream = "video" if packet.stream is video else "audio"
            court_us = ORIGIN_US + round(float(packet.pts * packet.time_base) * 1e6)
            for one in plain.filter(packet) if stream == "video" else [packet]:
                yield Packet(
                    stream, court_us, court_us, court_us, TICK_US, one.is_keyframe, bytes(one)
                )


def record(spool: Path, clips: tuple[Path, ...], seconds: float) -> list[Camera]:
    """Write the court's record of clips that run in step; return the cameras."""
    cameras = [Camera(f"c{at}", clip.stem, "testcard:") for at, clip in enumerate(clips)]
    with Head.create(spool) as head:
        for camera, clip in zip(cameras, clips, strict=True):
            writer = SpoolWriter(spool, camera.id, head)
            for one in packets(clip):
                if isinstance(one, Packet) and one.court_us > ORIGIN_US + (seconds + 1) * 1e6:
                    break
                writer.append(one)
            writer.close()
    return cameras


def threads_used() -> dict[str, float]:
    """Return the processor seconds of each thread of this process, by its name."""
    names = {one.native_id: one.name for one in threading.enumerate()}
    used: dict[str, float] = {}
    for folder in Path("/proc/self/task").iterdir():
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        name = names.get(int(folder.name), "other")
        seconds = (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS
        used[name] = used.get(name, 0.0) + seconds
    return used


def process_seconds() -> float:
    """Return the processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Line:
    """What a tick passes through, without orders and without a clock."""

    feeds: list[CameraFeed]
    gate: Gate
    composer: Composer
    ladder: Ladder

    def run(self, ticks: Iterable[int]) -> None:
        """Compose and hand over these ticks, as fast as the encoders take them."""
        for tick in ticks:
            court_us = ORIGIN_US + tick * TICK_US
            for feed in self.feeds:
                while feed.advance(court_us + TICK_US):
                    pass
            views = {feed.id: feed.view(court_us, TICK_US // 2) for feed in self.feeds}
            released = self.composer.compose(tick, court_us, self.gate.verdict(court_us), views)
            self.ladder.encode(released, still=tick % STILL_EVERY_TICKS == 0)


def lay(asked: Asked, spool: Path, cameras: list[Camera], ladder: Ladder) -> Line:
    """Wire the path up as a worker does."""
    names = [camera.id for camera in cameras]
    mixer = Mixer(names)
    layout = LAYOUTS[len(names)]
    compositor = Compositor(asked.size, layout, names, TEXT)
    masks = {names[0]: [Mask(0.3, 0.2, 0.25, 0.4, "pixelate")]} if asked.masked else {}
    direction = Direction(layout, names, Templates({"": masks}))
    gate = Gate()
    gate.add(OrderRecord(1, "start", ORIGIN_US - 1_000_000, "1", "bench"), ORIGIN_US)
    composer = Composer(gate, direction, compositor, Slates(asked.size, TEXT), mixer, TICK_US)
    feeds = [CameraFeed(spool, camera, mixer) for camera in cameras]
    return Line(feeds, gate, composer, ladder)


def measure(asked: Asked, folder: Path) -> dict[str, object]:
    """Run the path over a record and return what it took."""
    spool = folder / "spool"
    cameras = record(spool, asked.clips, asked.seconds)
    with PublicRecording(folder / "broadcast") as recording, Head.open(spool) as head:
        writer = Writer(recording)
        timeline = Timeline([Piece(0, ORIGIN_US, 0)], TICK_US)
        ladder = Ladder(
            open_encoders(asked.rungs, FRAME_RATE), FRAME_RATE, timeline, {}, {}, writer
        )
        for name, track in ladder.tracks.items():
            recording.write_init(name, ladder.version(name), track.init_section())
        path = lay(asked, spool, cameras, ladder)
        for feed in path.feeds:
            feed.open(head, ORIGIN_US)
        ladder.start()
        before, threads_before, began = process_seconds(), threads_used(), time.monotonic()
        path.run(range(asked.ticks))
        threads = {
            name: used - threads_before.get(name, 0.0) for name, used in threads_used().items()
        }
        ladder.finish(asked.ticks)
        used, took = process_seconds() - before, time.monotonic() - began
    media = asked.media_s
    return {
        "rungs": [f"{one.id} {one.preset}" for one in asked.rungs],
        "media_s": media,
        "cpu_s_per_media_s": round(used / media, 4),
        "wall_s_per_media_s": round(took / media, 4),
        "threads": {name: round(one / media, 4) for name, one in sorted(threads.items())},
        "kbit_s": {name: round(one * 8 / media / 1000) for name, one in writer.bytes.items()},
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def parse(arguments: list[str] | None = None) -> Asked:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, nargs="+", help="1, 2, 4 or 6 clips with sound")
    parser.add_argument("--size", default="1280x720", help="the program picture's (1280x720)")
    parser.add_argument("--rungs", type=int, default=4, help="how many at most")
    parser.add_argument("--preset", choices=plan.PRESETS, default="superfast")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--masked", action="store_true", help="hide a part of the first camera")
    told = parser.parse_args(arguments)
    if len(told.clips) not in LAYOUTS:
        parser.error("there are layouts for 1, 2, 4 and 6 cameras")
    width, height = (int(side) for side in told.size.split("x"))
    chosen = rungs((width, height), told.preset, told.rungs)
    return Asked(tuple(told.clips), (width, height), chosen, told.seconds, told.masked)


def main() -> int:
    """Print one line of JSON."""
    asked = parse()
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(measure(asked, Path(folder))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
