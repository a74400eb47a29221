from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from server.hearings.lists.checking import Entry, Known, check
from server.hearings.lists.sheet import Cell, Line, Sheet

KNOWN = Known(
    rooms={"第一法庭": ("r1",), "courtroom1": ("r1",), "第二法庭": ("r2", "r3")},
    judges={"韩某": ("j1",), "王芳": ("j2", "j3")},
    divisions={"民事审判第一庭": ("d1",), "刑庭": ("d2", "d3")},
    style="cn",
    zone=ZoneInfo("Asia/Shanghai"),
    now=datetime(2026, 11, 20, tzinfo=UTC),
)
RIGHT: dict[str, Cell] = {
    "case_number": "(2026)苏0102民初1号",
    "courtroom": "第 一 法庭",
    "time": "2026-11-23 09:30",
}
AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
ENTRY = Entry(1, "（2026）苏0102民初1号", "r1", AT)


def checked(*rows: dict[str, Cell]) -> tuple[list[Entry], list[tuple[int, str, str]]]:
    lines = tuple(Line(number, RIGHT | row) for number, row in enumerate(rows, 1))
    entries, wrong = check(Sheet(lines, {}), KNOWN)
    return entries, [(one.row, one.field, one.text % dict(one.values)) for one in wrong]


def test_a_row_becomes_a_hearing() -> None:
    more: dict[str, Cell] = {
        "courtroom": "Courtroom 1",
        "title": "甲公司诉乙公司",
        "cause": "买卖合同纠纷",
        "nature": "民事案件",
        "judge": "韩某",
        "division": "民事审判 第一庭",
        "plaintiff": "甲公司；丙公司",
        "defendant": "乙公司",
    }
    parties = (("plaintiff", "甲公司"), ("plaintiff", "丙公司"), ("defendant", "乙公司"))
    assert checked(more) == (
        [
            replace(
                ENTRY,
                title="甲公司诉乙公司",
                cause="买卖合同纠纷",
                nature="civil",
                judge="j1",
                division="d1",
                parties=parties,
            )
        ],
        [],
    )


@pytest.mark.parametrize(
    ("field", "cell", "why"),
    [
        ("case_number", "", "案号"),
        ("case_number", 12.0, "案号"),
        ("case_number", "（2029）苏0102民初1号", "year"),
        ("courtroom", "", "needed"),
        ("courtroom", "第九法庭", "no such courtroom"),
        ("courtroom", "第二法庭", "several"),
        ("time", "", "needed"),
        ("time", "soon", "day and a time"),
        ("time", "2062-11-23 09:30", "year"),
        ("judge", "李四", "No judge"),
        ("judge", "王芳", "several"),
        ("division", "少年庭", "No trial division"),
        ("division", "刑庭", "several"),
        ("nature", "家事", "One of"),
        ("title", '=HYPERLINK("http://192.0.2.1")', "formula"),
        ("title", "＝1+1", "formula"),
        ("cause", "@SUM(A1)", "formula"),
        ("plaintiff", "甲公司；+86", "formula"),
        ("cause", "#REF!", "error"),
        ("title", "a\u202eb", "cannot be shown"),
        ("title", "长" * 201, "At most 200"),
        ("plaintiff", "；".join(f"人{number}" for number in range(51)), "At most 50"),
    ],
)
def test_each_wrong_cell_is_named(field: str, cell: Cell, why: str) -> None:
    entries, wrong = checked({}, {field: cell})
    assert [one.row for one in entries] == [1]
    [(row, named, text)] = [one for one in wrong if one[1] in (field, "")]
    assert row == 2
    assert why in text or (why == "案号" and named == "case_number")


def test_all_that_is_wrong_with_a_row_is_told_at_once() -> None:
    _, wrong = checked({"case_number": "x", "courtroom": "x", "time": "x", "judge": "x"})
    assert [field for _, field, _ in wrong] == ["case_number", "courtroom", "time", "judge"]


def test_rows_that_contradict_each_other_are_named() -> None:
    later: dict[str, Cell] = {"time": "2026-11-23 14:00"}
    _, wrong = checked({"cause": "借款"}, {}, later | {"cause": "买卖"})
    assert wrong == [
        (2, "", "This is the hearing of row 1 again."),
        (3, "cause", "Row 1 says otherwise of this case."),
    ]


def test_what_one_row_says_of_a_case_holds_for_its_others() -> None:
    entries, wrong = checked({}, {"time": "2026-11-23 14:00", "cause": "借款"})
    assert not wrong
    assert [one.cause for one in entries] == ["借款", "借款"]
