"""The one typeface of slates and overlays: Noto Sans CJK, brought along as a package.

Courts' machines often have no Chinese font, and a missing glyph is drawn as an empty box without
any error, so no system font is ever looked for. What it lacks is set as 〓, which compositors leave
for a letter they do not have: an empty box would look like a fault of the picture.
"""

import unicodedata
from functools import lru_cache
from typing import Any

from noto_cjk_sans_otc import FONT_PATH
from PIL import ImageFont

# The collection holds one face per region; the third draws Han characters as mainland China does.
SIMPLIFIED_CHINESE = 2
BOLD_STROKE = 1 / 48  # of the size, on either side of every line


class _Bold(ImageFont.FreeTypeFont):
    """The regular face with thicker lines; a second file would cost 20 MB for headings."""

    def getmask2(  # noqa: PLR0913, PLR0917  (Pillow's own signature)
        self,
        text: str | bytes,
        mode: str = "",
        direction: str | None = None,
        features: list[str] | None = None,
        language: str | None = None,
        stroke_width: float = 0,
        anchor: str | None = None,
        ink: int = 0,
        start: tuple[float, float] | None = None,
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> tuple[Any, tuple[int, int]]:
        """Draw with thicker lines."""
        kwargs["stroke_filled"] = True
        return super().getmask2(
            text, mode, direction, features, language, stroke_width + self.size * BOLD_STROKE,
            anchor, ink, start, *args, **kwargs,
        )  # fmt: skip

    def getbbox(  # noqa: PLR0913, PLR0917  (Pillow's own signature)
        self,
        text: str | bytes | bytearray,
        mode: str = "",
        direction: str | None = None,
        features: list[str] | None = None,
        language: str | None = None,
        stroke_width: float = 0,
        anchor: str | None = None,
    ) -> tuple[float, float, float, float]:
        """Measure with thicker lines."""
        return super().getbbox(
            text, mode, direction, features, language, stroke_width + self.size * BOLD_STROKE,
            anchor,
        )  # fmt: skip


MISSING = "〓"
_NO_CHARACTER = "\U0010fffd"


def readable(text: str) -> str:
    """Return a text with ``MISSING`` for each character that the typeface has no glyph for."""
    made = ""
    for sign in text:
        if sign.isascii() or has(sign):
            is_left_over = unicodedata.category(sign)[0] == "M" and made.endswith(MISSING)
            made += "" if is_left_over else sign
        else:
            made += MISSING
    return made


@lru_cache(maxsize=4096)
def has(character: str) -> bool:
    """Tell whether the typeface can draw a character."""
    face = font(24)
    drawn, empty = face.getmask(character), face.getmask(_NO_CHARACTER)
    return drawn.size != empty.size or bytes(drawn) != bytes(empty)


@lru_cache(maxsize=64)
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return the typeface at a size in pixels; the same one for the same size."""
    face = _Bold if bold else ImageFont.FreeTypeFont
    return face(str(FONT_PATH), size, SIMPLIFIED_CHINESE)
