import contextlib
import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.hearings.lists.workbook import rows
from tests.server.hearings.lists.writing import MAIN, archive, sheet_xml, workbook

HEADINGS = ["案号", "法庭", "开庭时间"]


def test_strings_and_numbers_of_the_first_visible_sheet() -> None:
    shared = (
        f'<sst xmlns="{MAIN}"><si><t>第一法庭</t></si>'
        "<si><r><t>民</t></r><r><t>事</t></r><rPh><t>MINSHI</t></rPh></si></sst>"
    )
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="3"><c r="A3" t="s"><v>0</v></c>'
        '<c r="C3" t="s"><v>1</v></c><c r="D3"><f>1+1</f><v>2</v></c></row></sheetData></worksheet>'
    )
    found, offset = rows(workbook(sheet, more={"xl/sharedStrings.xml": shared}))
    assert found == [(3, ["第一法庭", "", "民事", 2.0])]
    assert offset == 0


def test_days_may_be_counted_from_1904() -> None:
    data = workbook(sheet_xml([[45000.5]]), '<workbookPr date1904="1"/>')
    assert rows(data) == ([(1, [45000.5])], 1462)


def test_a_merged_cell_holds_for_all_that_it_covers() -> None:
    sheet = sheet_xml([["一", "a"], [None, "b"], [None, "c"]], ["A1:A2", "A1:XFD1048576"])
    assert rows(workbook(sheet))[0][:2] == [
        (1, ["一", "a", *["一"] * 62]),
        (2, ["一", "b", *["一"] * 62]),
    ]


def test_cells_that_are_merged_over_each_other_are_refused() -> None:
    sheet = sheet_xml([["x"]] * 2000, ["A1:XFD1048576"] * 4000)
    with pytest.raises(Invalid, match="damaged"):
        rows(workbook(sheet))


def test_a_decompression_bomb_is_not_unpacked() -> None:
    bomb = b"<a>" + b" " * 40_000_000
    data = workbook(bomb)
    assert len(data) < 100_000
    with pytest.raises(Invalid, match="too large when it is unpacked"):
        rows(data)


def test_what_is_declared_of_a_size_counts_for_nothing() -> None:
    data = bytearray(workbook(b"<a>" + b" " * 40_000_000))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 100)
    with pytest.raises(Invalid):
        rows(bytes(data))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://192.0.2.1/"> %p;]>',
    ],
)
def test_no_document_type_is_taken(doctype: str) -> None:
    sheet = sheet_xml([HEADINGS])
    with pytest.raises(Invalid, match="no spreadsheet writes"):
        rows(workbook(doctype + sheet))


def test_depth_is_bounded() -> None:
    with pytest.raises(Invalid, match="damaged"):
        rows(workbook("<a>" * 100_000))


def test_a_million_rows_are_refused_early() -> None:
    rows_xml = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1000000"/>'
    with pytest.raises(Invalid, match="at most 2000"):
        rows(workbook(f'<worksheet xmlns="{MAIN}"><sheetData>{rows_xml}</sheetData></worksheet>'))


def test_an_archive_that_is_something_else_too_is_refused() -> None:
    data = workbook(sheet_xml([HEADINGS]))
    for other in (b"PK\x03\x04garbage" + data, b"%PDF-1.7\n" + data):
        with pytest.raises(Invalid, match="damaged"):
            rows(other)


def test_only_plain_members_are_opened() -> None:
    parts = {"xl/workbook.xml": "<a/>", "xl/_rels/workbook.xml.rels": "<a/>"}
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with pytest.raises(Invalid, match="damaged"):
            rows(archive(parts, method))
    many = {f"m{number}": "" for number in range(600)}
    with pytest.raises(Invalid, match="damaged"):
        rows(archive(parts | many))
    with pytest.raises(Invalid, match="no XLSX workbook"):
        rows(archive({"content.xml": "<a/>", "mimetype": "ods"}))


def test_the_same_member_twice_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("xl/workbook.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("xl/workbook.xml", "<b/>")
    with pytest.raises(Invalid, match="damaged"):
        rows(out.getvalue())


def test_a_broken_part_is_told() -> None:
    data = bytearray(workbook(sheet_xml([HEADINGS] * 50)))
    at = data.index(b"sheet1.xml") + len("sheet1.xml")
    data[at : at + 8] = b"\xff" * 8
    with pytest.raises(Invalid, match="damaged"):
        rows(bytes(data))


@given(st.binary(max_size=400), st.integers(0, 600))
def test_whatever_comes_is_read_or_refused(noise: bytes, at: int) -> None:
    data = bytearray(workbook(sheet_xml([HEADINGS, ["a", "b", 1.5]])))
    data[at : at + len(noise)] = noise
    for one in (bytes(data), noise):
        with contextlib.suppress(Invalid):
            rows(one)
