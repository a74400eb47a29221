"""Personal numbers are found in a text, and other numbers are left alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.reports.sensitive import find_sensitive


def identity(first: str) -> str:
    """Complete 17 digits to an identity number by GB 11643-1999."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"被告人身份证号{identity('32030519850101123')}。", "identity_number"),
        (f"号码:{identity('11010119900307001').lower()}", "identity_number"),
        ("联系电话13812345678,请记录", "phone"),
        ("电话 138 1234 5678", "phone"),
        ("电话１３８１２３４５６７８", "phone"),
        ("卡号 4111 1111 1111 1111", "bank_card"),
        ("卡号6222020200112230011", None),
        ("(2026)苏03民初1234号", None),
        ("合同金额 1234567890123456 元", None),
        ("2026年11月23日09时30分", None),
        ("赔偿138123456元", None),
        ("", None),
    ],
)
def test_what_is_found(text: str, kind: str | None) -> None:
    found = find_sensitive(text)
    assert (found.kind if found else None) == kind


@given(
    st.integers(110000, 659999),
    st.dates(date(1920, 1, 1), date(2030, 1, 1)).map(lambda day: f"{day:%Y%m%d}"),
    st.integers(0, 999),
    st.text(alphabet="甲乙丙,。 ab", max_size=10),
)
def test_every_identity_number_is_found_wherever_it_stands(
    place: int, birth: str, order: int, around: str
) -> None:
    text = around + identity(f"{place}{birth}{order:03}") + around
    found = find_sensitive(text)
    assert found is not None
    assert found.kind == "identity_number"
