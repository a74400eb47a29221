"""Real x264: parameter sets that never change, key frames only where they are asked for."""

import av
import numpy as np
import pytest

from media.cmaf.h264 import ParameterSets, nal_units
from media.errors import EncoderFailed
from media.ladder.plan import PRESETS, Rung
from media.ladder.video import VideoEncoder

pytestmark = pytest.mark.media


def rung(*, preset: str = "ultrafast", shared: bool = False, rate: int = 500_000) -> Rung:
    return Rung("v180", 320, 180, preset, rate, shared)  # type: ignore[arg-type]


def picture(number: int) -> av.VideoFrame:
    noise = np.random.default_rng(number).integers(60, 180, (270, 320), np.uint8)
    return av.VideoFrame.from_ndarray(noise, format="yuv420p")


@pytest.mark.parametrize("shared", [False, True])
def test_parameter_sets_are_the_same_whatever_the_preset(shared: bool) -> None:
    sets = {
        ParameterSets.find(VideoEncoder(rung(preset=preset, shared=shared), 25).parameter_sets)
        for preset in PRESETS
        for _ in range(2)
    }
    assert len(sets) == 1
    profile = sets.pop().sps[1:3]
    assert profile == (b"\x42\xc0" if shared else b"\x64\x00")  # constrained baseline, high


def test_one_access_unit_a_tick_and_key_frames_on_demand() -> None:
    encoder = VideoEncoder(rung(shared=True), 25)
    kinds = []
    for tick in range(1_000_000, 1_000_012):
        data = encoder.encode(picture(tick), tick, keyframe=tick % 6 == 4)
        kinds.append({unit[0] & 31 for unit in nal_units(data)} & {1, 5, 7, 8})
    assert kinds == [{5} if tick % 6 == 4 else {1} for tick in range(1_000_000, 1_000_012)]


def test_what_was_encoded_by_two_encoders_decodes_as_one() -> None:
    decoder = av.CodecContext.create("h264", "r")
    shown = []
    for start in (0, 5):
        encoder = VideoEncoder(rung(), 25)
        decoder.extradata = decoder.extradata or encoder.parameter_sets
        for tick in range(start, start + 5):
            packet = av.Packet(encoder.encode(picture(tick), tick, keyframe=tick == start))
            packet.pts = tick
            shown += [frame.pts for frame in decoder.decode(packet)]
    shown += [frame.pts for frame in decoder.decode(None)]
    assert shown == list(range(10))


def test_an_impossible_size_is_an_error_of_ours() -> None:
    with pytest.raises(EncoderFailed):
        VideoEncoder(Rung("v1", 0, 1, "ultrafast", 500_000, shared=False), 25)
