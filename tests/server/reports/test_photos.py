"""An uploaded photo becomes a plain picture; what is none, or a bomb, is refused."""

import io
import struct
import zlib

import pytest
from PIL import Image

from server.errors import Invalid, TooLarge
from server.reports.photos import prepare


def picture(size: tuple[int, int], form: str, **options: object) -> bytes:
    out = io.BytesIO()
    half = Image.new("RGB", size, (200, 30, 30))
    half.paste((30, 30, 200), (0, 0, size[0] // 2, size[1]))
    half.save(out, form, **options)
    return out.getvalue()


def test_a_photo_is_turned_upright_and_tells_nothing_of_its_camera() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    exif[0x010F] = "Camera of a certain person"
    data, size = prepare(picture((400, 200), "JPEG", exif=exif))
    made = Image.open(io.BytesIO(data))
    assert (made.format, made.size, size) == ("JPEG", (200, 400), (200, 400))
    assert not made.getexif()
    assert b"certain person" not in data
    top = made.getpixel((100, 20))
    assert isinstance(top, tuple)
    assert top[2] > top[0]  # what was left is on top


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_a_large_photo_is_made_smaller(form: str) -> None:
    data, size = prepare(picture((3200, 1000), form))
    assert size == (1600, 500)
    assert Image.open(io.BytesIO(data)).size == size


def bomb() -> bytes:
    """Return a PNG that says of itself to be 60,000 pixels wide and high."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(TooLarge):
        prepare(bomb())


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture((40, 40), "JPEG")[:300]],
    ids=["empty", "gif", "svg", "cut off"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        prepare(data)
