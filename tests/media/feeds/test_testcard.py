"""The test card is what a camera would send."""

from __future__ import annotations

import time

import av
import numpy as np
import pytest

from media.feeds.arrival import Arrived
from media.feeds.testcard import TestcardSource
from tests.media.feeds.cameras import code_of

pytestmark = pytest.mark.media


def now_us() -> int:
    return time.monotonic_ns() // 1000


def test_it_moves_and_beeps() -> None:
    source = TestcardSource("testcard:?size=128x96", now_us)
    described = source.open()
    assert [(known.codec, known.width) for known in described] == [("h264", 128), ("aac", 0)]
    found: list[Arrived] = []
    while len(found) < 60:
        found += [item for item in source.read() if isinstance(item, Arrived)]
    source.close()
    video = av.CodecContext.create("h264", "r")
    audio = av.CodecContext.create("aac", "r")
    audio.extradata = described[1].extradata
    pictures = [item for item in found if item.timing.stream == "video"]
    assert pictures[0].keyframe
    shown = [frame for item in pictures for frame in video.decode(av.Packet(item.payload))]
    assert len({frame.to_ndarray().tobytes() for frame in shown}) > 10
    sounds = [item for item in found if item.timing.stream == "audio"]
    heard = [frame for item in sounds for frame in audio.decode(av.Packet(item.payload))]
    assert max(float(np.abs(frame.to_ndarray()).max()) for frame in heard) > 0.05


@pytest.mark.parametrize("size", ["1x1", "641x360", "banana", "9999x9999", "-2x-2"])
def test_sizes_that_cannot_be(size: str) -> None:
    assert code_of(TestcardSource(f"testcard:?size={size}", now_us).open) == "unsupported"
