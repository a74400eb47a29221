import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.statistics.export import BOM, csv_text, guarded


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert guarded(text) == f"'{text}"


def test_numbers_and_words_stay_as_they_are() -> None:
    assert guarded(-5) == -5
    assert guarded("（2026）沪01民终1号") == "（2026）沪01民终1号"


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2
        )
    )
)
def test_a_spreadsheet_reads_what_was_written(rows: list[list[str]]) -> None:
    text = csv_text(["a", "b"], rows)
    assert text.startswith(BOM)
    read = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))
    assert read == [["a", "b"], *([guarded(cell) for cell in row] for row in rows)]
