"""Pictures that repeat the one before: read back by a real decoder, unnoticed by the encoder."""

import av
import numpy as np
import pytest

from media.cmaf.h264 import ParameterSets
from media.ladder.plan import Rung
from media.ladder.skip import SkipWriter, _protected
from media.ladder.video import VideoEncoder

SIZE = (322, 182)


def picture(number: int, size: tuple[int, int] = SIZE) -> av.VideoFrame:
    width, height = size
    block = np.full((height * 3 // 2, width), 128, np.uint8)
    block[:height] = np.random.default_rng(number).integers(40, 200, (height, 1), np.uint8)
    return av.VideoFrame.from_ndarray(block, format="yuv420p")


def decoder_of(encoder: VideoEncoder) -> av.CodecContext:
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = encoder.parameter_sets
    decoder.thread_count = 1
    decoder.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
    return decoder


def shown(context: av.CodecContext, data: bytes | None) -> list[np.ndarray]:
    packet = None if data is None else av.Packet(data)
    return [frame.to_ndarray() for frame in context.decode(packet)]  # type: ignore[attr-defined]


def rung(shared: bool, size: tuple[int, int] = SIZE) -> Rung:
    return Rung("v182", *size, "superfast", 2_000_000, shared=shared)


@pytest.mark.media
@pytest.mark.parametrize("shared", [True, False], ids=["cavlc", "cabac"])
def test_a_skipped_picture_shows_the_one_before_and_leaves_no_trace(shared: bool) -> None:
    encoder, alone = VideoEncoder(rung(shared), 25), VideoEncoder(rung(shared), 25)
    writer = SkipWriter(ParameterSets.find(encoder.parameter_sets), *SIZE)
    decoder, plain = decoder_of(encoder), decoder_of(alone)
    repeated, wanted = [], []
    for tick in range(0, 80, 2):
        keyframe = tick in {0, 48}
        repeated += shown(decoder, encoder.encode(picture(tick), tick, keyframe=keyframe))
        writer.encoded(keyframe=keyframe)
        repeated += shown(decoder, writer.picture())
        wanted += shown(plain, alone.encode(picture(tick), tick, keyframe=keyframe))
    repeated += shown(decoder, None)
    wanted += shown(plain, None)
    assert len(wanted) == 40
    assert len(repeated) == 80
    for index, expected in enumerate(wanted):
        assert np.array_equal(repeated[2 * index], expected)
        assert np.array_equal(repeated[2 * index + 1], expected)


@pytest.mark.media
@pytest.mark.parametrize("shared", [True, False], ids=["cavlc", "cabac"])
@pytest.mark.parametrize("size", [SIZE, (1280, 720)])
def test_a_picture_may_stand_until_the_next_key_frame(shared: bool, size: tuple[int, int]) -> None:
    """As long as a segment, more than once, and with pictures of the encoder before it."""
    encoder, alone = VideoEncoder(rung(shared, size), 25), VideoEncoder(rung(shared, size), 25)
    writer = SkipWriter(ParameterSets.find(encoder.parameter_sets), *size)
    decoder, plain = decoder_of(encoder), decoder_of(alone)
    stood, wanted = [], []
    for tick in (0, 48, 96):
        stood += shown(decoder, encoder.encode(picture(tick, size), tick, keyframe=True))
        writer.encoded(keyframe=True)
        wanted += shown(plain, alone.encode(picture(tick, size), tick, keyframe=True))
        last = tick
        if tick == 48:
            last = 49
            stood += shown(decoder, encoder.encode(picture(last, size), last, keyframe=False))
            writer.encoded(keyframe=False)
            wanted += shown(plain, alone.encode(picture(last, size), last, keyframe=False))
        for _ in range(last + 1, tick + 48):
            stood += shown(decoder, writer.picture(reference=True))
    stood += shown(decoder, None)
    wanted += shown(plain, None)
    assert len(stood) == 144
    for tick, one in enumerate(stood):
        expected = wanted[(0, 2, 3)[tick // 48] if tick != 48 else 1]
        assert np.array_equal(one, expected), tick


@pytest.mark.parametrize(
    ("payload", "written"),
    [
        (b"\0\0\0\0\0", b"\0\0\3\0\0\3\0"),
        (b"\1\0\0\3\0", b"\1\0\0\3\3\0"),
        (b"\0\0\4\0\1", b"\0\0\4\0\1"),
    ],
)
def test_no_start_code_is_imitated(payload: bytes, written: bytes) -> None:
    assert _protected(payload) == written
