"""Participants and what the log says of them [pure]."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, cast

from server.errors import Conflict, Invalid

MOST: Final = 200  # participants of a hearing
LONGEST_NAME: Final = 120
LONGEST_NOTE: Final = 400
_FIRST_WITHOUT_BLANKS: Final = "\u2e80"  # from here on scripts that write no blanks between words
_LETTER: Final = f"[^\\W{_FIRST_WITHOUT_BLANKS}-\U0010ffff]"  # of a word with blanks around it

Kind = Literal["notified", "consent", "removed"]
How = Literal["in_person", "letter", "telephone", "electronic", "by_counsel"]
Consent = Literal["yes", "no", "withdrawn"]
_VALUES: Final[dict[str, frozenset[str]]] = {
    "notified": frozenset({"in_person", "letter", "telephone", "electronic", "by_counsel"}),
    "consent": frozenset({"yes", "no", "withdrawn"}),
    "removed": frozenset({""}),
}


class Part(StrEnum):
    """As what somebody takes part; the words are those of the report's speakers."""

    PLAINTIFF = "plaintiff"
    DEFENDANT = "defendant"
    APPELLANT = "appellant"
    APPELLEE = "appellee"
    THIRD_PARTY = "third_party"
    ACCUSED = "accused"
    VICTIM = "victim"
    PROSECUTOR = "prosecutor"
    DEFENCE_COUNSEL = "defence_counsel"
    AGENT = "agent"
    WITNESS = "witness"
    EXPERT_EXAMINER = "expert_examiner"
    INTERPRETER = "interpreter"


# 当事人: whom a public notice names (民事诉讼法 Art. 139); a criminal one names the accused.
PARTIES: Final = frozenset(
    {Part.PLAINTIFF, Part.DEFENDANT, Part.APPELLANT, Part.APPELLEE, Part.THIRD_PARTY}
)


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry of the log. ``value`` is how somebody was told, or what they said.

    ``at`` is when it happened, ``written_at`` when it was written down.
    """

    kind: Kind
    value: str
    at: datetime
    note: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part in a hearing, with the log. ``alias``: how the public hears of them.

    Names never change and nobody is deleted: who was entered wrongly is removed by an entry.
    """

    id: str
    hearing: str
    role: Part
    name: str
    alias: str
    log: tuple[Logged, ...] = ()

    @property
    def public_name(self) -> str:
        """The name that the public may hear."""
        return self.alias or self.name

    @property
    def is_removed(self) -> bool:
        """Whether they do not take part after all."""
        return any(one.kind == "removed" for one in self.log)

    @property
    def told(self) -> Logged | None:
        """When they were told of the broadcast last; None: not yet."""
        return next((one for one in reversed(self.log) if one.kind == "notified"), None)

    @property
    def consent(self) -> Consent | None:
        """What they said of the broadcast last."""
        said = next((one.value for one in reversed(self.log) if one.kind == "consent"), None)
        return cast(Consent | None, said)

    @property
    def objects(self) -> bool:
        """Whether they are against the broadcast."""
        return self.consent in ("no", "withdrawn")

    def accept(self, new: Logged) -> None:
        """Raise ``Invalid`` or ``Conflict`` for what cannot be logged of them."""
        if new.value not in _VALUES[new.kind]:
            expected = ", ".join(sorted(_VALUES[new.kind]))
            raise Invalid("One of: %(expected)s.", field="value", expected=expected)
        if new.at > new.written_at:
            raise Invalid("This has not happened yet.", field="at")
        if self.is_removed:
            raise Conflict("This person does not take part any more.")
        if new.value == "withdrawn" and self.consent != "yes":
            raise Conflict("There is no consent that could be withdrawn.")
        if new.kind == "removed" and not new.note:
            raise Invalid("Write why.", field="note")


def check_name(name: str, field: str) -> None:
    """Raise ``Invalid`` for a name that cannot be shown: the public reads it in a notice."""
    if not name.isprintable():
        raise Invalid("There are signs in this text that cannot be shown.", field=field)


def present(participants: Iterable[Participant]) -> list[Participant]:
    """Return those who take part, without the removed."""
    return [one for one in participants if not one.is_removed]


def must_name_nobody(told: Mapping[str, str], participants: Collection[Participant]) -> None:
    """Raise ``Invalid`` for a field with the name of somebody whom the public knows by another.

    It names the alias and not the name: the answer may be read by others, too.
    """
    for field, said in told.items():
        found = named_in(said, participants)
        if found is not None:
            raise Invalid(
                "Write %(alias)s here: the public must not read this person's name.",
                field=field,
                alias=found.alias,
            )


def named_in(text: str, participants: Iterable[Participant]) -> Participant | None:
    """Return whom a text for the public names though they have an alias (rules B-18, B-19).

    Blanks between characters, width, case and signs that nobody sees make no difference.
    """
    folded = _folded(text)
    hidden = (one for one in present(participants) if one.alias and one.alias != one.name)
    return next((one for one in hidden if _pattern(one.name).search(folded)), None)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")


def _pattern(name: str) -> re.Pattern[str]:
    """Match a name as a word where words have blanks between them, and anywhere else as it is."""
    folded = _folded(name).strip()
    if any(sign >= _FIRST_WITHOUT_BLANKS for sign in folded):
        return re.compile(r"\s*".join(map(re.escape, folded.replace(" ", ""))))
    words = r"\s+".join(map(re.escape, folded.split()))
    return re.compile(rf"(?<!{_LETTER}){words}(?!{_LETTER})")
