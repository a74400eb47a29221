"""Public notices as an iCalendar file that a reader's calendar subscribes to (RFC 5545) [pure]."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

_LONGEST_LINE: Final = 75  # bytes, without the line break (RFC 5545 §3.1)
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]


@dataclass(frozen=True, slots=True)
class Event:
    """A hearing as it was announced. ``sequence`` grows with every change of it (§3.8.7.4)."""

    uid: str
    sequence: int
    changed_at: datetime
    at: datetime
    summary: str
    location: str
    description: str
    address: str
    status: Status


def calendar(name: str, events: Iterable[Event]) -> str:
    """Return the file."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tingbo//notices//EN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for one in events:
        lines += _event(one)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(one: Event) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(one.uid)}",
        f"SEQUENCE:{one.sequence}",
        f"DTSTAMP:{_moment(one.changed_at)}",
        f"DTSTART:{_moment(one.at)}",
        f"SUMMARY:{_text(one.summary)}",
        f"LOCATION:{_text(one.location)}",
        f"DESCRIPTION:{_text(one.description)}",
        f"URL:{one.address}",
        f"STATUS:{one.status}",
        "END:VEVENT",
    ]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Return a value of the type TEXT (§3.3.11): a line break in it cannot begin a property."""
    return _CONTROLS.sub(" ", value.replace("\r\n", "\n")).translate(_ESCAPED)


def _folded(line: str) -> Iterable[str]:
    """Yield a content line in parts that are short enough, never within a character."""
    part, length = "", 0
    for character in line:
        size = len(character.encode())
        if length + size > _LONGEST_LINE:
            yield part
            part, length = " ", 1
        part += character
        length += size
    yield part
