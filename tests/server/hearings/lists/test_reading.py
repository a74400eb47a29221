from collections.abc import Mapping

import pytest

from server.errors import Invalid, TooLarge
from server.hearings.lists.reading import MOST_BYTES, read
from server.hearings.lists.sheet import Cell
from tests.server.hearings.lists.writing import sheet_xml, workbook

HEADINGS = ["序号", "案 号", "法庭", "开庭日期", "开庭时间", "备注"]
ROW = ["1", "（2026）苏0102民初1号", "第一法庭", "2026-11-23", "09:30", "x"]
CELLS: Mapping[str, Cell] = {
    "case_number": ROW[1],
    "courtroom": ROW[2],
    "date": ROW[3],
    "time": ROW[4],
}


@pytest.mark.parametrize(
    "data",
    [
        "\n".join(",".join(row) for row in (["某法院开庭排期表"], HEADINGS, ROW)).encode(),
        "\n".join("\t".join(row) for row in (["排期"], HEADINGS, ROW)).encode("gb18030"),
        workbook(sheet_xml([["某法院开庭排期表"], HEADINGS, ROW], ["A1:F1"])),
    ],
)
def test_headings_stand_below_a_title(data: bytes) -> None:
    found = read(data)
    assert [(one.row, one.cells) for one in found.lines] == [(3, CELLS)]
    assert found.headings["case_number"] == "案 号"
    assert found.ignored == ("序号", "备注")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "row of headings"),
        (b"a,b,c\n1,2,3", "row of headings"),
        ("案号,法庭,备注\n1,2,3".encode(), "row of headings"),
        ("案号,案号,法庭,开庭时间\n".encode(), "twice"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old form"),
        (b"%PDF-1.7\n\x00", "neither text"),
        (b"PK\x03\x04", "damaged"),
        (b"BEGIN:VCALENDAR", "cannot be read"),
        ("\n".join(["案号,法庭,开庭时间", *["1,2,3"] * 2001]).encode(), "at most 2000"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        read(data)


def test_a_million_rows_are_refused() -> None:
    with pytest.raises(Invalid, match="at most 2000"):
        read("案号,法庭,开庭时间\n".encode() + b"1,2\n" * (MOST_BYTES // 4 - 20))
    with pytest.raises(TooLarge):
        read(b"1" * (MOST_BYTES + 1))
