from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.hearings.model import Hearing
from server.hearings.participants.model import Logged, Part, Participant
from server.notices.model import Notice, days_between, flaw, text_of

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai
HEARING = Hearing(
    "h", "张某案", "", "（2026）苏0102刑初1号", "盗窃", "c", "法院", "", "Asia/Shanghai", "r",
    "第一法庭", "Courtroom 1", AT, None, "criminal", "judge",
)  # fmt: skip
GONE = Logged("removed", "", AT, "entered wrongly", "p", AT)
PEOPLE = [
    Participant("1", "h", Part.ACCUSED, "张某", ""),
    Participant("2", "h", Part.VICTIM, "李某", ""),
    Participant("3", "h", Part.ACCUSED, "王小明", "王某"),
    Participant("4", "h", Part.ACCUSED, "赵某", "", (GONE,)),
    Participant("5", "h", Part.PLAINTIFF, "孙某", ""),
    Participant("6", "h", Part.WITNESS, "周某", ""),
]


def test_a_criminal_notice_names_the_accused_and_nobody_else() -> None:
    text = text_of(HEARING, PEOPLE)
    assert text.parties == (("accused", "张某"), ("accused", "王某"))
    assert (text.cause, text.place, text.missing) == ("盗窃", "第一法庭", ())


@pytest.mark.parametrize("nature", ["civil", "administrative", "other"])
def test_other_notices_name_the_parties(nature: str) -> None:
    assert text_of(replace(HEARING, nature=nature), PEOPLE).parties == (("plaintiff", "孙某"),)


def test_what_the_law_names_and_nobody_has_entered_is_missing() -> None:
    assert text_of(replace(HEARING, cause=""), PEOPLE[3:]).missing == ("cause", "parties")


@pytest.mark.parametrize(
    ("published_at", "days"),
    [
        (datetime(2026, 11, 20, 15, 59, tzinfo=UTC), 3),  # 23:59 on the 20th there
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), 2),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), 0),
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), -2),
    ],
)
def test_days_are_those_of_the_court_s_calendar(published_at: datetime, days: int) -> None:
    assert days_between(published_at, AT, "Asia/Shanghai") == days


def test_a_day_of_23_hours_is_a_day() -> None:
    at = datetime(2026, 3, 30, 8, tzinfo=UTC)
    assert days_between(at - timedelta(days=3) + timedelta(hours=1), at, "Europe/London") == 3


def test_what_stands_against_a_notice() -> None:
    text = text_of(HEARING, PEOPLE)
    notice = Notice(
        "n", "h", "c", "法院", "", "Asia/Shanghai", 1, text, 3, 3, "",
        datetime(2026, 11, 20, 4, tzinfo=UTC), None, moved=False,
    )  # fmt: skip
    assert flaw(None, text, 0) is None
    assert flaw(None, text, 3) == "none"
    assert flaw(notice, text, 3) is None
    assert flaw(notice, text, 4) == "late"
    assert flaw(replace(notice, late_reason="urgent"), text, 4) is None
    later = replace(text, scheduled_at=AT + timedelta(hours=1))
    assert flaw(notice, later, 3) == "changed"
