"""Names as they stand in texts, however they were typed [pure].

A name of two characters is often written with a blank in it, so that it is as wide as one of three;
letters come in full width and with their accents apart. Whoever withdraws a name means all of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

USUAL_MARK: Final = "某某"
_UNSEEN: Final = "\u200b-\u200d\u2060\ufeff\u00ad"
_BLANKS: Final = f" \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000{_UNSEEN}"  # in one line
_FULL_WIDTH: Final = 0xFEE0  # from "!" to "！", and so on until "~"


class Names:
    """Withdrawn names with the marks in their places; the longest is looked for first."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        names = sorted(marks, key=len, reverse=True)
        self._pattern = re.compile("|".join(f"({_written(one)})" for one in names), re.IGNORECASE)
        # A mark may hold another name, which was withdrawn after it.
        self._marks = [self._pattern.sub(USUAL_MARK, marks[one]) for one in names]

    def hidden(self, text: str) -> str:
        """Return a text with marks in the place of names."""
        return self._pattern.sub(lambda found: self._marks[(found.lastindex or 1) - 1], text)

    def stand_in(self, text: str) -> bool:
        """Tell whether one of the names stands in a text."""
        return self._pattern.search(text) is not None


def _written(name: str) -> str:
    """Return a pattern of the ways in which a name is written; it takes time by its length only."""
    words = [_word(one) for one in name.split()]
    return f"[{_BLANKS}]+".join(words)


def _word(word: str) -> str:
    pattern = ""
    for before, sign in zip(("", *word), word, strict=False):
        if before:
            both = _is_wide(before) and _is_wide(sign)
            pattern += f"[{_BLANKS if both else _UNSEEN}]*"
        pattern += _sign(sign)
    return pattern


def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


def _sign(sign: str) -> str:
    forms = {sign, *(unicodedata.normalize(form, sign) for form in ("NFC", "NFD", "NFKC"))}
    forms |= {chr(ord(one) + _FULL_WIDTH) for one in forms if one.isascii() and one.isprintable()}
    return "(?:" + "|".join(sorted(map(re.escape, forms), key=len, reverse=True)) + ")"
