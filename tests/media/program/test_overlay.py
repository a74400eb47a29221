import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from media.program.canvas import Canvas
from media.program.font import font
from media.program.overlay import ClockFace, Measures, Overlay, shorten, typeset

SIZES = [(1920, 1080), (1280, 720), (640, 360), (426, 240)]
COURT, CASE, ZONE = "江州市清河区人民法院", "（2026）江0104民初1234号", "Asia/Shanghai"
NOW = 1_795_399_353_400_000  # 2026-11-23 10:02:33.4 in Shanghai


def overlay(size: tuple[int, int], court: str = COURT) -> Overlay:
    return Overlay(size, court=court, case_number=CASE, time_zone=ZONE)


def picture(size: tuple[int, int], luma: int) -> Canvas:
    canvas = Canvas(size)
    canvas.planes[0][:] = luma
    return canvas


def read_clock(canvas: Canvas, clock: ClockFace) -> str:
    """Read the digits back: the character whose drawing is most like what is seen."""
    box, letters = clock.box, Measures.of(canvas.size[1]).letters
    seen = canvas.region(box)[0].astype(float)
    seen -= seen.mean()
    best = ""
    for index in range(21):
        candidates = "-" if index in {4, 7} else ": " if index in {10, 13, 16} else ".0123456789"
        scores = {}
        for sign in candidates:
            text = best + sign
            scores[sign] = _likeness(seen, text, clock, letters)
        best += max(scores, key=lambda sign: scores[sign])
    return best


def _likeness(seen: np.ndarray, text: str, clock: ClockFace, letters: int) -> float:
    left = clock._at[len(text) - 1]
    width = (clock._at[1] - clock._at[0]) if text[-1].isdigit() else 2 * letters // 3
    image = Image.new("L", (width, seen.shape[0]))
    pen = ImageDraw.Draw(image)
    advance = font(letters).getlength(text[-1])
    pen.text(
        ((clock._glyphs[text[-1]].keep.shape[1] - advance) / 2, seen.shape[0] / 2),
        text[-1], fill=255, font=font(letters), anchor="lm",
    )  # fmt: skip
    ink = np.asarray(image, float)
    patch = seen[:, left : left + width]
    ink = ink[:, : patch.shape[1]] - ink.mean()
    return float((patch * ink).sum() / (np.linalg.norm(ink) + 1e-9))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("court", [COURT, "", "A court with a very long name " * 5])
def test_nothing_is_drawn_above_the_lower_third(size: tuple[int, int], court: str) -> None:
    canvas = picture(size, 200)
    overlay(size, court).draw(canvas, NOW)
    upper = canvas.planes[0][: size[1] * 2 // 3]
    assert (upper == 200).all()
    assert (canvas.planes[0] != 200).any()


@pytest.mark.parametrize("size", SIZES)
def test_plates_keep_apart_and_inside(size: tuple[int, int]) -> None:
    caption, clock = overlay(size, "A court with a very long name " * 5).boxes
    assert not caption.overlaps(clock)
    assert caption.x > 0
    assert clock.right < size[0]
    assert clock.bottom < size[1]


@pytest.mark.parametrize("luma", [16, 128, 235])
def test_outside_their_round_corners_plates_leave_the_picture_alone(luma: int) -> None:
    canvas, marks = picture((1280, 720), luma), overlay((1280, 720))
    marks.draw(canvas, NOW)
    for box in marks.boxes:
        corner = canvas.region(box)
        assert [int(plane[0, 0]) for plane in corner] == [luma, 128, 128]


@pytest.mark.parametrize("luma", [16, 128, 235])
def test_text_is_legible_on_any_picture(luma: int) -> None:
    canvas = picture((1280, 720), luma)
    marks = overlay((1280, 720))
    marks.draw(canvas, NOW)
    for box in marks.boxes:
        seen = canvas.region(box)[0]
        text, plate = np.percentile(seen, 99.5), np.median(seen)
        light, dark = (((luma - 16) / 219) ** 2.2 for luma in (text, plate))
        assert (light + 0.05) / (dark + 0.05) > 7  # WCAG 2.2 §1.4.6


@pytest.mark.parametrize("later", [0, 100_000, 1_600_000, 59_000_000, 3_600_000_000])
def test_the_clock_in_the_picture_is_right(later: int) -> None:
    canvas, clock = picture((1280, 720), 100), ClockFace((1280, 720), ZONE)
    clock.draw(picture((1280, 720), 100), NOW - 40_000)  # has shown another time before
    clock.draw(canvas, NOW + later)
    assert read_clock(canvas, clock) == clock.text(NOW + later)


def test_the_clock_is_the_courts_local_time() -> None:
    assert ClockFace((640, 360), ZONE).text(NOW) == "2026-11-23 10:02:33.4"
    assert ClockFace((640, 360), "Europe/Berlin").text(NOW + 99_999) == "2026-11-23 03:02:33.4"
    face, last = ClockFace((640, 360), "Europe/Berlin"), 1_792_889_999_900_000  # of summer time
    assert face.text(last) == "2026-10-25 02:59:59.9"
    assert face.text(last + 100_000) == "2026-10-25 02:00:00.0"


def test_a_tick_is_cheap() -> None:
    marks, canvas = overlay((1280, 720)), picture((1280, 720), 100)
    marks.draw(canvas, NOW)
    begun = time.process_time()
    for tick in range(100):
        marks.draw(canvas, NOW + tick * 40_000)
    assert (time.process_time() - begun) / 100 < 0.001  # measured: 0.04 ms


def test_long_lines_are_cut_with_an_ellipsis() -> None:
    assert shorten("short", 20, 500) == "short"
    cut = shorten("人民法院" * 20, 20, 200)
    assert cut.endswith("…")
    assert font(20).getlength(cut) <= 200


def test_latin_apostrophes_are_narrow() -> None:
    assert typeset("People’s Court") == "People's Court"
    assert typeset("‘法庭’") == "‘法庭’"
