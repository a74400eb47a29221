"""A picture as the encoders take it: 8 bit yuv420p, limited range BT.709, in one block of bytes.

The block has the shape ``av.VideoFrame.from_ndarray(block, "yuv420p")`` wants: (height * 3 / 2,
width), luma first, then the two chroma planes without padding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from media.program.layout import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
BLACK, NEUTRAL = 16, 128
# How H.264 names colours (ITU-T H.273): 5 and 6 are the two forms of BT.601.
_BT601 = {5, 6}
_BT709 = {1, 2}  # 2: not said


class Canvas:
    """A block of bytes with views of its three planes."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Make a black picture; raise ``ValueError`` unless both sides are even."""
        width, height = size
        if width < 2 or height < 2 or width % 2 or height % 2:  # noqa: PLR2004
            raise ValueError(f"{width}x{height}: both sides must be even")
        self.size = size
        self.block: Bytes = np.full((height * 3 // 2, width), NEUTRAL, np.uint8)
        flat = self.block.reshape(-1)
        luma, chroma = width * height, width * height // 4
        half = (height // 2, width // 2)
        self.planes: tuple[Bytes, Bytes, Bytes] = (
            flat[:luma].reshape(height, width),
            flat[luma : luma + chroma].reshape(half),
            flat[luma + chroma :].reshape(half),
        )
        self.planes[0][:] = BLACK

    def region(self, box: Box) -> tuple[Bytes, Bytes, Bytes]:
        """Return views of the three planes inside a box."""
        luma, blue, red = self.planes
        half = np.s_[box.y // 2 : box.bottom // 2, box.x // 2 : box.right // 2]
        return luma[box.y : box.bottom, box.x : box.right], blue[half], red[half]

    def fill(self, box: Box, colour: tuple[int, int, int]) -> None:
        """Paint a box in one colour (Y, Cb, Cr)."""
        for plane, value in zip(self.region(box), colour, strict=True):
            plane[:] = value

    def put(self, box: Box, planes: Sequence[Bytes]) -> None:
        """Copy three planes of the box's size into it."""
        for target, source in zip(self.region(box), planes, strict=True):
            np.copyto(target, source)


def planes_of(frame: av.VideoFrame) -> tuple[Bytes, Bytes, Bytes]:
    """Return read-only views of a yuv420p frame's planes, without their padding."""
    luma, blue, red = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[
            : plane.height, : plane.width
        ]
        for plane in frame.planes
    )
    for view in (luma, blue, red):
        view.flags.writeable = False
    return luma, blue, red


class Converter:
    """Brings decoded pictures into the program's form; one per camera, swscale keeps its tables."""

    def __init__(self) -> None:
        """Start without tables."""
        self._scaler = VideoReformatter()

    def convert(self, frame: av.VideoFrame, size: tuple[int, int]) -> av.VideoFrame:
        """Return a yuv420p frame of this size; the frame itself if it is one already.

        A picture that does not say its colours is taken for limited range BT.709.
        """
        full_range = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
        rgb = frame.format.is_rgb
        known = rgb or frame.colorspace in _BT709
        if frame.format.name == "yuv420p" and known and not full_range:
            if (frame.width, frame.height) == size:
                return frame
            return self._scaler.reformat(
                frame, *size, "yuv420p", interpolation="BICUBIC", threads=1
            )
        bt601 = frame.colorspace in _BT601
        return self._scaler.reformat(
            frame,
            *size,
            "yuv420p",
            src_colorspace=Colorspace.ITU601 if bt601 else Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            interpolation="BICUBIC",
            src_color_range=ColorRange.JPEG if full_range or rgb else ColorRange.MPEG,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )


def from_image(image: Image.Image) -> Canvas:
    """Return a canvas with a drawn RGB picture of even size."""
    canvas = Canvas(image.size)
    frame = av.VideoFrame.from_ndarray(np.asarray(image.convert("RGB")), format="rgb24")
    converted = Converter().convert(frame, image.size)
    canvas.put(Box(0, 0, *image.size), planes_of(converted))
    return canvas


def colour(red: int, green: int, blue: int) -> tuple[int, int, int]:
    """Return a colour as limited range BT.709 (ITU-R BT.709-6 §3)."""
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(16 + 219 / 255 * luma),
        round(128 + 224 / 255 * (blue - luma) / 1.8556),
        round(128 + 224 / 255 * (red - luma) / 1.5748),
    )


def shape(planes: Sequence[NDArray[np.uint8]]) -> tuple[int, int]:
    """Return width and height of three planes."""
    height, width = planes[0].shape
    return width, height
