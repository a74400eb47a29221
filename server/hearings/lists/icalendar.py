"""Lists as iCalendar (RFC 5545): each VEVENT is a hearing [pure].

Where: LOCATION. When: DTSTART. The case number is taken from ``X-CASE-NUMBER``, else from SUMMARY
or DESCRIPTION where one of Chinese form stands there; the title is SUMMARY without it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from server.errors import Invalid
from server.hearings.lists import zones
from server.hearings.lists.sheet import (
    LONGEST_CELL,
    MOST_ROWS,
    Cell,
    Line,
    Sheet,
    refuse_more_than,
)

BEGINS: Final = "BEGIN:VCALENDAR"
_LONGEST_LINE: Final = 8192  # unfolded
_DEEPEST: Final = 8
_CASE: Final = re.compile(
    r"[（(]\s?\d{4}\s?[）)][^\s，,；;。（(]{2,24}?号(?:之[一二三四五六七八九十]{1,3})?"
)
_ESCAPED: Final = re.compile(r"\\([\\;,nN])")
_STAMP: Final = re.compile(r"(\d{8}T\d{6})(Z?)")
# Fields of a line by the property that holds them as it is.
_PLAIN: Final = {
    "LOCATION": "courtroom",
    "X-CASE-NUMBER": "case_number",
    "X-CAUSE": "cause",
    "X-DIVISION": "division",
    "X-JUDGE": "judge",
    "X-NATURE": "nature",
    "X-TITLE-EN": "title_en",
}
_HEADINGS: Final = {
    **{its: name for name, its in _PLAIN.items()},
    "time": "DTSTART",
    "title": "SUMMARY",
}


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    parameters: str
    value: str
    line: int


@dataclass(slots=True)
class _Component:
    name: str
    line: int
    values: dict[str, _Property] = field(default_factory=dict)


def sheet(text: str) -> Sheet:
    """Return the events of a calendar; raises ``Invalid`` for what is none.

    A row's number is the line at which its event begins. An event that is repeated, cancelled or
    lasts all day has a ``time_problem``.
    """
    own: defaultdict[str, list[zones.Observance]] = defaultdict(list)
    events: list[_Component] = []
    for component, is_in in _components(text):
        if component.name == "VEVENT":
            events.append(component)
            refuse_more_than(MOST_ROWS, len(events))
        elif is_in and component.name in ("STANDARD", "DAYLIGHT"):
            if len(own[is_in]) >= zones.MOST_OBSERVANCES:
                raise _broken(component.line)
            values = {name: its.value for name, its in component.values.items()}
            own[is_in].append(zones.observance(values))
    return Sheet(tuple(_line(one, own) for one in events), _HEADINGS)


def _components(text: str) -> Iterator[tuple[_Component, str]]:
    """Yield each component when it ends, with the name of the VTIMEZONE that it is in."""
    open_ones: list[_Component] = []
    line = 1
    for one in _properties(text):
        line = one.line
        if one.name == "BEGIN" and len(open_ones) < _DEEPEST:
            open_ones.append(_Component(one.value.upper(), line))
        elif not open_ones or one.name == "BEGIN":
            raise _broken(line)
        elif one.name != "END":
            open_ones[-1].values.setdefault(one.name, one)
        elif open_ones[-1].name == one.value.upper():
            ended = open_ones.pop()
            yield ended, _zone_of(open_ones[-1]) if open_ones else ""
        else:
            raise _broken(line)
    if open_ones:
        raise _broken(line)


def _zone_of(component: _Component) -> str:
    told = component.values.get("TZID")
    return told.value if told and component.name == "VTIMEZONE" else ""


def _properties(text: str) -> Iterator[_Property]:
    for number, line in _unfolded(text.lstrip("\ufeff")):
        head, is_there, value = _parted(line)
        if not is_there:
            raise _broken(number)
        name, _, parameters = head.partition(";")
        yield _Property(name.strip().upper(), parameters, value, number)


def _parted(line: str) -> tuple[str, bool, str]:
    """Split at the first colon that is not in quotation marks (RFC 5545 §3.1)."""
    quoted = False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:at], True, line[at + 1 :]
    return line, False, ""


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    pieces: list[str] = []
    size = begins = 0
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in (" ", "\t") and pieces:
            pieces.append(line[1:])
            size += len(line)
        else:
            if pieces:
                yield begins, "".join(pieces)
            pieces, begins, size = [line] if line.strip() else [], number, len(line)
        if size > _LONGEST_LINE:
            raise _broken(number)
    if pieces:
        yield begins, "".join(pieces)


def _line(event: _Component, own: dict[str, list[zones.Observance]]) -> Line:
    cells: dict[str, Cell] = {}
    for name, its in _PLAIN.items():
        if name in event.values:
            cells[its] = _text(event.values[name])
    summary = _text(event.values["SUMMARY"]) if "SUMMARY" in event.values else ""
    if "case_number" not in cells:
        about = _text(event.values["DESCRIPTION"]) if "DESCRIPTION" in event.values else ""
        found = _CASE.search(summary) or _CASE.search(about)
        cells["case_number"] = found[0] if found else ""
        summary = summary.replace(found[0], " ", 1) if found else summary
    cells["title"] = " ".join(summary.split())
    try:
        cells["time"] = _starts(event, own)
    except Invalid as problem:
        return Line(event.line, cells, problem)
    return Line(event.line, cells)


def _starts(event: _Component, own: dict[str, list[zones.Observance]]) -> datetime:
    """Return when an event starts; naive where it is floating (§3.3.5): the court's own time."""
    if event.values.keys() & {"RRULE", "RDATE"}:
        raise Invalid("A repeated event is not taken; write each hearing by itself.")
    status = event.values.get("STATUS")
    if status is not None and status.value.upper() == "CANCELLED":
        raise Invalid("This event is cancelled.")
    told = event.values.get("DTSTART")
    found = _STAMP.fullmatch(told.value) if told else None
    if told is None or found is None:
        raise Invalid("An event needs a day and a time.")
    try:
        local = datetime.strptime(found[1], "%Y%m%dT%H%M%S")  # noqa: DTZ007  (its zone follows)
    except ValueError:
        raise Invalid("An event needs a day and a time.") from None
    if found[2]:
        return local.replace(tzinfo=UTC)
    name = _zone_name(told.parameters)
    if not name:
        return local
    zone = zones.zone(name, own)
    if isinstance(zone, list):
        return zones.instant(local, zone)
    return zones.known(local, zone)


def _zone_name(parameters: str) -> str:
    for one in parameters.split(";"):
        name, _, value = one.partition("=")
        if name.upper() == "TZID":
            return value.strip('"')
    return ""


def _text(one: _Property) -> str:
    signs = {"n": "\n", "N": "\n"}
    plain = _ESCAPED.sub(lambda found: signs.get(found[1], found[1]), one.value)
    if len(plain) > LONGEST_CELL and one.name != "DESCRIPTION":
        raise Invalid("Row %(row)s is too long to be a hearing.", row=one.line, field="file")
    return plain


def _broken(line: int) -> Invalid:
    return Invalid("Line %(line)s of this calendar cannot be read.", line=line, field="file")
