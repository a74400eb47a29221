"""Decisions about replays, and who may take them [pure]."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from server.broadcasts.model import Broadcast
from server.broadcasts.state import State
from server.errors import Conflict, Forbidden, Invalid
from server.wording import marked

Choice = Literal["release", "refuse", "extend"]
LONGEST_REMARK = 2000
LONGEST_EXTENSION = timedelta(days=3660)
CHOICE_WORDS: dict[Choice, str] = {
    "release": marked("Released"),
    "refuse": marked("Not released"),
    "extend": marked("Shown longer"),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a replay; ``until`` is when it ends, None: it does not."""

    id: str
    broadcast: str
    decision: Choice
    remark: str
    until: datetime | None
    at: datetime
    by: str


def must_be_reviewable(about: Broadcast, by: str, involved: Collection[str]) -> None:
    """Raise unless this person may release or refuse the replay now.

    ``involved`` are who operated or planned the broadcast, wrote its report or applied for it: the
    reviewer is somebody else (rule B-45).
    """
    if about.state is not State.ENDED or about.replay != "held":
        raise Conflict("There is no replay to be reviewed.")
    if by in involved:
        raise Forbidden("Who took part in the broadcast does not review its replay.")


def must_refuse_with_reason(choice: Choice, remark: str) -> None:
    """Raise ``Invalid`` for a refusal, or a longer time, without a word why."""
    if choice != "release" and not remark:
        raise Invalid("Write why.", field="remark")


def must_be_later(about: Broadcast, until: datetime, now: datetime) -> None:
    """Raise unless a public replay ends later by this (rule B-31)."""
    if about.replay != "public" or about.replay_until is None:
        raise Conflict("This replay has no end that could be put off.")
    if until <= about.replay_until or until > now + LONGEST_EXTENSION:
        raise Invalid("A time after the present end, within ten years.", field="until")
