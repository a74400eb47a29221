"""Draws a form as a PDF on A4, with the letters it needs and no others embedded.

Imported only when somebody asks for a PDF: the library takes a second or two to load.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import zip_longest
from typing import Final

from fpdf import FPDF, FontFace
from fpdf.enums import WrapMode
from fpdf.fonts import TTFFont
from fpdf.table import Table
from noto_cjk_sans_otc import FONT_PATH

from server.pages.form_sheet import Fact, FormSheet
from server.translation import Language

# The collection holds one face per region; the third draws Han characters as mainland China does.
_SIMPLIFIED_CHINESE: Final = 2
_FAMILY: Final = "cjk"
_MARGIN_MM: Final = 18
_WIDTH_MM: Final = 210 - 2 * _MARGIN_MM
_TITLE_PT, _HEAD_PT, _TEXT_PT, _SMALL_PT = 17, 12, 10, 8
_EM_MM: Final = _TEXT_PT * 25.4 / 72
_FULL_WIDTH_FROM: Final = 0x1100  # Hangul, and Han behind it; what is narrower is mostly Latin
_LATIN: Final = 0.75  # the widest of its letters in this font, with words that go to the next line
_PADDING_MM: Final = 4
_MOST_LINES: Final = 24
_LABEL: Final = FontFace(fill_color=(240, 240, 240))
_MISSING: Final = "〓"  # what compositors set for a letter they do not have
_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class _Paper(FPDF):
    """A4 with a page number at the foot."""

    def __init__(self, printed: str) -> None:
        super().__init__(format="A4")
        self._printed = printed
        self.add_font(_FAMILY, fname=FONT_PATH, collection_font_number=_SIMPLIFIED_CHINESE)
        font = self.fonts[_FAMILY]
        self._letters = frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset()
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM + 4)

    def footer(self) -> None:
        """Write who printed it when, and the page."""
        self.set_y(-_MARGIN_MM)
        self.set_font(_FAMILY, size=_SMALL_PT)
        self.cell(w=_WIDTH_MM / 2, text=self.letters(self._printed))
        self.cell(w=_WIDTH_MM / 2, text=f"{self.page_no()} / {{nb}}", align="R")

    def letters(self, text: str) -> str:
        """Return a text in letters that the font has."""
        clean = _CONTROLS.sub(" ", text.replace("\r\n", "\n"))
        return "".join(
            one if one == "\n" or ord(one) in self._letters else _MISSING for one in clean
        )


def form_pdf(sheet: FormSheet, language: Language, at: datetime) -> bytes:
    """Return the form as a PDF; takes about a second of a core."""
    paper = _Paper(sheet.printed)
    paper.set_title(sheet.title)
    paper.set_lang(language)
    paper.set_creator("Tingbo")
    paper.set_creation_date(at)
    paper.add_page()
    paper.set_font(_FAMILY, size=_TITLE_PT)
    paper.multi_cell(w=_WIDTH_MM, text=paper.letters(sheet.title), align="C", new_y="NEXT")
    paper.ln(4)
    wrap = WrapMode.WORD if language == "en" else WrapMode.CHAR
    _facts(paper, sheet.facts, wrap)
    _rows(paper, wrap, sheet.checklist_title, (12, 112, 50), sheet.checklist)
    signatures = sheet.signatures or ((sheet.unsigned, "", ""),)
    _rows(paper, wrap, sheet.signatures_title, (44, 82, 48), signatures)
    if sheet.documents:
        _rows(paper, wrap, sheet.documents_title, (58, 44, 72), sheet.documents)
    paper.ln(3)
    paper.set_font(_FAMILY, size=_SMALL_PT)
    paper.multi_cell(w=_WIDTH_MM, text=paper.letters(sheet.source), wrapmode=WrapMode.CHAR)
    return bytes(paper.output())


def _table(paper: _Paper, widths: tuple[int, ...], wrap: WrapMode) -> Table:
    return Table(
        paper,
        width=_WIDTH_MM,
        col_widths=widths,
        first_row_as_headings=False,
        line_height=5.2,
        padding=1,
        text_align="L",
        wrapmode=wrap,
    )


def _facts(paper: _Paper, facts: tuple[Fact, ...], wrap: WrapMode) -> None:
    paper.set_font(_FAMILY, size=_TEXT_PT)
    table = _table(paper, (26, 61, 26, 61), wrap)
    pairs = [one for one in facts if not one.is_wide]
    for left, right in zip(pairs[::2], pairs[1::2], strict=True):
        row = table.row()
        for one in (left, right):
            row.cell(paper.letters(one.label), style=_LABEL)
            row.cell(paper.letters(one.value))
    for one in facts:
        if one.is_wide:
            for at, part in enumerate(_parts(paper.letters(one.value), 148)):
                row = table.row()
                row.cell(paper.letters(one.label) if at == 0 else "", style=_LABEL)
                row.cell(part, colspan=3)
    table.render()


def _rows(
    paper: _Paper,
    wrap: WrapMode,
    title: str,
    widths: tuple[int, int, int],
    rows: tuple[tuple[str, str, str], ...],
) -> None:
    paper.ln(3)
    paper.set_font(_FAMILY, size=_HEAD_PT)
    paper.cell(w=_WIDTH_MM, text=paper.letters(title), new_x="LMARGIN", new_y="NEXT")
    paper.ln(1)
    paper.set_font(_FAMILY, size=_TEXT_PT)
    table = _table(paper, widths, wrap)
    for cells in rows:
        parts = [
            _parts(paper.letters(cell), width) for cell, width in zip(cells, widths, strict=True)
        ]
        for of_row in zip_longest(*parts, fillvalue=""):
            row = table.row()
            for part in of_row:
                row.cell(part)
    table.render()


def _parts(text: str, width_mm: int) -> list[str]:
    """Return a cell's text in parts of few lines: a row that is higher than a page has no place."""
    parts, part, lines, filled = [], "", 1, 0.0
    for letter in text:
        wide = _EM_MM if ord(letter) >= _FULL_WIDTH_FROM else _EM_MM * _LATIN
        if letter == "\n" or filled + wide > width_mm - _PADDING_MM:
            lines, filled = lines + 1, 0.0
        if lines > _MOST_LINES:
            parts.append(part)
            part, lines = "", 1
        part += letter
        filled += 0 if letter == "\n" else wide
    return [*parts, part]
