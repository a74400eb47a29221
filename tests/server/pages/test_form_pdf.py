"""The form as a PDF, read back by a reader that is not ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pypdfium2 import PdfDocument

from server.pages.form_pdf import form_pdf
from server.pages.form_sheet import Fact, FormSheet

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
LONG = "具有公开教育意义。" * 440 + "\n" * 400
SHEET = FormSheet(
    "庭审直播审批表",
    (
        Fact("案号", "（2026）苏07民初1号"),
        Fact("审判长", "㛃\x00䶮 \U0001f600"),
        Fact("理由", LONG, is_wide=True),
    ),
    "检查表",
    (("E-01", "案件是否涉及国家秘密？", "否\nW" + "W" * 3000),),
    "签署",
    (),
    "附件材料",
    (("起诉书.pdf", "王\n2026-11-26", "12,345 字节\nSHA-256 " + "b" * 64),),
    "尚未签署",
    "政策 SHA-256 " + "a" * 64,
    "打印于 2026-11-26",
)


def words_of(pdf: bytes) -> tuple[dict[str, str], str]:
    """Return what a browser's reader finds: the metadata, and the text without blanks."""
    document = PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    metadata = document.get_metadata_dict()
    document.close()
    return metadata, "".join(text.split())


def test_a_reader_finds_the_words_and_every_page() -> None:
    pdf = form_pdf(SHEET, "zh-CN", AT)
    metadata, plain = words_of(pdf)
    assert metadata["Title"] == "庭审直播审批表"
    assert b"/Lang (zh-CN)" in pdf
    assert b"NotoSansCJKSC" in pdf
    assert len(pdf) < 100_000  # with the letters that are in it, not with all
    for words in (
        "（2026）苏07民初1号",
        "㛃䶮〓",
        "案件是否涉及国家秘密？",
        "尚未签署",
        "1/",
        "起诉书.pdf",
        "b" * 64,
    ):
        assert words in plain
    assert plain.count("教育") == 440  # no page has lost a line
    assert plain.count("W") == 3001


def test_english_words_stay_whole() -> None:
    words = "Whether the hearing touches the private life of somebody who did not agree. " * 8
    sheet = replace(SHEET, facts=(), checklist=(("E-02", words, "no"),))
    _, plain = words_of(form_pdf(sheet, "en", AT))
    assert "".join(words.split()) in plain
