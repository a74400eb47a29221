import pytest
from PIL import Image, ImageDraw, ImageFont

from media.program.font import MISSING, font, readable

SIZE = 48
# What a slate may say: both languages, rare characters of names, digits, punctuation, kana, hangul.
SAMPLES = "休庭不公开法庭张㛃婧翀䶮堃喆Recess12:30（2026）京01民终号、。：ひらがな한글éñü"


def drawn(text: str, face: ImageFont.FreeTypeFont) -> Image.Image:
    picture = Image.new("L", (4 * SIZE, 2 * SIZE))
    ImageDraw.Draw(picture).text((SIZE, SIZE // 4), text, fill=255, font=face)
    return picture


@pytest.mark.parametrize("character", sorted(set(SAMPLES)))
@pytest.mark.parametrize("bold", [False, True])
def test_every_character_has_a_glyph_of_its_own(character: str, *, bold: bool) -> None:
    missing = drawn("\U0010fffd", font(SIZE, bold=bold))
    assert drawn(character, font(SIZE, bold=bold)).tobytes() != missing.tobytes()


def test_han_characters_have_the_shapes_of_mainland_china() -> None:
    assert font(SIZE).getname() == ("Noto Sans CJK SC", "Regular")


def test_bold_has_more_ink_at_the_same_place() -> None:
    regular, bold = drawn("休庭", font(SIZE)), drawn("休庭", font(SIZE, bold=True))
    ink = [sum(picture.tobytes()) for picture in (regular, bold)]
    assert 1.1 * ink[0] < ink[1] < 1.8 * ink[0]
    lit = [[value > 200 for value in picture.tobytes()] for picture in (regular, bold)]
    lost = sum(before and not after for before, after in zip(*lit, strict=True))
    assert lost < 0.02 * sum(lit[0])


def test_bold_measures_what_it_draws() -> None:
    picture = Image.new("L", (6 * SIZE, 3 * SIZE))
    pen = ImageDraw.Draw(picture)
    pen.text((SIZE, SIZE), "公开审理", fill=255, font=font(SIZE, bold=True))
    box = pen.textbbox((SIZE, SIZE), "公开审理", font=font(SIZE, bold=True))
    inked = picture.getbbox()
    assert inked is not None
    assert all(abs(measured - seen) <= 2 for measured, seen in zip(box, inked, strict=True))


def test_the_same_size_is_loaded_once() -> None:
    assert font(SIZE) is font(SIZE)
    assert font(SIZE) is not font(SIZE, bold=True)


def test_what_the_typeface_lacks_is_marked_and_nothing_else_changes() -> None:
    assert readable(SAMPLES) == SAMPLES
    assert readable("法院 བོད་ Court\u3000") == f"法院 {MISSING * 3} Court\u3000"
