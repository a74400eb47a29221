"""Lists as delimited text: CSV as spreadsheets and case systems write it [pure]."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

from server.errors import Invalid
from server.hearings.lists.sheet import LONGEST_CELL, MOST_COLUMNS, Row, known_headings

_DELIMITERS: Final = ",;\t|，"
_LOOKED_AT: Final = 10  # rows
_LOOKED_AT_SIGNS: Final = 20_000
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),  # "Unicode text" of Excel
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def text_of(data: bytes) -> str:
    """Return the text, which is UTF-8, GB18030, or what its byte order mark says."""
    mark = next((one for one in _BOMS if data.startswith(one[0])), None)
    encodings = (mark[1],) if mark else ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = data[len(mark[0]) if mark else 0 :].decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise Invalid(
        "This file is neither text in UTF-8 or GB18030, nor XLSX, nor iCalendar.", field="file"
    )


def rows(text: str) -> Iterator[Row]:
    """Yield the rows with the line each of them ends on; raises ``Invalid`` for broken quoting."""
    text, told = _without_told(text)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=told or _delimiter(text), strict=True
    )
    offset = 1 if told else 0
    try:
        for cells in reader:
            at = reader.line_num + offset
            if len(cells) > MOST_COLUMNS or any(len(cell) > LONGEST_CELL for cell in cells):
                raise Invalid("Row %(row)s is too long to be a hearing.", row=at, field="file")
            yield at, cells
    except csv.Error:
        raise Invalid(
            "Row %(row)s cannot be read: a quotation mark is missing, or is one too many.",
            row=reader.line_num + offset,
            field="file",
        ) from None


def _without_told(text: str) -> tuple[str, str]:
    """Return the text without Excel's ``sep=;`` in its first line, and that delimiter."""
    first, _, rest = text.partition("\n")
    told = first.rstrip("\r")
    if told.startswith("sep=") and told[4:] in tuple(_DELIMITERS):
        return rest, told[4:]
    return text, ""


def _delimiter(text: str) -> str:
    """Return the delimiter by which the first rows show the most headings."""

    def headings(delimiter: str) -> int:
        sample = csv.reader(io.StringIO(text[:_LOOKED_AT_SIGNS], newline=""), delimiter=delimiter)
        try:
            return max((known_headings(row) for row in islice(sample, _LOOKED_AT)), default=0)
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=headings)
