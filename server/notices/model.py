"""Public notices of hearings: what they say, and whether they are in time [pure].

What a notice names is the law's list and nothing more (rule B-07). 民事诉讼法 Art. 139, also in
administrative cases: 当事人姓名、案由和开庭的时间、地点. 刑事诉讼法解释 Art. 221(6): 案由、
被告人姓名、开庭时间和地点. No case number, no title, no judge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from server.hearings.model import Change, Hearing
from server.hearings.participants.model import PARTIES, Part, Participant, present
from server.withdrawn.model import Mask

LONGEST_REASON: Final = 400
# What stands against a notice: there is none, it says something else, it is too late.
Flaw = Literal["none", "changed", "late"]
Status = Literal["as_announced", "moved", "cancelled", "adjourned"]


@dataclass(frozen=True, slots=True)
class Text:
    """What a notice says. ``parties`` are role and name; ``place`` is the courtroom."""

    nature: str
    cause: str
    parties: tuple[tuple[str, str], ...]
    scheduled_at: datetime
    place: str
    place_en: str

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that the law names and that are not known yet."""
        fields = (("cause", self.cause), ("parties", self.parties))
        return tuple(name for name, value in fields if not value)


@dataclass(frozen=True, slots=True)
class Ending:
    """A notice is no longer so: ``replaced`` by a newer one, or ``withdrawn``."""

    kind: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it was published. ``moved``: time or place of the hearing are others by now.

    ``change`` says so and why, where the hearing was cancelled or adjourned.

    ``late_reason``: why it was published later than the court's policy asks for.
    """

    id: str
    hearing: str
    court: str
    court_name: str
    court_name_en: str
    time_zone: str
    version: int
    text: Text
    days: int
    needed_days: int
    late_reason: str
    published_at: datetime
    ending: Ending | None
    moved: bool
    change: Change | None = None

    @property
    def status(self) -> Status:
        """Whether the hearing takes place as the notice says."""
        if self.change is not None:
            return self.change.kind
        return "moved" if self.moved else "as_announced"


def text_of(hearing: Hearing, participants: Iterable[Participant]) -> Text:
    """Return what a notice of this hearing says, by the nature of its case."""
    named = frozenset({Part.ACCUSED}) if hearing.nature == "criminal" else PARTIES
    return Text(
        nature=hearing.nature,
        cause=hearing.cause,
        parties=tuple(
            (one.role.value, one.public_name) for one in present(participants) if one.role in named
        ),
        scheduled_at=hearing.scheduled_at,
        place=hearing.courtroom_name,
        place_en=hearing.courtroom_name_en,
    )


def without(notice: Notice, mask: Mask) -> Notice:
    """Return a notice with marks in the place of names that were withdrawn since."""
    text = notice.text
    parties = tuple((role, mask.text(name)) for role, name in text.parties)
    change, ending = notice.change, notice.ending
    return replace(
        notice,
        text=replace(text, cause=mask.text(text.cause), parties=parties),
        late_reason=mask.text(notice.late_reason),
        change=change and replace(change, reason=mask.text(change.reason)),
        ending=ending and replace(ending, reason=mask.text(ending.reason)),
    )


def why_moved(announced: datetime, changes: Iterable[Change]) -> Change | None:
    """Return what was said of a hearing that was announced for this time and moved since.

    ``changes``: those of the hearing, the newest first.
    """
    return next((one for one in changes if one.was_at == announced), None)


def days_between(published_at: datetime, scheduled_at: datetime, time_zone: str) -> int:
    """Return the days from a notice to the hearing, by the court's calendar.

    The day of publication is not counted (民事诉讼法 Art. 85), the hearing's is: what is published
    on the 20th is three days before a hearing on the 23rd. Negative when the hearing was before.
    """
    zone = ZoneInfo(time_zone)

    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    return (day(scheduled_at) - day(published_at)).days


def flaw(notice: Notice | None, now: Text, needed_days: int) -> Flaw | None:
    """Return what stands against a hearing's notice; None: it is in order, or none is needed."""
    if needed_days <= 0:
        return None
    if notice is None:
        return "none"
    if notice.text != now:
        return "changed"
    days = days_between(notice.published_at, now.scheduled_at, notice.time_zone)
    return "late" if days < needed_days and not notice.late_reason else None
