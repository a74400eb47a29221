"""JPEG pictures of what the public sees."""

from __future__ import annotations

from fractions import Fraction

import av
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from media.errors import EncoderFailed

MAX_WIDTH = 640
_QUALITY = 4  # libav's scale: 2 best, 31 worst
_LAMBDA = 118  # FF_QP2LAMBDA
_TIME_BASE = Fraction(1, 25)


class StillEncoder:
    """Turns program pictures into JPEGs of at most 640 pixels width. For one thread."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._count = 0
        self._context: av.VideoCodecContext | None = None

    def encode(self, frame: av.VideoFrame) -> bytes:
        """Return a JPEG; the frame is only read."""
        width = min(MAX_WIDTH, frame.width)
        height = max(2, round(frame.height * width / frame.width / 2) * 2)
        # JFIF pictures are full range BT.601.
        small = self._scaler.reformat(
            frame,
            width,
            height,
            "yuvj420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU601,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation="BICUBLIN",
            threads=1,
        )
        context = self._context
        if context is None or (context.width, context.height) != (width, height):
            context = self._context = _open(width, height)
        self._count += 1
        small.pts = self._count
        small.time_base = _TIME_BASE
        try:
            packets = context.encode(small)
        except av.FFmpegError as problem:
            raise EncoderFailed("thumbnail") from problem
        return b"".join(bytes(packet) for packet in packets)


def _open(width: int, height: int) -> av.VideoCodecContext:
    context = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt = width, height, "yuvj420p"
    context.time_base = _TIME_BASE
    context.thread_count = 1
    context.options = {"flags": "+qscale", "global_quality": str(_QUALITY * _LAMBDA)}
    try:
        context.open()
    except (av.FFmpegError, ValueError) as problem:
        raise EncoderFailed("thumbnail") from problem
    return context
