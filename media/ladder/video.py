"""One rung of the ladder: an x264 encoder whose parameter sets never change.

Everything that reaches the sequence or picture parameter set (H.264 §7.3.2) is pinned here,
whatever the preset: profile, level, references, CABAC, 8x8 transform, weighted prediction, colours,
timing, and the constant quality that gives ``pic_init_qp``. So an encoder can be opened again after
a crash, or with a faster preset, and the init section still holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
from av.codec.context import Flags
from av.video.frame import PictureType

from media.errors import EncoderFailed
from media.ladder.plan import Rung

TIMESCALE = 90_000
_BT709 = 1
_LIMITED = 1
_QUALITY = 23
_FRAME_DURATION = 1 << 8  # AV_CODEC_FLAG_FRAME_DURATION: else libx264 gives packets no duration
# Frame size in macroblocks up to which a level suffices at 30 pictures a second (Table A-1).
_LEVELS = ((1_350, "3.0"), (3_600, "3.1"), (8_192, "4.0"), (22_080, "5.0"), (1 << 30, "5.2"))


class VideoEncoder:
    """Encodes the pictures of one rung, one packet for each. For one thread."""

    def __init__(self, rung: Rung, frame_rate: int) -> None:
        """Open the encoder; raises ``EncoderFailed``."""
        self._ticks = TIMESCALE // frame_rate
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = rung.width, rung.height, "yuv420p"
        context.time_base = Fraction(1, TIMESCALE)
        context.framerate = Fraction(frame_rate, 1)
        context.thread_count = 1
        context.flags |= Flags.global_header | _FRAME_DURATION
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        context.options = _options(rung)
        try:
            context.open()
        except (av.FFmpegError, ValueError) as problem:
            raise EncoderFailed(f"{rung.id} at {rung.width}x{rung.height}") from problem
        self._context = context
        self.rung = rung

    @property
    def parameter_sets(self) -> bytes:
        """SPS and PPS in Annex B, as the encoder wrote them at its opening."""
        return bytes(self._context.extradata or b"")

    def encode(self, frame: av.VideoFrame, tick: int, *, keyframe: bool) -> bytes:
        """Return the picture of a tick as an Annex B access unit without parameter sets.

        Ticks come in rising order. The frame must belong to this encoder alone.
        """
        frame.pts = tick * self._ticks
        frame.time_base = Fraction(1, TIMESCALE)
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        try:
            packets = self._context.encode(frame)
        except av.FFmpegError as problem:
            raise EncoderFailed(f"{self.rung.id} at tick {tick}") from problem
        if len(packets) != 1 or packets[0].pts != frame.pts:
            raise EncoderFailed(f"{self.rung.id} gave {len(packets)} packets for tick {tick}")
        if keyframe and not packets[0].is_keyframe:
            raise EncoderFailed(f"{self.rung.id} gave no key frame at tick {tick}")
        return bytes(packets[0])


def open_encoders(rungs: Sequence[Rung], frame_rate: int) -> list[VideoEncoder]:
    """Open one for each rung; raises ``EncoderFailed``."""
    return [VideoEncoder(rung, frame_rate) for rung in rungs]


def _options(rung: Rung) -> dict[str, str]:
    macroblocks = -(-rung.width // 16) * -(-rung.height // 16)
    level = next(level for most, level in _LEVELS if macroblocks <= most)
    entropy = int(not rung.shared)  # baseline has neither CABAC nor the 8x8 transform
    private = {
        "keyint": "infinite",
        "min-keyint": 1,
        "scenecut": 0,
        "open-gop": 0,
        "bframes": 0,
        "ref": 1,
        "weightp": 0,
        "cabac": entropy,
        "8x8dct": entropy,
        "threads": 1,
        "sliced-threads": 0,
        "rc-lookahead": 0,
        "mbtree": 0,
        "aud": 0,
        "nal-hrd": "none",
    }
    return {
        "preset": rung.preset,
        "tune": "zerolatency",
        "profile": rung.profile,
        "level": level,
        "forced-idr": "1",
        # Constant quality under a ceiling: a still room costs next to nothing.
        "crf": str(_QUALITY),
        "maxrate": str(rung.max_rate),
        "bufsize": str(rung.max_rate // 2),
        "x264-params": ":".join(f"{name}={value}" for name, value in private.items()),
    }
