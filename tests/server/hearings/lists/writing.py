"""Writes workbooks for tests: as spreadsheets do, and as those do who mean harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">{{properties}}<sheets>'
    '<sheet name="hidden" sheetId="1" state="hidden" r:id="rId9"/>'
    '<sheet name="排期" sheetId="2" r:id="rId1"/></sheets></workbook>'
)
TARGETS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>'
)


def archive(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return out.getvalue()


def sheet_xml(rows: Sequence[Sequence[str | float | None]], merged: Sequence[str] = ()) -> str:
    """Return a sheet of inline strings and numbers."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for column, cell in enumerate(row):
            place = f"{chr(65 + column)}{number}"
            if isinstance(cell, str):
                text = escape(cell)
                cells.append(f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>')
            elif cell is not None:
                cells.append(f'<c r="{place}" s="3"><v>{cell}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    merges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    body = f"<sheetData>{''.join(lines)}</sheetData><mergeCells>{merges}</mergeCells>"
    return f'<worksheet xmlns="{MAIN}">{body}</worksheet>'


def workbook(
    sheet: str | bytes, properties: str = "", more: Mapping[str, str | bytes] | None = None
) -> bytes:
    """Return a workbook whose first visible sheet this is."""
    parts: dict[str, str | bytes] = {
        "xl/workbook.xml": BOOK.format(properties=properties),
        "xl/_rels/workbook.xml.rels": TARGETS,
        "xl/worksheets/sheet1.xml": sheet,
    }
    return archive(parts | dict(more or {}))
