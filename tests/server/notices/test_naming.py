"""What a passer-by learns of a hearing to come: what its notice says, or that there is none."""

from dataclasses import replace
from datetime import UTC, datetime

from server.hearings.model import Hearing
from server.notices.model import Ending, Notice, Text
from server.notices.naming import as_announced

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
HEARING = Hearing(
    "h", "张某诉李某", "Zhang v. Li", "（2026）苏0102民初1号", "借贷", "c", "法院", "Court",
    "Asia/Shanghai", "r", "第一法庭", "Courtroom 1", AT, None, "civil", "judge",
)  # fmt: skip
PARTIES = (("plaintiff", "张某"), ("defendant", "李某"))
TEXT = Text("civil", "借贷", PARTIES, AT, "第一法庭", "Courtroom 1")
NOTICE = Notice(
    "n", "h", "c", "法院", "Court", "Asia/Shanghai", 1, TEXT, 3, 3, "", AT, None, moved=False
)


def test_a_notice_names_cause_and_parties_and_nothing_more() -> None:
    shown = as_announced(HEARING, NOTICE)
    assert (shown.title, shown.title_en) == ("借贷：张某、李某", "借贷: 张某, 李某")
    assert shown.case_number == ""
    assert (shown.court_name, shown.scheduled_at) == ("法院", AT)


def test_without_a_notice_that_holds_the_case_is_not_named() -> None:
    for notice in (
        None,
        replace(NOTICE, moved=True),
        replace(NOTICE, ending=Ending("withdrawn", "reason", AT)),
    ):
        shown = as_announced(HEARING, notice)
        assert (shown.title, shown.title_en) == ("案件尚未公告", "Case not announced yet")
        assert (shown.case_number, shown.cause) == ("", "")
        assert (shown.courtroom_name, shown.scheduled_at) == ("第一法庭", AT)
