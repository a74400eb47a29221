"""The file that a reader's calendar subscribes to."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from server.notices.icalendar import Event, calendar

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
CONFIRMED = Event(
    "hearing-h",
    2,
    AT,
    AT,
    "买卖合同纠纷",
    "法院 第一法庭",
    "原告 甲, 乙; 丙",
    "http://x/n",
    "CONFIRMED",
)


def test_an_event_has_what_a_calendar_needs() -> None:
    lines = calendar("Public notices", [CONFIRMED]).split("\r\n")
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    for line in (
        "UID:hearing-h",
        "SEQUENCE:2",
        "DTSTART:20261123T013000Z",
        "SUMMARY:买卖合同纠纷",
        r"DESCRIPTION:原告 甲\, 乙\; 丙",
        "STATUS:CONFIRMED",
    ):
        assert line in lines


@given(st.text(max_size=200))
def test_no_text_begins_a_line_of_its_own_or_makes_one_too_long(text: str) -> None:
    event = Event("u", 1, AT, AT, text, text, text, "http://x/", "CANCELLED")
    lines = calendar(text, [event]).encode("utf-8", "replace").split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    whole = [line for line in lines if not line.startswith(b" ")]
    assert len(whole) == 17 + 1
