"""How good the rungs look beside the ffmpeg program's: ``python -m tests.bench.quality CLIP``.

The clip's pictures go through the ladder as they are, without overlay; the ffmpeg program encodes
the same clip to the same rungs at three qualities around ours. Both are judged by VMAF against the
clip, at the clip's size; the program's score is read off at our bit rate. Prints one line of JSON.
The ffmpeg program with libvmaf is the one that comes with the project's dependencies.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

from media.direction import Direction
from media.gate import Gate, OrderRecord
from media.ladder import plan
from media.ladder.stations import TICKS_PER_PART
from media.ladder.threads import Ladder
from media.ladder.video import open_encoders
from media.marks import Templates
from media.program.canvas import Bytes, Canvas, planes_of
from media.program.layout import Box
from media.program.slate import Slates
from media.program.sound import Mixer
from media.recording.index import PublicRecording
from media.release import PICTURES_IN_USE, CameraView, Composer
from media.timeline import Piece, Timeline
from tests.bench.path import FRAME_RATE, ORIGIN_US, TEXT, TICK_US, Writer, rungs

QUALITIES = (20, 23, 26)
KEY_EVERY = 48
EVERY = 4  # pictures are judged by one in so many


class Plain:
    """Shows the camera's picture and nothing else."""

    cameras = ("a",)

    def __init__(self, size: tuple[int, int]) -> None:
        self._canvases = [Canvas(size) for _ in range(PICTURES_IN_USE)]
        self._whole = Box(0, 0, *size)

    def arrange(self, layout: str, cameras: object) -> None:
        """There is one arrangement."""

    def mask(self, camera: str, masks: object) -> None:
        """Nothing is masked."""

    def compose(self, pictures: Mapping[str, av.VideoFrame | None], court_us: int) -> Bytes:
        """Return the picture as the ladder takes it."""
        canvas = self._canvases[court_us // TICK_US % PICTURES_IN_USE]
        frame = pictures["a"]
        if frame is not None:
            canvas.put(self._whole, planes_of(frame))
        return canvas.block


def encode(frames: list[av.VideoFrame], made: tuple[plan.Rung, ...], folder: Path) -> None:
    """Write the ladder's public recording of these pictures."""
    size = frames[0].width, frames[0].height
    with PublicRecording(folder) as recording:
        timeline = Timeline([Piece(0, ORIGIN_US, 0)], TICK_US)
        ladder = Ladder(
            open_encoders(made, FRAME_RATE), FRAME_RATE, timeline, {}, {}, Writer(recording)
        )
        for name, track in ladder.tracks.items():
            recording.write_init(name, ladder.version(name), track.init_section())
        gate = Gate()
        gate.add(OrderRecord(1, "start", ORIGIN_US - 1_000_000, "1", "bench"), ORIGIN_US)
        direction = Direction("single", ["a"], Templates({}))
        composer = Composer(gate, direction, Plain(size), Slates(size, TEXT), Mixer(["a"]), TICK_US)
        ladder.start()
        for tick, frame in enumerate(frames):
            court_us = ORIGIN_US + tick * TICK_US
            views = {"a": CameraView(frame, court_us, lost=False)}
            ladder.encode(composer.compose(tick, court_us, gate.verdict(court_us), views))
        ladder.finish(len(frames))


def joined(folder: Path, rung: plan.Rung) -> Path:
    """Return one file with all of a rung's public recording."""
    files = folder / "public" / rung.id
    whole = folder / f"{rung.id}.mp4"
    segments = sorted(files.glob("*.m4s"), key=lambda path: int(path.stem))
    parts = [files / "init-1.mp4", *segments]
    whole.write_bytes(b"".join(path.read_bytes() for path in parts))
    return whole


def encode_plain(ffmpeg: Path, clip: Path, rung: plan.Rung, quality: int, to: Path) -> None:
    """Let the ffmpeg program encode a rung."""
    command = [str(ffmpeg), "-hide_banner", "-loglevel", "error", "-y", "-i", str(clip)]
    command += ["-vf", f"scale={rung.width}:{rung.height}", "-an", "-c:v", "libx264"]
    command += ["-preset", rung.preset, "-tune", "zerolatency", "-profile:v", rung.profile]
    command += ["-crf", str(quality), "-maxrate", str(rung.max_rate), "-bufsize"]
    command += [str(rung.max_rate // 2), "-g", str(KEY_EVERY), "-sc_threshold", "0"]
    subprocess.run([*command, "-threads", "1", str(to)], check=True)


def kilobits(file: Path, seconds: float) -> float:
    """Return a file's bit rate."""
    return file.stat().st_size * 8 / seconds / 1000


def vmaf(ffmpeg: Path, file: Path, clip: Path, size: tuple[int, int]) -> float:
    """Return the mean score of a file against the clip."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "vmaf.json"
        graph = (
            f"[0:v]settb=1/25,setpts=N,scale={size[0]}:{size[1]}:flags=bicubic[a];[1:v]settb=1/25,setpts=N[b];"
            f"[a][b]libvmaf=log_fmt=json:log_path={log}:n_subsample={EVERY}:n_threads=2"
        )
        command = [str(ffmpeg), "-hide_banner", "-loglevel", "error", "-i", str(file)]
        command += ["-i", str(clip), "-lavfi", graph, "-f", "null", "-"]
        subprocess.run(command, check=True)
        return float(json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"])


def compare(ffmpeg: Path, clip: Path, preset: plan.Preset, most: int) -> dict[str, object]:
    """Return scores and bit rates of all rungs."""
    with av.open(str(clip)) as container:
        frames = list(container.decode(video=0))
    frames = frames[: len(frames) // TICKS_PER_PART * TICKS_PER_PART]
    size, seconds = (frames[0].width, frames[0].height), len(frames) / FRAME_RATE
    made, told = rungs(size, preset, most), {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        encode(frames, made, folder)
        for rung in made:
            ours = joined(folder, rung)
            rate, score = kilobits(ours, seconds), vmaf(ffmpeg, ours, clip, size)
            points = []
            for quality in QUALITIES:
                other = folder / "plain.mp4"
                encode_plain(ffmpeg, clip, rung, quality, other)
                points.append((kilobits(other, seconds), vmaf(ffmpeg, other, clip, size)))
            rates, scores = zip(*sorted(points), strict=True)
            at_our_rate = float(np.interp(math.log(rate), [math.log(one) for one in rates], scores))
            told[rung.id] = {
                "kbit_s": round(rate),
                "vmaf": round(score, 2),
                "program_at_that_rate": round(at_our_rate, 2),
                "program": [(round(one), round(value, 2)) for one, value in points],
            }
    return {"preset": preset, "media_s": seconds, "rungs": told}


def main() -> int:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path, help="some seconds, 25 pictures a second")
    parser.add_argument("--preset", choices=plan.PRESETS, default="superfast")
    parser.add_argument("--rungs", type=int, default=4)
    asked = parser.parse_args()
    ffmpeg = Path(imageio_ffmpeg.get_ffmpeg_exe())
    told = compare(ffmpeg, asked.clip.absolute(), asked.preset, asked.rungs)
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
