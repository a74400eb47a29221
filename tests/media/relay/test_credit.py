"""A viewer's share of a second: spent at once or little by little, and never saved for longer."""

from __future__ import annotations

from media.relay.credit import Credit


def test_credit_is_a_seconds_worth_at_most() -> None:
    credit = Credit(100, 0.0)
    assert [credit.take(60, 0.0) for _ in range(3)] == [60, 40, 0]
    assert credit.take(60, 0.5) == 50
    assert credit.take(1_000, 60.0) == 100
    assert credit.take(1, 59.0) == 0
