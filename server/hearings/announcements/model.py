"""What is written down of the announcement in court [pure].

Whoever is in the room hears from the bench that the hearing is broadcast; the participants were
told before, by the log of each. Nothing is changed afterwards: who pressed by mistake takes it
back by another entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from server.errors import Conflict, Invalid

LONGEST_NOTE: Final = 400
MOST: Final = 100  # entries of a hearing


class Speaker(StrEnum):
    """Who announced it."""

    PRESIDING_JUDGE = "presiding_judge"
    JUDGE = "judge"
    CLERK = "clerk"


@dataclass(frozen=True, slots=True)
class CourtAnnouncement:
    """An entry. ``speaker`` None: the one before is taken back, and ``note`` says why.

    ``judge``: the id of who presided then, if it was the presiding judge. ``at`` is when it was
    said, ``written_at`` when it was written down, by ``written_by``.
    """

    speaker: Speaker | None
    judge: str | None
    at: datetime
    note: str
    written_by: str
    written_at: datetime


def standing(log: list[CourtAnnouncement], put_off_at: datetime | None) -> CourtAnnouncement | None:
    """Return the announcement that holds; None: it is still to be made.

    One from before the hearing was put off (``put_off_at``, the last time) was made to others.
    """
    newest = log[-1] if log else None
    if newest is None or newest.speaker is None:
        return None
    return None if put_off_at is not None and newest.at < put_off_at else newest


def must_fit(new: CourtAnnouncement, holds: CourtAnnouncement | None, count: int) -> None:
    """Raise ``Invalid`` or ``Conflict`` for what cannot be written down after ``count`` entries."""
    if new.at > new.written_at:
        raise Invalid("This has not happened yet.", field="at")
    if count >= MOST:
        raise Conflict("There are too many entries about this hearing.")
    if new.speaker is None and holds is None:
        raise Conflict("There is no announcement that could be taken back.")
    if new.speaker is None and not new.note:
        raise Invalid("Write why.", field="note")
    if new.speaker is not None and holds is not None:
        raise Conflict("That it was announced is written down already.")
