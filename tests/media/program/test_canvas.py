import av
import numpy as np
import pytest
from PIL import Image

from media.program.canvas import Canvas, Converter, colour, from_image, planes_of
from media.program.layout import Box

RED = (200, 30, 40)


def test_a_block_is_what_a_frame_is_made_from() -> None:
    canvas = Canvas((64, 36))
    canvas.fill(Box(8, 4, 20, 10), (90, 70, 200))
    frame = av.VideoFrame.from_ndarray(canvas.block, format="yuv420p")
    for ours, theirs in zip(canvas.planes, planes_of(frame), strict=True):
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("size", [(63, 36), (64, 35), (0, 2)])
def test_odd_sides_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="even"):
        Canvas(size)


@pytest.mark.parametrize("form", ["rgb24", "yuvj420p", "yuv444p", "nv12", "yuvj422p", "gbrp"])
def test_any_form_becomes_limited_range_bt709(form: str) -> None:
    pixels = np.full((36, 64, 3), RED, np.uint8)
    source = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    if form != "rgb24":
        full = 2 if form.startswith("yuvj") else 1
        source = source.reformat(format=form, dst_colorspace=1, dst_color_range=full)
    planes = planes_of(Converter().convert(source, (64, 36)))
    for plane, expected in zip(planes, colour(*RED), strict=True):
        assert abs(int(plane[9, 9]) - expected) <= 2


def test_a_picture_in_the_programs_form_is_not_copied() -> None:
    frame = av.VideoFrame(64, 36, "yuv420p")
    assert Converter().convert(frame, (64, 36)) is frame


def test_views_of_a_decoded_frame_cannot_be_written() -> None:
    luma, _, _ = planes_of(av.VideoFrame(64, 36, "yuv420p"))
    with pytest.raises(ValueError, match="read-only"):
        luma[0, 0] = 1


def test_a_drawing_keeps_its_colours() -> None:
    canvas = from_image(Image.new("RGB", (64, 36), RED))
    for plane, expected in zip(canvas.planes, colour(*RED), strict=True):
        assert np.abs(plane.astype(int) - expected).max() <= 2
