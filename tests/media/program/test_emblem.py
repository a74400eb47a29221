import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from media.assignment import ProgramText
from media.program.canvas import Canvas
from media.program.compositor import Compositor
from media.program.emblem import MOST_BYTES, Emblem, opened
from media.program.overlay import Overlay

NOW = 1_795_399_353_400_000


def png(size: tuple[int, int] = (200, 200)) -> str:
    """Return a red disc on nothing."""
    picture = Image.new("RGBA", size)
    ImageDraw.Draw(picture).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=(200, 16, 16, 255))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_it_stands_above_the_caption_in_its_colour_and_covers_nothing_else() -> None:
    overlay = Overlay((1280, 720), court="法院", case_number="1", time_zone="UTC", emblem=png())
    plain = Overlay((1280, 720), court="法院", case_number="1", time_zone="UTC")
    with_it, without = Canvas((1280, 720)), Canvas((1280, 720))
    overlay.draw(with_it, NOW)
    plain.draw(without, NOW)
    rows, columns = np.nonzero(with_it.planes[0] != without.planes[0])
    box = next(box for box in overlay.boxes if box not in plain.boxes)
    assert box.y > 720 // 2
    assert box.bottom <= plain.boxes[0].y
    assert box.y <= rows.min() <= rows.max() < box.bottom
    assert box.x <= columns.min() <= columns.max() < box.right
    middle = (box.y + box.height // 2) // 2, (box.x + box.width // 2) // 2
    assert with_it.planes[2][middle] > 180  # red


def test_what_is_transparent_lets_the_picture_through() -> None:
    picture = opened(png())
    assert picture is not None
    canvas = Canvas((640, 360))
    canvas.planes[0][:] = 99
    emblem = Emblem(picture, 20, 300, (640, 360))
    emblem.draw(canvas)
    assert canvas.planes[0][emblem.box.y, emblem.box.x] == 99


@pytest.mark.parametrize("size", [(640, 360), (1920, 1080), (426, 240)])
@pytest.mark.parametrize("shape", [(10, 10), (1000, 20), (20, 1000)])
def test_any_shape_fits_any_picture(size: tuple[int, int], shape: tuple[int, int]) -> None:
    text = ProgramText("法院", "1", "UTC", {}, png(shape))
    made = Compositor(size, "single", ["a"], text).compose({}, NOW)
    assert made.shape == (size[1] * 3 // 2, size[0])


def bomb() -> str:
    """Return a small file that says it is a picture of 60000 by 60000."""
    chunk = b"IHDR" + struct.pack("!IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack("!I", 13) + chunk
    return base64.b64encode(data + struct.pack("!I", zlib.crc32(chunk)) + bytes(64)).decode()


@pytest.mark.parametrize(
    "given",
    [
        "not base64!",
        base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(),
        base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode(),
        base64.b64encode(bytes(MOST_BYTES + 1)).decode(),
        png((200, 200))[:400],
        png((2000, 1000)),
        bomb(),
    ],
)
def test_what_is_no_small_png_is_left_out(given: str) -> None:
    assert opened(given) is None
    text = ProgramText("法院", "1", "UTC", {}, given)
    assert Compositor((640, 360), "single", ["a"], text).compose({}, NOW).any()


def test_no_emblem_is_no_trouble() -> None:
    assert opened("") is None
