"""A camera whose picture says which frame it is: a drawn clip, sent by the project's own sender.

``python -m tests.story.clock_camera DIRECTORY`` makes the clip and sends it until stopped; its line
of JSON tells the address and when the first frame left (court time is the machine's time).
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np

from tests.story import clock_strip

Codec = Literal["libx264", "libx265"]
SIZE = (640, 360)
FRAMES = 1536
FRAME_RATE, SAMPLE_RATE, SOUND_FRAME = 25, 48_000, 1024
FRAME_MS = 1000 // FRAME_RATE
TURN_MS = FRAMES * FRAME_MS
SHORT_FRAMES = FRAMES // 4
SHORT_TURN_MS = SHORT_FRAMES * FRAME_MS
"""61.44 s: so many pictures are whole sound frames too, so that the border is not heard."""
TONE_HZ, TONE_LEVEL = 437.5, 0.1  # a whole number of waves in each turn; −23 dBFS


@dataclass(frozen=True)
class ClockCamera:
    """Where the camera is, and when its first picture left it (Unix milliseconds).

    ``pid`` is the process that sends, ``turn_ms`` the length of the clip.
    """

    clip: Path
    url: str
    started_ms: float
    pid: int
    turn_ms: int = TURN_MS

    def court_ms(self, number: int, near_ms: float) -> float:
        """Return when the picture with this number was taken, the time nearest to another."""
        first = self.started_ms + number * FRAME_MS
        return first + round((near_ms - first) / self.turn_ms) * self.turn_ms


@contextlib.contextmanager
def sending(clip: Path, port: int = 0, turn_ms: int = TURN_MS) -> Iterator[ClockCamera]:
    """Send the clip as a camera does, as long as the block lasts."""
    listen = f"--listen=127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "media.feeds.rtsp_sender", listen, f"room={clip}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            if process.stdout is None or not (line := process.stdout.readline()):
                raise RuntimeError("the camera did not start")
            told = json.loads(line)
            started_ms = told["started_us"] / 1000
            yield ClockCamera(clip, told["urls"]["room"], started_ms, process.pid, turn_ms)
        finally:
            process.terminate()


def make_clip(
    path: Path, size: tuple[int, int] = SIZE, codec: Codec = "libx264", frames: int = FRAMES
) -> Path:
    """Encode one turn: a moving picture with the strip, and a tone without end."""
    with av.open(str(path), "w") as out:
        picture = out.add_stream(codec, rate=FRAME_RATE)
        sound = out.add_stream("aac", rate=SAMPLE_RATE)
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        picture.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(FRAME_RATE)}
        if codec == "libx265":
            picture.codec_tag = "hvc1"
            picture.options |= {"x265-params": "log-level=none"}
        sound.codec_context.layout = "stereo"
        for number in range(frames):
            out.mux(picture.encode(_frame(number, size)))
        out.mux(picture.encode(None))
        for first in range(0, frames * SAMPLE_RATE // FRAME_RATE, SOUND_FRAME):
            out.mux(sound.encode(_tone(first)))
        out.mux(sound.encode(None))
    return path


def _frame(number: int, size: tuple[int, int]) -> av.VideoFrame:
    width, height = size
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = 64
    at = number * 2 % (width - 40)
    planes[height // 3 : height // 2, at : at + 40] = 180
    clock_strip.draw(planes[:height], number)
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
    return frame


def _tone(first: int) -> av.AudioFrame:
    at = np.arange(first, first + SOUND_FRAME)
    wave = (np.sin(at * (2 * np.pi * TONE_HZ / SAMPLE_RATE)) * TONE_LEVEL).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, first, Fraction(1, SAMPLE_RATE)
    return frame


def main() -> None:
    """Send until stopped; for trying the service by hand."""
    clip = Path(sys.argv[1]) / "clock.mp4"
    if not clip.exists():
        make_clip(clip)
    with sending(clip) as camera:
        sys.stdout.write(json.dumps({"url": camera.url, "started_ms": camera.started_ms}) + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read()


if __name__ == "__main__":
    main()
