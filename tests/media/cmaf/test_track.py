"""Real pictures and sound, packaged and decoded again by an independent reader."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from media.hls.segmenter import Segmenter
from tests.media.hls.synthetic_stream import SEGMENTS, Encoded, encoded_sound, encoded_video

pytestmark = pytest.mark.media


def packaged(encoded: Encoded) -> bytes:
    segmenter = Segmenter(
        "x", encoded.track, samples_per_part=encoded.samples_per_part, parts_per_segment=6
    )
    parts = [segmenter.push(sample, 0, 0) for sample in encoded.samples]
    return encoded.track.init_section() + b"".join(part.payload for part in parts if part)


def test_every_picture_comes_back_at_its_time() -> None:
    encoded = encoded_video(180, 200_000)
    with av.open(io.BytesIO(packaged(encoded)), "r") as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.width, stream.codec_context.height) == (320, 180)
        assert stream.time_base == Fraction(1, 90_000)
        packets = [p for p in file.demux(stream) if p.size]
        assert [p.pts for p in packets] == [3600 * i for i in range(48 * SEGMENTS)]
        assert [i for i, p in enumerate(packets) if p.is_keyframe] == [0, 48]
        file.seek(0)
        pictures = [frame.to_ndarray(format="gray") for frame in file.decode(stream)]
    assert len(pictures) == 48 * SEGMENTS
    assert pictures[30].mean() > pictures[0].mean() + 10  # the background grows lighter


def test_sound_comes_back_from_its_first_sample() -> None:
    encoded = encoded_sound()
    assert encoded.track.codecs == "mp4a.40.2"
    with av.open(io.BytesIO(packaged(encoded)), "r") as file:
        frames = list(file.decode(audio=0))
    assert [frame.pts for frame in frames] == [1024 * i for i in range(90 * SEGMENTS)]
    assert frames[0].sample_rate == 48_000
    assert frames[0].layout.nb_channels == 2
    assert np.abs(frames[20].to_ndarray()).max() > 0.1


def test_codec_string_of_the_pictures() -> None:
    assert encoded_video(180, 200_000).track.codecs.startswith("avc1.42c0")
