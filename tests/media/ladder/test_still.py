"""JPEGs of the program."""

import io

import av
import numpy as np
import pytest
from PIL import Image

from media.ladder.still import StillEncoder


@pytest.mark.media
def test_a_still_is_a_small_jpeg_of_the_right_brightness() -> None:
    encoder = StillEncoder()
    for size, expected in (((1280, 720), (640, 360)), ((320, 180), (320, 180))):
        block = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
        block[: size[1]] = 235  # white in limited range
        for _ in range(2):
            jpeg = encoder.encode(av.VideoFrame.from_ndarray(block, format="yuv420p"))
            with Image.open(io.BytesIO(jpeg)) as image:
                assert image.format == "JPEG"
                assert image.size == expected
                assert np.asarray(image.convert("L")).min() >= 250
