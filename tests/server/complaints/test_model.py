"""A complaint's clock, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.complaints.model import ANSWER_WITHIN, OUTCOME_WORDS, Complaint, Outcome, cleaned
from server.errors import Invalid

AT = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
ONE = Complaint("c", "b", "my face", "", None, AT)


def test_the_clock_runs_until_it_is_closed() -> None:
    assert ONE.due_at == AT + ANSWER_WITHIN
    assert not ONE.is_late(ONE.due_at)
    assert ONE.is_late(ONE.due_at + timedelta(seconds=1))
    in_time = replace(ONE, closed_at=AT + timedelta(hours=1))
    assert not in_time.is_late(AT + timedelta(days=9))


def test_only_text_is_kept() -> None:
    assert cleaned(" my\x00 face\u202e\r\nis shown ", " me@example \n") == (
        "my face\nis shown",
        "me@example",
    )
    with pytest.raises(Invalid):
        cleaned("\x00 ", "")


def test_every_outcome_has_its_words() -> None:
    assert OUTCOME_WORDS.keys() == set(Outcome)
