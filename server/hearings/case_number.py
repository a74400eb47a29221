"""Case numbers 案号: checked and brought into one form [pure].

The form is that of 《最高人民法院关于人民法院案件案号的若干规定》
(法〔2015〕137号, Art. 2): the year
in brackets, the court's code 法院代字, the type's code 类型代字, the number, and 号, as in
（2026）京0105民初12345号. Other courts have other styles: a style is data of the court.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from server.errors import Invalid
from server.hearings.model import Nature

LONGEST = 64
FIRST_YEAR = 1949
# The codes of provinces, and of the Supreme People's Court's own and its circuit courts'.
_PROVINCES = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云黔滇藏陕甘青宁新兵军"
_CHINESE = re.compile(
    r"[（(](?P<year>\d{4})[）)]"
    rf"(?P<court>最高法|[{_PROVINCES}]\d{{0,4}})"
    r"(?P<type>[\u4e00-\u9fff]{1,6}?)"
    r"(?P<number>[1-9]\d{0,6})"
    r"号(?P<part>之[一二三四五六七八九十]{1,3})?"
)


def chinese(text: str, latest_year: int) -> str:
    """Return a Chinese case number in the prescribed form."""
    found = _CHINESE.fullmatch(unicodedata.normalize("NFKC", re.sub(r"\s", "", text)))
    if found is None:
        raise Invalid("A case number looks like （2026）京0105民初123号.", field="case_number")
    if not FIRST_YEAR <= int(found["year"]) <= latest_year:
        raise Invalid("The year of this case number cannot be right.", field="case_number")
    part = found["part"] or ""
    return f"（{found['year']}）{found['court']}{found['type']}{found['number']}号{part}"


def free(text: str, latest_year: int) -> str:  # noqa: ARG001
    """Return a number of a court whose style has no rule here: one printable line."""
    line = " ".join(text.split())
    if not line or not line.isprintable():
        raise Invalid("A case number is one line of text.", field="case_number")
    return line


def nature_of(number: str) -> Nature:
    """Return the nature of a case by its type's code (民, 刑, 行); "other" if it does not say."""
    found = _CHINESE.fullmatch(unicodedata.normalize("NFKC", number))
    if found is None:
        return "other"
    kinds: dict[str, Nature] = {"刑": "criminal", "行": "administrative", "民": "civil"}
    return next((nature for sign, nature in kinds.items() if sign in found["type"]), "other")


STYLES: dict[str, Callable[[str, int], str]] = {"cn": chinese, "free": free}


def case_number(text: str, style: str, latest_year: int) -> str:
    """Return the number as it is stored and shown; raises ``Invalid``.

    ``latest_year`` is the present year: a case cannot be of a later one.
    """
    if len(text) > LONGEST:
        raise Invalid(
            "A case number has at most %(most)s characters.", most=LONGEST, field="case_number"
        )
    return STYLES[style](text, latest_year)
