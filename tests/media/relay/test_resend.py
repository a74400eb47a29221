"""Repeats are limited per packet, per round trip and per viewer."""

from __future__ import annotations

from media.relay.resend import MOST_REPEATS, Repeats

RATE = 2_000_000.0


def ready() -> Repeats:
    repeats = Repeats()
    repeats.refill(10.0, RATE)
    return repeats


def test_a_packet_is_sent_again_three_times_at_most() -> None:
    repeats = ready()
    granted = [repeats.permit(7, 1_000, 10.0 + at, 0.05) for at in range(10)]
    assert granted == [True] * MOST_REPEATS + [False] * 7


def test_not_twice_within_most_of_a_round_trip() -> None:
    repeats = ready()
    assert repeats.permit(7, 1_000, 10.0, 0.2)
    assert not repeats.permit(7, 1_000, 10.13, 0.2)
    assert repeats.permit(7, 1_000, 10.15, 0.2)
    assert repeats.permit(8, 1_000, 10.0, None)
    assert not repeats.permit(8, 1_000, 10.05, None)


def test_a_viewer_who_asks_for_everything_gets_its_share() -> None:
    repeats = ready()
    sent, now = 0, 10.0
    for number in range(100_000):
        now += 0.0001
        repeats.refill(now, RATE)
        sent += 1_200 * repeats.permit(number, 1_200, now, 0.0)
    assert sent <= (RATE / 2 / 8) * (10.0 + 0.5) + 1_200


def test_a_lost_key_frame_is_repeated_at_once() -> None:
    repeats = ready()
    assert all(repeats.permit(number, 1_200, 10.0, 0.05) for number in range(50))


def test_what_is_remembered_is_bounded() -> None:
    repeats = Repeats()
    for number in range(50_000):
        repeats.refill(number * 0.01, RATE)
        repeats.permit(number, 10, number * 0.01, 0.0)
    assert len(repeats._sent) <= 1_024
