"""What a list says, whatever file it came in: rows of cells under known headings [pure]."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.errors import Invalid

MOST_ROWS: Final = 2000  # of hearings; a court with more a day sends two lists
MOST_COLUMNS: Final = 64
LONGEST_CELL: Final = 1000
_HEADINGS_WITHIN: Final = 10  # rows: a title and a date may stand above
# A number of a spreadsheet, which may be a day; iCalendar has instants.
Cell = str | float | datetime
Row = tuple[int, Sequence[Cell]]

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "case_number": ("案号", "案件编号", "case number", "case no", "case"),
    "courtroom": (
        "法庭",
        "开庭法庭",
        "审判法庭",
        "开庭地点",
        "地点",
        "courtroom",
        "room",
        "location",
    ),
    "date": ("日期", "开庭日期", "date", "hearing date"),
    "time": ("时间", "开庭时间", "开庭时刻", "排期时间", "time", "start", "starts", "scheduled at"),
    "title": ("标题", "案件名称", "名称", "title"),
    "title_en": ("英文标题", "title en", "title (english)"),
    "cause": ("案由", "cause", "cause of action", "charge"),
    "nature": ("案件性质", "案件类型", "性质", "nature"),
    "judge": ("审判长", "承办法官", "主审法官", "承办人", "judge", "presiding judge"),
    "division": (
        "审判庭",
        "业务庭",
        "承办庭",
        "承办部门",
        "庭室",
        "division",
        "trial division",
    ),
    "plaintiff": ("原告", "plaintiff"),
    "defendant": ("被告", "defendant"),
    "appellant": ("上诉人", "appellant"),
    "appellee": ("被上诉人", "respondent", "appellee"),
    "third_party": ("第三人", "third party"),
    "accused": ("被告人", "accused"),
}
PARTIES: Final = ("plaintiff", "defendant", "appellant", "appellee", "third_party", "accused")
_NEEDED = ("case_number", "courtroom", "time")
_NOTHING = re.compile(r"[\s_:：*.]+")


def _plain(heading: str) -> str:
    return _NOTHING.sub("", unicodedata.normalize("NFKC", heading)).casefold()


_FIELDS = {_plain(its): field for field, names in HEADINGS.items() for its in names}


@dataclass(frozen=True, slots=True)
class Line:
    """A hearing as the file has it. ``row`` counts from 1, as the file's own program shows it.

    ``time_problem``: why its time cannot be taken, where that was found on reading.
    """

    row: int
    cells: Mapping[str, Cell]
    time_problem: Invalid | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a file; ``headings`` by field, ``ignored`` are those that mean nothing here.

    ``day_offset`` is added to numbers that are days, which then count from 1900 (``moment``).
    """

    lines: tuple[Line, ...]
    headings: Mapping[str, str]
    ignored: tuple[str, ...] = ()
    day_offset: int = 0


def field_of(heading: str) -> str | None:
    """Return the field that a column's heading names, in Chinese or English."""
    return _FIELDS.get(_plain(heading))


def known_headings(row: Sequence[Cell]) -> int:
    """Return how many cells of a row are known headings."""
    return sum(isinstance(cell, str) and field_of(cell) is not None for cell in row)


def sheet(rows: Iterable[Row], day_offset: int = 0) -> Sheet:
    """Return the lines below the headings; raises ``Invalid`` where there are none, or too many."""
    above = iter(rows)
    headings: dict[int, str] = {}
    names: tuple[str, ...] = ()
    for at, (_, cells) in enumerate(above):
        found = {
            place: field
            for place, cell in enumerate(cells[:MOST_COLUMNS])
            if isinstance(cell, str) and (field := field_of(cell)) is not None
        }
        if len(found) >= len(_NEEDED):
            headings, names = found, tuple(str(cell).strip() for cell in cells[:MOST_COLUMNS])
            break
        if at + 1 == _HEADINGS_WITHIN:
            break
    _check(headings.values())
    lines = []
    for number, cells in above:
        line = {field: cells[at] for at, field in headings.items() if at < len(cells)}
        if any(not isinstance(cell, str) or cell.strip() for cell in line.values()):
            lines.append(Line(number, line))
        refuse_more_than(MOST_ROWS, len(lines))
    return Sheet(
        tuple(lines),
        {field: names[at] for at, field in headings.items()},
        tuple(name for at, name in enumerate(names) if name and at not in headings),
        day_offset,
    )


def refuse_more_than(most: int, count: int) -> None:
    """Raise ``Invalid`` for a list that is too long to be looked at by anybody."""
    if count > most:
        raise Invalid("A list has at most %(most)s hearings.", most=most, field="file")


def _check(fields: Iterable[str]) -> None:
    found = list(fields)
    twice = next((one for one in found if found.count(one) > 1), None)
    if twice is not None:
        name = HEADINGS[twice][0]
        raise Invalid("The column “%(name)s” is there twice.", name=name, field="file")
    missing = [HEADINGS[one][0] for one in _NEEDED if one not in found]
    if missing:
        raise Invalid(
            "The list needs a row of headings with at least 案号 (case number), 法庭 (courtroom) "
            "and 开庭时间 (time). Not found: %(missing)s.",
            missing="、".join(missing),
            field="file",
        )
