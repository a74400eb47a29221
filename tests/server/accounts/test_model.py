"""Who holds which role where."""

from datetime import UTC, datetime

import pytest

from server.accounts.model import Member, Posting
from server.accounts.roles import Role

NOW = datetime(2026, 11, 26, tzinfo=UTC)
JUDGE = Role.PRESIDING_JUDGE


@pytest.mark.parametrize(
    ("posting", "presides"),
    [
        (Posting(JUDGE), True),
        (Posting(JUDGE, "east"), True),
        (Posting(JUDGE, "east", "first"), True),  # a division's judge is one of its court
        (Posting(JUDGE, "west"), False),
        (Posting(Role.CLERK, "east"), False),
    ],
)
def test_who_presides_at_a_court(posting: Posting, presides: bool) -> None:
    judge = Member("1", "jane", "Jane", (posting,), False, NOW, None)
    assert judge.presides_at("east") is presides
    gone = Member("1", "jane", "Jane", (posting,), False, NOW, NOW)
    assert not gone.presides_at("east")
