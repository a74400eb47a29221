import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.hearings.lists.delimited import rows, text_of

TEXT = "案号,法庭,开庭时间\n（2026）苏0102民初1号,第一法庭,2026-11-23 09:30\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("gb18030"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
)
def test_the_encodings_of_chinese_spreadsheets(data: bytes) -> None:
    assert text_of(data) == TEXT


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02", b"\xff\xff\xff", codecs.BOM_UTF8 + b"\xff", "a案".encode("utf-16-le")]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="neither text"):
        text_of(data)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_the_delimiter_is_that_which_shows_the_headings(delimiter: str) -> None:
    text = f"案号{delimiter}法庭{delimiter}开庭时间\na{delimiter}b{delimiter}c\n"
    assert list(rows(text)) == [(1, ["案号", "法庭", "开庭时间"]), (2, ["a", "b", "c"])]


def test_excel_tells_its_delimiter() -> None:
    assert list(rows("sep=;\r\na,b;c\r\n")) == [(2, ["a,b", "c"])]


def test_a_row_has_the_number_of_its_last_line() -> None:
    assert list(rows('a,"b\nc"\nd,e\n')) == [(2, ["a", "b\nc"]), (3, ["d", "e"])]


@pytest.mark.parametrize("text", ['a,"b\n' + "x" * 200_000, 'a,"b"c\n', "a" * 5000, "a," * 100])
def test_broken_quoting_and_endless_cells_are_told(text: str) -> None:
    with pytest.raises(Invalid, match=r"Row [12] "):
        list(rows(text))


@given(st.text(max_size=300))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Invalid):
        list(rows(text))
