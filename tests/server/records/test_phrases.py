"""What a check finds is said in the reader's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from media.spool.sheet import LAWFUL
from server.records.phrases import (
    finding_words,
    gap_words,
    note_words,
    public_gap_words,
    reason_words,
    stream_words,
)
from server.translation import LANGUAGES

SPOOL = Path(__file__).parents[3] / "media" / "spool"
SAID = re.compile(r"""(?:Finding\(|_found\([^"]*?, )"([a-z][^"]+)\"""")


def found() -> set[str]:
    """Return the plain sentences of the verifier."""
    return {
        sentence
        for name in ("verify.py", "verification.py")
        for sentence in SAID.findall((SPOOL / name).read_text())
    }


def test_every_finding_has_its_chinese() -> None:
    assert len(found()) > 10
    assert not {one for one in found() if finding_words("zh-CN", one) == one}


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("the seal is broken: line 3: torn", "封签已损坏：line 3: torn"),
        ("17 bytes behind the seal", "封签之后另有 17 字节"),
        ("something new", "something new"),
    ],
)
def test_what_a_finding_names_is_kept(what: str, words: str) -> None:
    assert finding_words("zh-CN", what) == words
    assert finding_words("en", what) == what


def test_a_note_keeps_its_place() -> None:
    said = "judge: 00000001.seal: 3 pieces unsigned"
    assert note_words("zh-CN", said) == "judge: 00000001.seal: 3 块尚未签名"


def test_reasons_and_gaps_are_said_in_words() -> None:
    assert all(reason_words("en", reason) != reason for reason in LAWFUL)
    assert gap_words("zh-CN", "recorder_stopped") == "录制程序曾停止。"
    assert gap_words("en", "stalled") == "The camera is connected but sends nothing."
    assert (gap_words("en", "odd"), stream_words("zh-CN", "audio")) == ("odd", "声音")


def test_everybody_reads_why_a_recess_is_not_in_the_record() -> None:
    said = {language: public_gap_words(language, "recess") for language in LANGUAGES}
    assert said["en"] == "Left out in the recess, as the court's rules ask"
    assert said["zh-CN"] == gap_words("zh-CN", "recess") == "休庭期间按本院规则未录制"
