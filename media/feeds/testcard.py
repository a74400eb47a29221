"""A test card as a camera: a moving picture and a beep each second, encoded as a camera would.

``testcard:?size=640x360`` (even numbers up to 1920x1080). No text: whoever has no camera yet sees
and hears that picture, sound and their step work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from media.errors import FeedLost, FeedUnavailable
from media.feeds import issues
from media.feeds.arrival import Arrived
from media.feeds.parameters import H264, ParameterSets
from media.feeds.timestamps import Timing
from media.spool.record import Stream, StreamDescription

_FRAME_RATE = 25
_SAMPLE_RATE = 48_000
_SOUND_FRAME = 1024
_TICK_US = 1_000_000 // _FRAME_RATE
_BARS = ((180, 128, 128), (162, 44, 142), (131, 156, 44), (112, 72, 58), (84, 184, 198))
_LEAST, _MOST = 64, 1920
_GLOBAL_HEADER = 1 << 22


def _size(url: str) -> tuple[int, int]:
    asked = parse_qs(urlsplit(url).query).get("size", ["640x360"])[-1]
    try:
        width, height = (int(number) for number in asked.split("x"))
    except ValueError:
        width = height = 0
    if not (_LEAST <= width <= _MOST and _LEAST <= height <= _MOST) or (width | height) & 1:
        raise FeedUnavailable(issues.UNSUPPORTED, "the test card's size")
    return width, height


class TestcardSource:
    """Draws, sounds and encodes in real time."""

    __test__ = False  # not a test, whatever pytest thinks of the name

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._url, self._now_us = url, now_us
        self._video: VideoCodecContext | None = None
        self._audio: AudioCodecContext | None = None
        self._card: list[NDArray[np.uint8]] = []
        self._sets = ParameterSets(H264, b"")
        self._begun_us = self._tick = self._samples = 0

    def open(self) -> list[StreamDescription]:
        """Open the encoders; raises ``FeedUnavailable`` for a size that cannot be."""
        width, height = _size(self._url)
        self._video, self._audio = _video_encoder(width, height), _audio_encoder()
        self._card = _card(width, height)
        sets = bytes(self._video.extradata or b"")
        self._sets = ParameterSets(H264, sets)
        self._begun_us, self._tick, self._samples = self._now_us(), 0, 0
        asc = bytes(self._audio.extradata or b"")
        return [
            StreamDescription("video", "h264", self._sets.annex_b, width, height, 0, 0),
            StreamDescription("audio", "aac", asc, 0, 0, _SAMPLE_RATE, 2),
        ]

    def read(self) -> list[Arrived | StreamDescription]:
        """Return the next picture and the sound up to it when its time has come."""
        if self._video is None or self._audio is None:
            raise FeedLost(issues.CLOSED)
        ahead = self._begun_us + self._tick * _TICK_US - self._now_us()
        if ahead > 0:
            time.sleep(ahead / 1_000_000)
        made: list[Arrived | StreamDescription] = []
        for packet in self._video.encode(self._picture()):
            checked = self._sets.check(bytes(packet))
            made.append(self._arrived("video", packet, checked.payload, key=checked.keyframe))
        self._tick += 1
        while self._samples * _FRAME_RATE <= self._tick * _SAMPLE_RATE - _SOUND_FRAME * _FRAME_RATE:
            sounds = self._audio.encode(self._beep())
            made.extend(self._arrived("audio", sound, bytes(sound), key=True) for sound in sounds)
            self._samples += _SOUND_FRAME
        return made

    def _arrived(
        self, stream: Stream, packet: av.Packet[Any], payload: bytes, *, key: bool
    ) -> Arrived:
        rate = _FRAME_RATE if stream == "video" else _SAMPLE_RATE
        pts_us = round((packet.pts or 0) * 1_000_000 / rate)
        duration_us = _TICK_US if stream == "video" else _SOUND_FRAME * 1_000_000 // _SAMPLE_RATE
        now_us = self._now_us()
        # drawn, not captured: its court time is when it was due, whatever the encoder took
        timing = Timing(stream, pts_us, pts_us, duration_us, self._begun_us + pts_us, True)  # noqa: FBT003
        return Arrived(timing, now_us, key, is_lawful=True, payload=payload)

    def _picture(self) -> av.VideoFrame:
        frame = av.VideoFrame(self._card[0].shape[1], self._card[0].shape[0], "yuv420p")
        luma = self._card[0].copy()
        height, width = luma.shape
        at = self._tick * width // (4 * _FRAME_RATE) % (width - width // 16)
        luma[height * 3 // 4 :, at : at + width // 16] = 235
        for plane, data in zip(frame.planes, (luma, *self._card[1:]), strict=True):
            padded = np.zeros((data.shape[0], plane.line_size), np.uint8)
            padded[:, : data.shape[1]] = data
            plane.update(padded.tobytes())
        frame.pts, frame.time_base = self._tick, Fraction(1, _FRAME_RATE)
        return frame

    def _beep(self) -> av.AudioFrame:
        at = np.arange(self._samples, self._samples + _SOUND_FRAME)
        is_on = at % _SAMPLE_RATE < _SAMPLE_RATE // 10
        wave = (np.sin(at * (2 * np.pi * 1000 / _SAMPLE_RATE)) * 0.1 * is_on).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = _SAMPLE_RATE, self._samples
        frame.time_base = Fraction(1, _SAMPLE_RATE)
        return frame

    def close(self) -> None:
        """Let the encoders go."""
        self._video = self._audio = None


def _card(width: int, height: int) -> list[NDArray[np.uint8]]:
    planes = [np.full((height, width), 16, np.uint8)]
    planes += [np.full((height // 2, width // 2), 128, np.uint8) for _ in range(2)]
    for index, bar in enumerate(_BARS):
        for plane, level in zip(planes, bar, strict=True):
            rows, columns = plane.shape
            left, right = index * columns // len(_BARS), (index + 1) * columns // len(_BARS)
            plane[: rows * 3 // 4, left:right] = level
    return planes


def _video_encoder(width: int, height: int) -> VideoCodecContext:
    context = av.CodecContext.create("libx264", "w")
    if not isinstance(context, VideoCodecContext):
        raise FeedUnavailable(issues.UNSUPPORTED, "no H.264 encoder")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, _FRAME_RATE), Fraction(_FRAME_RATE)
    context.bit_rate, context.gop_size, context.thread_count = 600_000, _FRAME_RATE, 1
    context.flags |= _GLOBAL_HEADER
    context.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "main"}
    context.open()
    return context


def _audio_encoder() -> AudioCodecContext:
    context = av.CodecContext.create("aac", "w")
    if not isinstance(context, AudioCodecContext):
        raise FeedUnavailable(issues.UNSUPPORTED, "no AAC encoder")
    context.sample_rate, context.bit_rate = _SAMPLE_RATE, 96_000
    context.layout, context.format = "stereo", "fltp"
    context.time_base = Fraction(1, _SAMPLE_RATE)
    context.flags |= _GLOBAL_HEADER
    context.open()
    return context
