from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.webhooks.retrying import WAITS_S, Answer, asked_wait_s, is_given_up, outcome

NOW = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)
BROKEN = Answer(500, "status", 3)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_what_was_taken_is_done(status: int) -> None:
    assert outcome(Answer(status, "", 3), 1, NOW, 0.5, is_urgent=False).standing == "delivered"


@pytest.mark.parametrize("status", [None, 100, 301, 302, 400, 404, 410, 429, 500, 503])
def test_anything_else_is_tried_again(status: int | None) -> None:
    follows = outcome(Answer(status, "status", 3), 1, NOW, 0.0, is_urgent=False)
    assert follows.standing == "waiting"
    assert follows.next_at == NOW + timedelta(seconds=5)


def test_it_is_tried_for_three_days_and_then_given_up() -> None:
    at, attempts = NOW, 1
    while (follows := outcome(BROKEN, attempts, at, 0.0, is_urgent=False)).next_at is not None:
        at, attempts = follows.next_at, attempts + 1
    assert follows.standing == "failed"
    assert attempts == len(WAITS_S) + 1
    assert timedelta(days=2.9) < at - NOW < timedelta(days=3.1)


def test_what_is_urgent_is_tried_on_day_by_day() -> None:
    follows = outcome(BROKEN, 40, NOW, 0.0, is_urgent=True)
    assert follows.next_at == NOW + timedelta(days=1)


@given(st.integers(1, len(WAITS_S)), st.floats(0, 1, exclude_max=True))
def test_waits_are_spread_and_never_shorter(attempts: int, chance: float) -> None:
    follows = outcome(BROKEN, attempts, NOW, chance, is_urgent=False)
    assert follows.next_at is not None
    wait = (follows.next_at - NOW).total_seconds()
    assert WAITS_S[attempts - 1] - 0.001 <= wait <= WAITS_S[attempts - 1] * 1.2 + 0.001


def test_retry_after_puts_off_and_never_brings_nearer() -> None:
    for header, seconds in (("120", 120.0), ("1", 5.0), ("999999999", 86400.0)):
        answer = Answer(429, "status", 3, header)
        follows = outcome(answer, 1, NOW, 0.0, is_urgent=False)
        assert follows.next_at == NOW + timedelta(seconds=seconds)
    date = format_datetime(NOW + timedelta(minutes=3), usegmt=True)
    assert asked_wait_s(date, NOW) == 180
    assert asked_wait_s(format_datetime(NOW - timedelta(days=1)), NOW) == 0


@given(st.text(max_size=100))
def test_any_retry_after_is_read(header: str) -> None:
    assert 0 <= asked_wait_s(header, NOW) <= 86400


def test_an_endpoint_that_failed_for_three_days_is_switched_off() -> None:
    assert not is_given_up(None, NOW)
    assert not is_given_up(NOW - timedelta(days=2.9), NOW)
    assert is_given_up(NOW - timedelta(days=3), NOW)
