"""Whether the lines of a list are hearings of this court; every wrong cell is named [pure]."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast, get_args
from zoneinfo import ZoneInfo

from server.errors import Invalid, Value
from server.hearings.case_number import case_number
from server.hearings.lists.moment import moment
from server.hearings.lists.sheet import PARTIES, Cell, Line, Sheet
from server.hearings.model import Nature
from server.wording import marked

_NATURES: Final[Mapping[str, Nature]] = {
    **{its: its for its in get_args(Nature)},
    "民事": "civil",
    "刑事": "criminal",
    "行政": "administrative",
    "其他": "other",
}
_MOST: Final = {"title": 200, "title_en": 200, "cause": 120, "party": 120}
_MOST_PARTIES: Final = 50  # in one cell
_SEPARATORS: Final = re.compile(r"[;；,，、\n]+")
_FORMULA: Final = re.compile(r"^[=+\-@＝＋－＠]")  # what spreadsheets compute (OWASP)
_FAULT: Final = re.compile(r"#(REF|VALUE|NAME\?|DIV/0|NUM|NULL|N/A|SPILL|CALC)!?")
# Further away than this is a mistyped year.
_PAST: Final = timedelta(days=366)
_FUTURE: Final = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Known:
    """What the lines are held against.

    The court's rooms, judges and open divisions by name, its style, zone, and now.
    """

    rooms: Mapping[str, tuple[str, ...]]
    judges: Mapping[str, tuple[str, ...]]
    divisions: Mapping[str, tuple[str, ...]]
    style: str
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a cell (or a row, if ``field`` is empty), in a sentence for the reader."""

    row: int
    field: str
    text: str
    values: Mapping[str, Value] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A hearing as a list gives it; empty text and None are what it does not say.

    ``parties`` are role and name in the order of the list.
    """

    row: int
    case_number: str
    courtroom: str
    scheduled_at: datetime
    title: str = ""
    title_en: str = ""
    cause: str = ""
    nature: Nature | None = None
    judge: str | None = None
    division: str | None = None
    parties: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, datetime, str]:
        """What a hearing is known by: courtroom, start, case number."""
        return self.courtroom, self.scheduled_at, self.case_number


def plain(name: str) -> str:
    """Return a name as names are compared: of full and half width, cases and blanks no matter."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def check(sheet: Sheet, known: Known) -> tuple[list[Entry], list[Wrong]]:
    """Return the hearings of a list and what is wrong with it, in the order of its rows."""
    entries: list[Entry] = []
    wrong: list[Wrong] = []
    for line in sheet.lines:
        found = _Checking(line, sheet, known)
        entry = found.entry()
        wrong += found.wrong
        if entry is not None and not found.wrong:
            entries.append(entry)
    wrong += _together(entries)
    return _of_one_case(entries), sorted(wrong, key=lambda its: its.row)


class _Checking:
    """One line: each field is read by itself, so that all that is wrong is told at once."""

    def __init__(self, line: Line, sheet: Sheet, known: Known) -> None:
        self._line = line
        self._sheet = sheet
        self._known = known
        self.wrong: list[Wrong] = []

    def entry(self) -> Entry | None:
        """Return the hearing; None if ``wrong`` has what it lacks."""
        number = self._number()
        room = self._one_of("courtroom", self._known.rooms, marked("There is no such courtroom."))
        at = self._moment()
        judge = self._one_of(
            "judge", self._known.judges, marked("No judge of this name sits here.")
        )
        division = self._one_of(
            "division", self._known.divisions, marked("No trial division of this name is open.")
        )
        title, title_en, cause = (self._text(its) for its in ("title", "title_en", "cause"))
        nature, parties = self._nature(), self._parties()
        if not room and "courtroom" not in {one.field for one in self.wrong}:
            self._tell("courtroom", marked("This is needed."))
        if not number or not room or at is None:
            return None
        return Entry(
            row=self._line.row,
            case_number=number,
            courtroom=room,
            scheduled_at=at,
            title=title,
            title_en=title_en,
            cause=cause,
            nature=nature,
            judge=judge or None,
            division=division or None,
            parties=parties,
        )

    def _tell(self, field_name: str, text: str, **values: Value) -> None:
        self.wrong.append(Wrong(self._line.row, field_name, text, values))

    def _said(self, field_name: str) -> str:
        cell: Cell = self._line.cells.get(field_name, "")
        if isinstance(cell, float):
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else str(cell)  # noqa: PLR2004
        return " ".join(cell.split()) if isinstance(cell, str) else cell.isoformat()

    def _number(self) -> str:
        try:
            return case_number(
                self._said("case_number"), self._known.style, self._known.now.year + 1
            )
        except Invalid as problem:
            self._tell("case_number", problem.text, **problem.values)
        return ""

    def _moment(self) -> datetime | None:
        known = self._known
        try:
            found = self._time()
        except Invalid as problem:
            self._tell("time", problem.text, **problem.values)
            return None
        if not known.now - _PAST < found < known.now + _FUTURE:
            self._tell("time", marked("The year of this day cannot be right."))
            return None
        return found

    def _time(self) -> datetime:
        line = self._line
        if line.time_problem is not None:
            raise line.time_problem
        if not self._said("time"):
            raise Invalid("This is needed.")
        day = line.cells.get("date")
        return moment(day, line.cells["time"], self._known.zone, self._sheet.day_offset)

    def _one_of(self, field_name: str, names: Mapping[str, tuple[str, ...]], unknown: str) -> str:
        said = self._said(field_name)
        found = names.get(plain(said), ()) if said else ()
        if said and not found:
            self._tell(field_name, unknown)
        if len(found) > 1:
            self._tell(field_name, marked("There are several of this name."))
        return found[0] if len(found) == 1 else ""

    def _text(self, field_name: str) -> str:
        return self._fitting(field_name, self._said(field_name), _MOST[field_name])

    def _fitting(self, field_name: str, said: str, most: int) -> str:
        if len(said) > most:
            self._tell(field_name, marked("At most %(max_length)s characters."), max_length=most)
        elif _FAULT.fullmatch(said):
            self._tell(field_name, marked("The spreadsheet shows an error in this cell."))
        elif _FORMULA.match(said):
            text = marked("A text does not begin like a formula (=, +, - or @).")
            self._tell(field_name, text)
        elif not said.isprintable():
            self._tell(field_name, marked("There are signs in this text that cannot be shown."))
        return said

    def _nature(self) -> Nature | None:
        said = self._said("nature")
        found = _NATURES.get(plain(said).removesuffix("案件")) if said else None
        if said and found is None:
            text = marked("One of: %(expected)s.")
            self._tell(
                "nature", text, expected="民事 (civil), 刑事 (criminal), 行政 (administrative)"
            )
        return found

    def _parties(self) -> tuple[tuple[str, str], ...]:
        found: dict[tuple[str, str], None] = {}
        for role in PARTIES:
            said = str(self._line.cells.get(role, ""))
            names = [" ".join(name.split()) for name in _SEPARATORS.split(said)]
            for name in filter(None, names):
                found[role, self._fitting(role, name, _MOST["party"])] = None
        if len(found) > _MOST_PARTIES:
            self._tell("", marked("At most %(max_length)s of these."), max_length=_MOST_PARTIES)
        return tuple(found)


def _of_one_case(entries: list[Entry]) -> list[Entry]:
    """Return the entries with what any of them says of their case."""
    causes = {one.case_number: one.cause for one in entries if one.cause}
    natures = {one.case_number: one.nature for one in entries if one.nature}
    return [
        replace(
            one,
            cause=causes.get(one.case_number, ""),
            nature=natures.get(one.case_number),
        )
        for one in entries
    ]


def _together(entries: list[Entry]) -> list[Wrong]:
    """Return what does not fit together among lines that are right by themselves."""
    wrong: list[Wrong] = []
    seen: dict[tuple[str, datetime, str], int] = {}
    of_case: dict[tuple[str, str], tuple[object, int]] = {}
    for one in entries:
        first = seen.setdefault(one.key, one.row)
        if first != one.row:
            text = marked("This is the hearing of row %(row)s again.")
            wrong.append(Wrong(one.row, "", text, {"row": first}))
        for name in ("cause", "nature"):
            value = cast(object, getattr(one, name))
            if not value:
                continue
            said, row = of_case.setdefault((one.case_number, name), (value, one.row))
            if value != said:
                text = marked("Row %(row)s says otherwise of this case.")
                wrong.append(Wrong(one.row, name, text, {"row": row}))
    return wrong
