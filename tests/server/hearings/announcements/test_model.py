"""Which announcement holds, and what cannot be written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.errors import Conflict, Invalid
from server.hearings.announcements.model import (
    MOST,
    CourtAnnouncement,
    Speaker,
    must_fit,
    standing,
)

NINE = datetime(2026, 11, 27, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def said(
    speaker: Speaker | None = Speaker.PRESIDING_JUDGE, at: datetime = NINE, note: str = ""
) -> CourtAnnouncement:
    return CourtAnnouncement(speaker, None, at, note, "cai", NINE + MINUTE)


def test_the_newest_holds_unless_it_was_taken_back_or_the_hearing_put_off() -> None:
    assert standing([], None) is None
    one = said()
    assert standing([one], None) is one
    assert standing([one, said(None, note="by mistake")], None) is None
    assert standing([one], NINE + MINUTE) is None  # announced to those of another day
    assert standing([one], NINE - MINUTE) is one


def test_what_cannot_be_written_down() -> None:
    one = said()
    must_fit(one, None, 0)
    must_fit(said(None, note="by mistake"), one, 1)
    with pytest.raises(Invalid):
        must_fit(said(at=NINE + 2 * MINUTE), None, 0)
    with pytest.raises(Invalid):
        must_fit(said(None), one, 1)
    for wrong in ((said(None, note="x"), None, 0), (one, one, 1), (one, None, MOST)):
        with pytest.raises(Conflict):
            must_fit(*wrong)
