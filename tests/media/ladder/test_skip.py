"""Pictures that repeat the one before: read back by a real decoder, unnoticed by the encoder."""

import av
import numpy as np
import pytest

from media.cmaf.h264 import ParameterSets
from media.ladder.plan import Rung
from media.ladder.skip import SkipWriter, _protected
from media.ladder.video import VideoEncoder

SIZE = (322, 182)


def picture(number: int) -> av.VideoFrame:
    block = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
    block[: SIZE[1]] = np.random.default_rng(number).integers(40, 200, (SIZE[1], 1), np.uint8)
    return av.VideoFrame.from_ndarray(block, format="yuv420p")


@pytest.mark.media
def test_a_skipped_picture_shows_the_one_before_and_leaves_no_trace() -> None:
    rung = Rung("v182", *SIZE, "superfast", 2_000_000, shared=True)
    encoder, alone = VideoEncoder(rung, 25), VideoEncoder(rung, 25)
    writer = SkipWriter(ParameterSets.find(encoder.parameter_sets), *SIZE)
    decoder, plain = av.CodecContext.create("h264", "r"), av.CodecContext.create("h264", "r")
    decoder.extradata = plain.extradata = encoder.parameter_sets
    decoder.thread_count = plain.thread_count = 1

    def shown(context: av.CodecContext, data: bytes | None) -> list[np.ndarray]:
        packet = None if data is None else av.Packet(data)
        return [frame.to_ndarray() for frame in context.decode(packet)]  # type: ignore[attr-defined]

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
def test_streams_with_cabac_are_refused() -> None:
    encoder = VideoEncoder(Rung("v182", *SIZE, "superfast", 2_000_000, shared=False), 25)
    with pytest.raises(ValueError, match="CABAC"):
        SkipWriter(ParameterSets.find(encoder.parameter_sets), *SIZE)


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
