"""Large frames leave in slices, those who catch up at a bounded pace."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.relay.pacing import (
    CATCH_UP,
    LEAST_RATE,
    SLICE_PACKETS,
    TURN_SECONDS,
    Allowance,
    slices,
)


@given(st.integers(1, 2_000))
def test_slices_are_all_packets_in_order_and_about_equal(count: int) -> None:
    found = slices(count)
    assert [at for start, stop in found for at in range(start, stop)] == list(range(count))
    sizes = [stop - start for start, stop in found]
    assert max(sizes) <= SLICE_PACKETS
    assert len(found) == -(-count // SLICE_PACKETS)


def sent_in(seconds: float, bit_rate: float, turn: float = TURN_SECONDS) -> int:
    allowance, sent, now = Allowance(bit_rate, 0.0), 0, 0.0
    while now < seconds:
        while allowance.is_left:
            allowance.spend(1_200)
            sent += 1_200
        now += turn
        allowance.refill(now)
    return sent


def test_the_beginning_goes_out_at_once() -> None:
    assert 38_000 <= sent_in(TURN_SECONDS, 0.0) <= 39_200


def test_then_at_several_times_the_bit_rate_and_ten_megabits_at_least() -> None:
    assert abs(sent_in(1.0, 1_000_000) - 38_000 - LEAST_RATE / 8) < 10_000
    assert abs(sent_in(1.0, 8_000_000) - 38_000 - CATCH_UP * 1_000_000) < 30_000


def test_a_pause_is_made_up_for_a_little_only() -> None:
    allowance = Allowance(0.0, 0.0)
    allowance.spend(38_000)
    allowance.refill(60.0)
    sent = 0
    while allowance.is_left:
        allowance.spend(1_200)
        sent += 1_200
    assert sent < LEAST_RATE / 8 * 0.03
