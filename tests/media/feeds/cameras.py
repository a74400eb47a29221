"""Small real clips and senders for the tests of feeds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from media.errors import FeedUnavailable
from media.feeds.demuxer import Demuxed
from media.feeds.loop import ClipPacket


def make_clip(
    path: Path,
    *,
    seconds: float = 1.6,
    size: tuple[int, int] = (320, 180),
    video: str | None = "libx264",
    sound: str | None = "aac",
) -> Path:
    """Encode a moving picture and a tone; H.264 main without B-frames, GOP 1 s."""
    with av.open(str(path), "w") as out:
        picture = _picture_stream(out, video, size) if video else None
        tone = _sound_stream(out, sound) if sound else None
        if picture is not None:
            _draw(out, picture, round(seconds * 25))
        if tone is not None:
            _sound(out, tone, seconds)
    return path


def _picture_stream(out: OutputContainer, codec: str, size: tuple[int, int]) -> VideoStream:
    stream = cast("VideoStream", out.add_stream(codec, rate=25))
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "25"}
    return stream


def _draw(out: OutputContainer, stream: VideoStream, count: int) -> None:
    width, height = stream.width, stream.height
    for index in range(count):
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        planes[:height] = np.roll(np.arange(width), index * 3).astype(np.uint8)[None]
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def _sound_stream(out: OutputContainer, codec: str) -> AudioStream:
    rate = 8000 if codec.startswith("pcm") else 48_000
    stream = cast("AudioStream", out.add_stream(codec, rate=rate))
    stream.codec_context.layout = "mono" if codec.startswith("pcm") else "stereo"
    return stream


def _sound(out: OutputContainer, stream: AudioStream, seconds: float) -> None:
    rate, block = stream.codec_context.sample_rate, stream.codec_context.frame_size or 160
    for at in range(0, round(seconds * rate) // block * block, block):
        wave = np.sin(np.arange(at, at + block) * (2 * np.pi * 440 / rate)) * 0.25
        if rate == 8000:
            samples = (wave * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        else:
            tone = np.stack([wave, wave]).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def packets_of(items: Sequence[object]) -> list[ClipPacket]:
    """Return the packets among what a demuxer gave."""
    return [item.packet for item in items if isinstance(item, Demuxed)]


def code_of(action: Callable[[], object]) -> str:
    """Run something that must fail with an issue code; return the code."""
    try:
        action()
    except FeedUnavailable as problem:
        return problem.code
    raise AssertionError("it did not fail")


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that another process or thread brings about."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)  # nothing tells: it happens in another process
