"""The service's sentences in the reader's language.

Message ids are the English sentences. ``server/locale/<language>/<feature>.po`` holds the others,
one file per feature, merged when they are first read. English needs an entry only where the text
shall differ from its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po

Language = Literal["zh-CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
DEFAULT: Language = "zh-CN"
FOLDER = Path(__file__).parent / "locale"
# Calls whose first text is for a reader: what the check of the catalogues looks for.
KEYWORDS: dict[str, tuple[int] | None] = {
    "marked": None,
    "_": None,
    "gettext": (2,),
    **dict.fromkeys(
        (
            "Invalid",
            "Malformed",
            "SignInNeeded",
            "CodeNeeded",
            "Forbidden",
            "NotFound",
            "Conflict",
            "Gone",
            "TooLarge",
            "UnknownMedia",
            "TooMany",
            "Unavailable",
            "DatabaseUnavailable",
        ),
        None,
    ),
}


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Return every sentence of a language by its id."""
    sentences: dict[str, str] = {}
    for path in sorted((FOLDER / language.replace("-", "_")).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language.replace("-", "_"), abort_invalid=True):
                if message.id and message.string and not message.fuzzy:
                    sentences[str(message.id)] = str(message.string)
    return sentences


def gettext(language: Language, text: str, /, **values: object) -> str:
    """Return the sentence in the language; an unknown one as it is. ``values`` fill its places."""
    said = catalogue(language).get(text, text)
    return said % values if values else said


def preferred(wishes: str, default: Language = DEFAULT) -> Language:
    """Choose by an ``Accept-Language`` header (RFC 9110 §12.5.4); any Chinese is taken as ours."""
    best: tuple[float, Language] | None = None
    for wish in wishes[:500].split(","):
        tag, _, parameter = wish.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        language = _known(tag)
        if language and weight > 0 and (best is None or weight > best[0]):
            best = (weight, language)
    return best[1] if best else default


def _known(tag: str) -> Language | None:
    primary = tag.strip().lower().partition("-")[0]
    if primary == "zh":
        return "zh-CN"
    return "en" if primary == "en" else None


def exact(tag: str | None) -> Language | None:
    """Return the language that was chosen by hand (``?lang=``, cookie), if it is one of ours."""
    return _known(tag) if tag else None
