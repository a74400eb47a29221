import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.hearings.lists.icalendar import sheet
from server.hearings.lists.sheet import Line

ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Our zone\r\n"
    "BEGIN:STANDARD\r\nDTSTART:20001029T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:20000326T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


def calendar(*events: str, zone: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT\r\n" for one in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}{body}END:VCALENDAR\r\n"


def only(event: str, zone: str = "") -> Line:
    [line] = sheet(calendar(event, zone=zone)).lines
    return line


def test_an_event_is_a_hearing() -> None:
    line = only(
        "SUMMARY:（2026）苏0102民初1号 甲公司诉\r\n 乙公司\\, 买卖合同纠纷\r\n"
        'LOCATION;ALTREP="http://192.0.2.1/:x":第一法庭\r\nDTSTART:20261123T013000Z'
    )
    assert line.row == 3
    assert line.cells == {
        "case_number": "（2026）苏0102民初1号",
        "title": "甲公司诉乙公司, 买卖合同纠纷",
        "courtroom": "第一法庭",
        "time": datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("starts", "utc"),
    [
        ("DTSTART:20261123T013000Z", (11, 23, 1, 30)),
        ("DTSTART;TZID=Asia/Shanghai:20261123T093000", (11, 23, 1, 30)),
        ("DTSTART;TZID=Our zone:20261123T093000", (11, 23, 8, 30)),
        ("DTSTART;TZID=Our zone:20260701T093000", (7, 1, 7, 30)),
        ('DTSTART;TZID="Our zone":20260329T030000', (3, 29, 1, 0)),
        ("DTSTART;TZID=Our zone:20261025T023000", (10, 25, 0, 30)),
        ("DTSTART;TZID=Our zone:20261025T030000", (10, 25, 2, 0)),
    ],
)
def test_zones(starts: str, utc: tuple[int, int, int, int]) -> None:
    assert only(starts, ZONE).cells["time"] == datetime(2026, *utc, tzinfo=UTC)


def test_floating_time_is_the_court_s() -> None:
    at = only("DTSTART:20261123T093000").cells["time"]
    assert isinstance(at, datetime)
    assert at.tzinfo is None


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("DTSTART;TZID=Our zone:20260329T023000", "no such time"),
        ("DTSTART;TZID=Europe/London:20261025T013000", "twice"),
        ("DTSTART;TZID=Nowhere:20261123T093000", "time zone"),
        ("DTSTART;TZID=../../etc/passwd:20261123T093000", "time zone"),
        ("DTSTART;VALUE=DATE:20261123", "a day and a time"),
        ("DTSTART:20261399T990000", "a day and a time"),
        ("SUMMARY:x", "a day and a time"),
        ("DTSTART:20261123T093000Z\r\nRRULE:FREQ=SECONDLY", "repeated"),
        ("DTSTART:20261123T093000Z\r\nSTATUS:CANCELLED", "cancelled"),
    ],
)
def test_what_cannot_be_taken_is_told_of_its_event(event: str, why: str) -> None:
    problem = only(event, ZONE).time_problem
    assert problem is not None
    assert why in problem.text


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nnothing\r\n",
        "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 1000,
        "BEGIN:VCALENDAR\r\nX:" + "a\r\n " * 10_000,
        "BEGIN:VCALENDAR\r\n",
        "END:VCALENDAR\r\n",
        calendar(zone=ZONE.replace("YEARLY", "SECONDLY")),
        calendar(zone=ZONE.replace("+0200", "+9900")),
        calendar(*["SUMMARY:x"] * 2001),
    ],
)
def test_a_broken_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        sheet(text)


@given(st.text(max_size=200), st.integers(0, 600))
def test_whatever_comes_is_read_or_refused(noise: str, at: int) -> None:
    text = calendar("DTSTART;TZID=Our zone:20260329T023000", zone=ZONE)
    with contextlib.suppress(Invalid):
        sheet(text[:at] + noise + text[at + len(noise) :])
