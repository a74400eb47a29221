"""What follows from an attempt: done, again later, given up, the endpoint switched off [pure]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from server.webhooks.model import Problem, Standing

# 13 attempts in three days. A message that nobody could read may be told of in the morning.
WAITS_S: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 72000, 86400)
JITTER: Final = 0.2  # of each wait, so that a partner that is back is not asked by all at once
LONGEST_WAIT_S: Final = 86400
OFF_AFTER: Final = timedelta(days=3)
_GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt went; ``status`` None: nobody answered. ``retry_after`` as it was sent."""

    status: int | None
    problem: Problem
    took_ms: int
    retry_after: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no messages any more."""
        return self.status == _GONE


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a delivery stands after an attempt; ``next_at`` while it waits."""

    standing: Standing
    next_at: datetime | None = None


def outcome(
    answer: Answer, attempts: int, now: datetime, chance: float, *, is_urgent: bool
) -> Outcome:
    """Return what follows from the ``attempts``-th attempt; ``chance`` is drawn from [0, 1).

    ``Retry-After`` puts the next attempt off, never nearer. What is urgent is not given up.
    """
    if answer.is_taken:
        return Outcome("delivered")
    if attempts > len(WAITS_S) and not is_urgent:
        return Outcome("failed")
    wait = WAITS_S[min(attempts, len(WAITS_S)) - 1]
    seconds = max(wait * (1 + JITTER * chance), asked_wait_s(answer.retry_after, now))
    return Outcome("waiting", now + timedelta(seconds=seconds))


def asked_wait_s(header: str, now: datetime) -> float:
    """Return for how long ``Retry-After`` asks to wait: seconds or a date (RFC 9110, 10.2.3).

    What cannot be read, and what is over, asks for nothing; more than a day counts as a day.
    """
    text = header.strip()[:64]
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT_S)


def is_given_up(failing_since: datetime | None, now: datetime) -> bool:
    """Tell whether an endpoint has failed for so long that it is switched off."""
    return failing_since is not None and now - failing_since >= OFF_AFTER
