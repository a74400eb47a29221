"""Lists as XLSX (ECMA-376): the first visible sheet of a workbook, and nothing else of it [pure].

A reader of our own, because the job is narrow and the file is a stranger's: strings, numbers and
merged cells of one sheet. Styles, formulas, macros, links and pictures are never looked at; of a
formula the value is taken that the sheet shows.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from server.errors import Invalid
from server.hearings.lists import parts_of_xml
from server.hearings.lists.sheet import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Cell, Row

MAGIC: Final = b"PK\x03\x04"
_MOST_MEMBERS: Final = 500
_MOST_BYTES: Final = 8 * 1024 * 1024  # of all parts that are read, unpacked: a second or two
_MOST_STRINGS: Final = 100_000
_MOST_MERGED: Final = 5000
_LAST_ROW: Final = MOST_ROWS + 200  # what stands further down is too much, or not a list
# Merged cells do not overlap, so they cover no more than the sheet; a hostile file's do.
_MOST_SPREAD: Final = 2 * _LAST_ROW * MOST_COLUMNS
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DAYS_1904: Final = 1462  # between the two ways to count days


def rows(data: bytes) -> tuple[list[Row], int]:
    """Return the rows of the first visible sheet; raises ``Invalid`` for what is no such workbook.

    A day is a number, counted as Excel does from 1900 when the second value is added to it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _rows(_Parts(archive))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,  # encrypted
        LookupError,
        StopIteration,
        ValueError,
    ):
        raise Invalid("This workbook is damaged; save it again as .xlsx.", field="file") from None


class _Parts:
    """The parts of a package, of which few are read and none beyond a bound."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        members = archive.infolist()
        names = {one.filename for one in members}
        plain = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if len(members) > _MOST_MEMBERS or len(names) < len(members):
            raise zipfile.BadZipFile
        if "xl/workbook.xml" not in names:
            raise Invalid(
                "This is no XLSX workbook; save the list as .xlsx, .csv or .ics.", field="file"
            )
        # A reader that takes what stands in front of the archive would see another file.
        if min(one.header_offset for one in members) > 0:
            raise zipfile.BadZipFile
        if any(one.compress_type not in plain or one.flag_bits & 1 for one in members):
            raise zipfile.BadZipFile
        self._archive = archive
        self._names = names
        self._left = _MOST_BYTES

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        """Return a part's bytes; what is declared of its size counts for nothing."""
        with self._archive.open(name) as part:
            data = part.read(self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise Invalid("This workbook is too large when it is unpacked.", field="file")
        return data


def _rows(parts: _Parts) -> tuple[list[Row], int]:
    book = _Book()
    parts_of_xml.parse(parts.read("xl/workbook.xml"), book.start, _nothing, _nothing)
    targets = _Targets()
    parts_of_xml.parse(parts.read("xl/_rels/workbook.xml.rels"), targets.start, _nothing, _nothing)
    strings = _Strings()
    if "xl/sharedStrings.xml" in parts:
        shared = parts.read("xl/sharedStrings.xml")
        parts_of_xml.parse(shared, strings.start, strings.end, strings.text)
    target = targets.found[book.first]
    path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
    cells = _Cells(strings.found)
    parts_of_xml.parse(parts.read(posixpath.normpath(path)), cells.start, cells.end, cells.text)
    return list(cells.rows()), _DAYS_1904 if book.is_1904 else 0


def _nothing(*_: object) -> None:
    pass


@dataclass
class _Book:
    """Which sheet is the first that is not hidden, and how days are counted."""

    first: str = ""
    is_1904: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "workbookPr":
            self.is_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet" and not self.first and attributes.get("state", "visible") == "visible":
            # The relation's id; its namespace is another in the strict form of the format.
            self.first = next(its for name, its in attributes.items() if name.endswith(" id"))


@dataclass
class _Targets:
    """Where the sheets are, by their relation's id."""

    found: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode", "Internal") == "Internal":
            self.found[attributes["Id"]] = attributes["Target"]


@dataclass
class _Strings:
    """The shared strings in order; readings of characters (phonetic) are no part of them."""

    found: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    is_in_text: bool = False
    is_in_reading: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002
        if name == "si":
            self.pieces = []
        self.is_in_reading = self.is_in_reading or name == "rPh"
        self.is_in_text = name == "t" and not self.is_in_reading

    def end(self, name: str) -> None:
        self.is_in_text = False
        if name == "rPh":
            self.is_in_reading = False
        elif name == "si":
            if len(self.found) >= _MOST_STRINGS:
                raise Invalid("This workbook is too large when it is unpacked.", field="file")
            self.found.append("".join(self.pieces)[: LONGEST_CELL + 1])

    def text(self, text: str) -> None:
        if self.is_in_text:
            self.pieces.append(text)


@dataclass
class _Cells:
    """The cells of a sheet by row and column (from 0), and which are merged."""

    strings: list[str]
    found: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    row: int = 0
    column: int = -1
    kind: str = "n"
    pieces: list[str] = field(default_factory=list)
    is_in_value: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = -1
            if not 0 < self.row <= _LAST_ROW:
                raise Invalid("A list has at most %(most)s hearings.", most=MOST_ROWS, field="file")
        elif name == "c":
            told = attributes.get("r", "")
            self.column = _place(told)[1] if told else self.column + 1
            self.kind, self.pieces = attributes.get("t", "n"), []
        elif name == "mergeCell" and len(self.merged) < _MOST_MERGED:
            self.merged.append(attributes.get("ref", ""))
        self.is_in_value = name in ("v", "t")

    def end(self, name: str) -> None:
        self.is_in_value = False
        if name != "c" or not 0 <= self.column < MOST_COLUMNS:
            return
        text = "".join(self.pieces)
        if text:
            self.found.setdefault(self.row, {})[self.column] = self._cell(text)

    def text(self, text: str) -> None:
        if self.is_in_value:
            self.pieces.append(text)

    def _cell(self, text: str) -> Cell:
        if self.kind == "s":
            text = self.strings[int(text)]
        elif self.kind == "n":
            return float(text)
        if len(text) > LONGEST_CELL:
            raise Invalid("Row %(row)s is too long to be a hearing.", row=self.row, field="file")
        return text

    def rows(self) -> Iterator[Row]:
        """Yield the rows; a merged cell's value stands in all rows and columns that it covers."""
        left = _MOST_SPREAD
        for reference in self.merged:
            left -= self._spread(reference, left)
        for row in sorted(self.found):
            cells = self.found[row]
            yield row, [cells.get(at, "") for at in range(max(cells) + 1)]

    def _spread(self, reference: str, most: int) -> int:
        """Let a merged cell hold for all that it covers; return how much that is."""
        first, _, last = reference.partition(":")
        (top, left), (bottom, right) = _place(first), _place(last or first)
        value = self.found.get(top, {}).get(left)
        columns = range(left, min(right, MOST_COLUMNS - 1) + 1)
        rows = range(top, min(bottom, _LAST_ROW) + 1)
        if len(rows) * len(columns) > most:
            raise ValueError(reference)
        if value is None:
            return 0
        for row in rows:
            if row in self.found:  # a row of nothing else is none
                for column in columns:
                    self.found[row].setdefault(column, value)
        return len(rows) * len(columns)


def _place(reference: str) -> tuple[int, int]:
    """Return row (from 1) and column (from 0) of a reference like ``B12``."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(reference)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column - 1
