import pytest

from server.errors import Invalid
from server.hearings.case_number import case_number


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("（2026）京0105民初12345号", "（2026）京0105民初12345号"),
        ("(2026) 京 0105 民初 12345 号", "（2026）京0105民初12345号"),
        ("（２０２６）苏07刑初１２号", "（2026）苏07刑初12号"),
        ("（2025）最高法知民终3号之一", "（2025）最高法知民终3号之一"),
    ],
)
def test_a_chinese_number_gets_the_prescribed_form(given: str, stored: str) -> None:
    assert case_number(given, "cn", 2026) == stored


@pytest.mark.parametrize(
    "given",
    ["", "12", "（2026）京0105民初0号", "（2027）京0105民初1号", "（1900）京0105民初1号",
     "（2026）X0105民初1号", "（2026）京0105民初1", "（2026）京0105民初1号" * 9],
)  # fmt: skip
def test_what_is_no_case_number_is_refused(given: str) -> None:
    with pytest.raises(Invalid) as problem:
        case_number(given, "cn", 2026)
    assert problem.value.problems[0].field == "case_number"


def test_other_courts_have_other_numbers() -> None:
    assert case_number(" UKSC  2026/0012 ", "free", 2026) == "UKSC 2026/0012"
    with pytest.raises(Invalid):
        case_number("a\u0000b", "free", 2026)
