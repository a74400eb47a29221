import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from server.errors import Invalid
from server.hearings.case_number import case_number, check_style


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


@pytest.mark.parametrize(
    ("style", "given", "stored"),
    [
        ("（{year}）苏0102{type}{number}号", "(2026) 苏 0102 民初 7 号", "（2026）苏0102民初7号"),
        ("UKSC {year}/{number:4}", "UKSC  2026/0012", "UKSC 2026/0012"),
        ("ICC-{number:2}/{letters}", "ICC-07/AB", "ICC-07/AB"),
        ("No. {number}", "No. 12", "No. 12"),
    ],
)
def test_a_court_has_a_style_of_its_own(style: str, given: str, stored: str) -> None:
    check_style(style)
    assert case_number(given, style, 2026) == stored


def test_a_wrong_number_is_answered_with_a_right_one() -> None:
    for given in ("（2026）苏0103民初7号", "7", "（2026）苏0102民初7"):
        with pytest.raises(Invalid, match="looks like （2026）苏0102民初123号"):
            case_number(given, "（{year}）苏0102{type}{number}号", 2026)
    with pytest.raises(Invalid, match="looks like UKSC 2026/0012"):
        case_number("UKSC 26/12", "UKSC {year}/{number:4}", 2026)


@pytest.mark.parametrize(
    "style",
    ["", "x", "{year}", "{number}{number}", "{number", "{other}{number}", "{year:4}{number}",
     "{number}\n", "{number}" + "x" * 200, "(.*)*{Number}"],
)  # fmt: skip
def test_what_is_no_style_is_refused(style: str) -> None:
    with pytest.raises(Invalid):
        check_style(style)


@given_any(st.text(max_size=64))
def test_whatever_is_given_is_a_number_or_refused(text: str) -> None:
    for style in ("cn", "（{year}）{court}{type}{letters}{number}号{part}", "{year}{number}"):
        try:
            once = case_number(text, style, 2026)
        except Invalid:
            continue
        assert case_number(once, style, 2026) == once
