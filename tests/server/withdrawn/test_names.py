"""A name is found however it was typed, and nothing else is taken for it."""

import unicodedata

import pytest

from server.withdrawn.names import Names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("王芳", "王芳"),
        ("王芳", "王　芳"),  # as wide as a name of three
        ("王芳", "王 芳"),
        ("王芳", "王\u200b芳"),
        ("欧阳孤鸿", "欧阳 孤鸿"),
        ("José Núñez", unicodedata.normalize("NFD", "José Núñez")),
        ("José Núñez", "JOSÉ  NÚÑEZ"),
        ("Li Lei", "Ｌｉ　Ｌｅｉ"),
        ("Li Lei", "Li\u00a0Lei"),
        ("O'Brien (Jr.)", "o'brien (jr.)"),
        ("A.B", "A.B"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, text: str) -> None:
    assert Names({name: "某甲"}).hidden(f"证人{text}到庭") == "证人某甲到庭"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("王芳", "王\n芳"),  # two lines are two things
        ("王芳", "王、芳"),
        ("Li Lei", "LiLei"),
        ("A.B", "AxB"),
        ("王芳", ""),
    ],
)
def test_what_is_another_word_stays(name: str, text: str) -> None:
    assert Names({name: "某甲"}).hidden(text) == text


def test_a_mark_that_holds_a_name_withdrawn_later_does_not_tell_it() -> None:
    names = Names({"王小明": "李雷之母", "李雷": "某甲"})
    assert names.hidden("王小明与李雷") == "某某之母与某甲"


def test_hostile_texts_are_read_to_their_end() -> None:
    names = Names({"王" * 60: "某", "a b " * 14: "某"})
    text = "王 " * 50_000 + "a  b\u200b" * 10_000
    assert len(names.hidden(text)) < len(text)
