"""Case numbers 案号: checked and brought into one form by the court's own style [pure].

A style is data of the court: ``cn``, the form of 《最高人民法院关于人民法院案件案号的若干规定》
(法〔2015〕137号, Art. 2), as in （2026）京0105民初12345号; ``free``, one line of text; or a pattern
of places and fixed text, as in ``（{year}）苏0102{type}{number}号`` or ``UKSC {year}/{number:4}``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from server.errors import Invalid
from server.hearings.model import Nature

LONGEST: Final = 64
LONGEST_STYLE: Final = 120
FIRST_YEAR: Final = 1949
_MOST_PLACES: Final = 8
# The codes of provinces, and of the Supreme People's Court's own and its circuit courts'.
_PROVINCES: Final = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云黔滇藏陕甘青宁新兵军"
# What a place takes; digits and signs never overlap with what may stand beside them, and each is
# bounded, so that no text takes long.
_PLACES: Final = {
    "year": (r"\d{4}", "2026"),
    "court": (rf"最高法|[{_PROVINCES}]\d{{0,4}}", "京0105"),
    "type": (r"[\u4e00-\u9fff]{1,6}?", "民初"),
    "number": (r"[1-9]\d{0,6}", "123"),
    "letters": (r"[A-Za-z]{1,8}", "CR"),
    "part": (r"(?:之[一二三四五六七八九十]{1,3})?", ""),
}
_PLACE: Final = re.compile(r"\{([a-z]+)(?::([1-7]))?\}")
_NAMED: Final = {"cn": "（{year}）{court}{type}{number}号{part}"}
_SIGNS: Final[tuple[tuple[str, Nature], ...]] = (
    ("刑", "criminal"),
    ("行", "administrative"),
    ("民", "civil"),
)


@dataclass(frozen=True, slots=True)
class Style:
    """A compiled pattern. ``pieces`` are texts and names of places in turn, ``example`` a number.

    ``ignores_blanks``: the pattern has none, so those in a number are a typist's.
    """

    expression: re.Pattern[str]
    pieces: tuple[str, ...]
    example: str
    ignores_blanks: bool

    def formed(self, text: str, latest_year: int) -> str:
        """Return the number in the style's own form; raises ``Invalid``."""
        found = self.expression.fullmatch(_plain(text, ignore_blanks=self.ignores_blanks))
        if found is None:
            raise Invalid(
                "A case number of this court looks like %(example)s.",
                example=self.example,
                field="case_number",
            )
        year = found.groupdict().get("year")
        if year is not None and not FIRST_YEAR <= int(year) <= latest_year:
            raise Invalid("The year of this case number cannot be right.", field="case_number")
        values = found.groupdict()
        return "".join(
            (values[piece] or "") if at % 2 else piece for at, piece in enumerate(self.pieces)
        )


def _plain(text: str, *, ignore_blanks: bool) -> str:
    """Return a text as it is compared: brackets of one width, and blanks that mean something."""
    line = unicodedata.normalize("NFKC", text)
    return "".join(line.split()) if ignore_blanks else " ".join(line.split())


@lru_cache(maxsize=256)
def style_of(text: str) -> Style:
    """Return a court's style; raises ``Invalid`` for a pattern that cannot be one."""
    pattern = _NAMED.get(text, text)
    pieces = _PLACE.split(pattern)
    texts, names, digits = pieces[0::3], pieces[1::3], pieces[2::3]
    if not _is_sound(pattern, texts, names, digits):
        raise Invalid(
            "A style is “cn”, “free”, or a pattern like （{year}）苏0102{type}{number}号 with the "
            "places {year}, {court}, {type}, {letters}, {number} (or {number:4}) and {part}.",
            field="case_number_style",
        )
    expression, example, told = "", "", []
    for at, fixed in enumerate(texts):
        expression += re.escape(unicodedata.normalize("NFKC", fixed))
        example += fixed
        told.append(fixed)
        if at < len(names):
            taken, shown = _taken(names[at], digits[at])
            expression += f"(?P<{names[at]}>{taken})"
            example += shown
            told.append(names[at])
    ignores_blanks = not any(sign.isspace() for sign in pattern)
    return Style(re.compile(expression), tuple(told), example, ignores_blanks)


def _is_sound(
    pattern: str, texts: Sequence[str], names: Sequence[str], digits: Sequence[str | None]
) -> bool:
    is_line = len(pattern) <= LONGEST_STYLE and pattern.isprintable()
    is_known = set(names) <= _PLACES.keys() and len(set(names)) == len(names) <= _MOST_PLACES
    counted = {name for name, count in zip(names, digits, strict=True) if count}
    has_stray = any("{" in one or "}" in one for one in texts)
    return is_line and is_known and "number" in names and counted <= {"number"} and not has_stray


def _taken(name: str, digits: str | None) -> tuple[str, str]:
    """Return what a place takes, and an example of it; ``digits``: a number padded with zeros."""
    if digits is None:
        return _PLACES[name]
    return rf"\d{{{digits}}}", "12".zfill(int(digits))[-int(digits) :]


def free(text: str) -> str:
    """Return a number of a court whose style has no rule: one printable line."""
    line = " ".join(text.split())
    if not line or not line.isprintable():
        raise Invalid("A case number is one line of text.", field="case_number")
    return line


def nature_of(number: str) -> Nature:
    """Return the nature of a case by its type's code (民, 刑, 行); "other" if it does not say."""
    found = style_of("cn").expression.fullmatch(_plain(number, ignore_blanks=True))
    if found is None:
        return "other"
    return next((nature for sign, nature in _SIGNS if sign in found["type"]), "other")


def forms(text: str) -> tuple[str, ...]:
    """Return the forms in which a number that somebody looks for may be stored."""
    known = [" ".join(text.split())[:LONGEST]]
    try:
        known.append(style_of("cn").formed(text[:LONGEST], 9999))
    except Invalid:
        without = _plain(text[:LONGEST], ignore_blanks=True)
        known.append(without.replace("(", "（").replace(")", "）"))
    return tuple(dict.fromkeys(known))


def check_style(text: str) -> None:
    """Raise ``Invalid`` for what is no style of case numbers."""
    if text != "free":
        style_of(text)


def case_number(text: str, style: str, latest_year: int) -> str:
    """Return the number as it is stored and shown; raises ``Invalid``.

    ``latest_year`` is the present year: a case cannot be of a later one.
    """
    if len(text) > LONGEST:
        raise Invalid(
            "A case number has at most %(most)s characters.", most=LONGEST, field="case_number"
        )
    return free(text) if style == "free" else style_of(style).formed(text, latest_year)
