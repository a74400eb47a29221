"""A small real stream for the tests: x264 pictures and AAC sound on the grid of the program.

Encoded once, then repeated without end: each period is a whole number of segments, and the sound
is one period of AAC packets repeated (a click at the joint does not matter to a packager).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from media.cmaf.fragment import Sample
from media.cmaf.h264 import ParameterSets
from media.cmaf.track import AudioTrack, Track, VideoTrack
from media.hls.segmenter import Position, Segmenter
from media.messages import Init, Part, Rendition, StreamInfo

TICKS, AAC_FRAMES, PARTS = 8, 15, 6  # of a part, of a part, of a segment
SEGMENTS = 2  # of the encoded period
PART_US = 320_000
START_US = 1_764_000_000_000_000


@dataclass(frozen=True)
class Encoded:
    """A track and the samples of one period, with the times of the first one."""

    rendition: Rendition
    track: Track
    samples: tuple[Sample, ...]
    samples_per_part: int

    def sample(self, number: int) -> Sample:
        """The sample of this number, counted from the start of the stream."""
        turn, index = divmod(number, len(self.samples))
        chosen = self.samples[index]
        shift = turn * sum(sample.duration for sample in self.samples)
        return Sample(
            chosen.data, chosen.dts + shift, chosen.pts + shift, chosen.duration, chosen.sync
        )


@cache
def encoded_video(height: int, bit_rate: int) -> Encoded:
    """Pictures with a moving bar, 25 a second, a key frame at each segment."""
    width = height * 16 // 9
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.bit_rate = bit_rate
    context.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x264-params": "keyint=48:min-keyint=48:scenecut=0:threads=1:repeat-headers=1",
    }
    packets = []
    for tick in range(TICKS * PARTS * SEGMENTS):
        picture = np.full((height, width, 3), 40 + tick % 100, np.uint8)
        picture[:, tick * 4 % width :][:, :16] = 230
        frame = av.VideoFrame.from_ndarray(picture, "rgb24")
        frame.pts = tick
        packets += context.encode(frame)
    packets += context.encode(None)
    samples = tuple(
        Sample(bytes(packet), 3600 * i, 3600 * i, 3600, packet.is_keyframe)
        for i, packet in enumerate(packets)
    )
    track = VideoTrack(ParameterSets.find(samples[0].data), width, height)
    size = sum(len(sample.data) for sample in samples)
    peak = max(sum(len(sample.data) for sample in samples[start : start + 48]) for start in (0, 48))
    rendition = Rendition(
        f"v{height}", "video", track.codecs, 90_000,
        bandwidth=int(peak * 8 / 1.92) + 8000,
        average_bandwidth=int(size * 8 / 3.84) + 6000,
        width=width, height=height, frame_rate=25.0,
    )  # fmt: skip
    return Encoded(rendition, track, samples, TICKS)


@cache
def encoded_sound() -> Encoded:
    """A tone in stereo, 48 kHz."""
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout, context.format = 48_000, "stereo", "fltp"
    context.bit_rate = 96_000
    context.time_base = Fraction(1, 48_000)
    wanted = AAC_FRAMES * PARTS * SEGMENTS
    packets = []
    for index in range(wanted + 4):
        at = (np.arange(1024) + 1024 * index) / 48_000
        tone = (0.2 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), "fltp", "stereo")
        frame.sample_rate, frame.pts = 48_000, 1024 * index
        packets += context.encode(frame)
    samples = tuple(
        Sample(bytes(packet), 1024 * i, 1024 * i, 1024, sync=True)
        for i, packet in enumerate(packets[2 : wanted + 2])
    )
    assert context.extradata is not None
    track = AudioTrack(bytes(context.extradata)[:2], 48_000, 2)
    rendition = Rendition("audio", "audio", track.codecs, 48_000, 110_000, 104_000, channels=2)
    return Encoded(rendition, track, samples, AAC_FRAMES)


class SyntheticStream:
    """Parts of several renditions, one part border after the other."""

    def __init__(
        self, *tracks: Encoded, start_us: int = START_US, at: dict[str, Position] | None = None
    ) -> None:
        self.tracks = tracks or (encoded_video(180, 200_000), encoded_sound())
        self.start_us = start_us
        self.segmenters = {
            encoded.rendition.id: Segmenter(
                encoded.rendition.id,
                encoded.track,
                samples_per_part=encoded.samples_per_part,
                parts_per_segment=PARTS,
                start=(at or {}).get(encoded.rendition.id),
            )
            for encoded in self.tracks
        }

    @property
    def info(self) -> StreamInfo:
        """What the stream consists of."""
        return StreamInfo("hearing", tuple(e.rendition for e in self.tracks), 320, PARTS, 2, 0)

    def inits(self) -> list[Init]:
        """The init sections."""
        return [Init(e.rendition.id, 1, e.track.init_section()) for e in self.tracks]

    def parts(self, *, epoch: int = 0) -> list[Part]:
        """The next part of each rendition."""
        made: list[Part] = []
        for encoded in self.tracks:
            segmenter = self.segmenters[encoded.rendition.id]
            part = None
            while part is None:
                sample = encoded.sample(segmenter.media_time // encoded.samples[0].duration)
                seconds = Fraction(sample.dts, encoded.rendition.timescale)
                court_us = self.start_us + int(seconds * 1_000_000)
                part = segmenter.push(sample, court_us, epoch)
            made.append(part)
        return made
