"""Complaints of a breach of privacy [pure].

They go straight into triage, and are answered within a day: what was wrongly published is corrected
or withdrawn in time, and trial management handles complaints (2018 provisions, Art. 13 and 15).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.errors import Invalid
from server.reports.model import CONTROL
from server.wording import marked

ANSWER_WITHIN = timedelta(hours=24)
LONGEST_TEXT = 2000
LONGEST_CONTACT = 120
MOST_OPEN = 200  # of a broadcast


class Outcome(StrEnum):
    """How a complaint was answered."""

    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    UNFOUNDED = "unfounded"
    PASSED_ON = "passed_on"


OUTCOME_WORDS: dict[Outcome, str] = {
    Outcome.WITHDRAWN: marked("Withdrawn"),
    Outcome.CORRECTED: marked("Corrected"),
    Outcome.UNFOUNDED: marked("Nothing was wrong"),
    Outcome.PASSED_ON: marked("Passed on to whom it concerns"),
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What somebody complains of; ``moment`` is the court time it is about, if they say one."""

    id: str
    broadcast: str
    text: str
    contact: str
    moment: datetime | None
    received_at: datetime
    outcome: Outcome | None = None
    remark: str = ""
    closed_at: datetime | None = None
    closed_by: str | None = None

    @property
    def due_at(self) -> datetime:
        """When it is to be answered."""
        return self.received_at + ANSWER_WITHIN

    def is_late(self, now: datetime) -> bool:
        """Tell whether it was, or still is, answered too late."""
        return (self.closed_at or now) > self.due_at


def cleaned(text: str, contact: str) -> tuple[str, str]:
    """Return text and contact as they are kept; raises ``Invalid``."""
    told = CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    if not told:
        raise Invalid("Write what you complain of.", field="text")
    return told, " ".join(CONTROL.sub("", contact).split())
