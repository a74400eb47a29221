"""What the gate lets out, against a second and much simpler telling of the same rules."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.gate import OPENING_GUARD_US, RULES, Gate, OrderRecord
from tests.media.gate_model import Model

TICK = 40_000
FAR = 1 << 60
SECOND = 1_000_000


def order(sequence: int, name: str, seconds: float) -> OrderRecord:
    return OrderRecord(sequence, name, round(seconds * SECOND), f"key-{sequence}", "test")


def gate_of(*orders: tuple[str, float], next_tick_s: float = 0.0) -> Gate:
    gate = Gate()
    for sequence, (name, seconds) in enumerate(orders, start=1):
        gate.add(order(sequence, name, seconds), round(next_tick_s * SECOND))
    return gate


def shown(gate: Gate, seconds: float) -> str:
    verdict = gate.verdict(round(seconds * SECOND))
    return "room" if verdict.open else verdict.slate


def test_without_orders_the_gate_is_closed() -> None:
    gate = Gate()
    assert shown(gate, 5) == "before"
    assert gate.open_spans(0, 10 * SECOND) == []


def test_a_start_opens_after_the_guard() -> None:
    gate = gate_of(("start", 10))
    assert [shown(gate, at) for at in (9.9, 10.2, 10.25, 11)] == [
        "before",
        "before",
        "room",
        "room",
    ]
    assert gate.open_spans(10 * SECOND, 11 * SECOND) == [
        (10 * SECOND + OPENING_GUARD_US, 11 * SECOND)
    ]


def test_a_recess_closes_to_the_microsecond() -> None:
    gate = gate_of(("start", 1), ("recess", 5), ("resume", 9))
    assert gate.open_spans(4 * SECOND, 10 * SECOND) == [
        (4 * SECOND, 5 * SECOND),
        (9 * SECOND + OPENING_GUARD_US, 10 * SECOND),
    ]
    verdict = gate.verdict(5 * SECOND - 1)
    assert verdict.admits(5 * SECOND - 1)
    assert not verdict.admits(5 * SECOND)


# What is shown half a second after the second order, both orders given while the room was shown.
PAIRS: list[tuple[str, str, str]] = [
    ("recess", "resume", "room"),
    ("recess", "open", "recess"),
    ("recess", "start", "recess"),
    ("recess", "dump", "recess"),
    ("recess", "closed", "closed"),
    ("recess", "end", "ended"),
    ("closed", "open", "room"),
    ("closed", "resume", "closed"),
    ("closed", "recess", "closed"),
    ("closed", "dump", "closed"),
    ("dump", "resume", "room"),
    ("dump", "recess", "recess"),
    ("dump", "open", "interrupted"),
    ("dump", "start", "interrupted"),
    ("dump", "closed", "closed"),
    ("end", "start", "ended"),
    ("end", "resume", "ended"),
    ("end", "open", "ended"),
]


@pytest.mark.parametrize(("first", "second", "expected"), PAIRS)
def test_orders_that_follow_each_other(first: str, second: str, expected: str) -> None:
    gate = gate_of(("start", 1), (first, 5), (second, 6), next_tick_s=5)
    assert shown(gate, 6.5) == expected


def test_resume_after_recess_and_dump_opens_and_closed_stays() -> None:
    assert shown(gate_of(("start", 1), ("recess", 5), ("dump", 6), ("resume", 8)), 9) == "room"
    orders = (("start", 1), ("closed", 4), ("recess", 5), ("resume", 8))
    assert shown(gate_of(*orders), 9) == "closed"


def test_a_recess_ordered_within_the_guard_of_a_resume_holds() -> None:
    gate = gate_of(("start", 1), ("recess", 5), ("resume", 6), ("recess", 6.1))
    assert shown(gate, 8) == "recess"
    assert gate.open_spans(5 * SECOND, 9 * SECOND) == []


def test_a_dump_acts_on_the_air_at_once_and_a_resume_within_the_delay_does_not_undo_it() -> None:
    gate = gate_of(("start", 1), ("recess", 20), ("resume", 25))
    force_us = gate.add(order(4, "dump", 28), next_tick_us=18 * SECOND)
    assert force_us == 18 * SECOND
    assert shown(gate, 18) == "interrupted"
    assert shown(gate, 27) == "interrupted"
    assert shown(gate, 60) == "interrupted"
    gate.add(order(5, "resume", 70), next_tick_us=60 * SECOND)
    assert shown(gate, 70.1) == "interrupted"
    assert shown(gate, 70.3) == "room"


def test_a_range_dump_takes_out_what_the_delay_still_holds_and_goes_on_behind_it() -> None:
    gate = gate_of(("start", 1))
    record = OrderRecord(2, "range_dump", 60 * SECOND, "", "", {"seconds": 20})
    assert gate.add(record, next_tick_us=30 * SECOND) == 40 * SECOND
    assert [shown(gate, at) for at in (39.9, 40, 59.9, 60.2, 60.3)] == [
        "room",
        "interrupted",
        "interrupted",
        "interrupted",
        "room",
    ]


def test_a_range_dump_beyond_the_delay_begins_at_once() -> None:
    gate = gate_of(("start", 1))
    record = OrderRecord(2, "range_dump", 60 * SECOND, "", "", {"seconds": 20})
    assert gate.add(record, next_tick_us=55 * SECOND) == 55 * SECOND
    assert shown(gate, 56) == "interrupted"


def test_a_range_dump_lifts_nothing() -> None:
    gate = gate_of(("start", 1), ("recess", 5))
    gate.add(OrderRecord(3, "range_dump", 9 * SECOND, "", "", {"seconds": 2}), 7 * SECOND)
    assert [shown(gate, at) for at in (8, 30)] == ["recess", "recess"]


def test_what_was_on_the_air_is_held_back_when_the_delay_grows() -> None:
    gate = gate_of(("start", 1))
    gate.hold(10 * SECOND, 15 * SECOND)
    assert [shown(gate, at) for at in (10, 14.9, 15.2, 15.3)] == [
        "interrupted",
        "interrupted",
        "interrupted",
        "room",
    ]


def test_nothing_up_to_a_dump_is_shown_even_if_the_clock_stepped_back() -> None:
    gate = gate_of(("start", 1))
    gate.add(order(2, "dump", 28), next_tick_us=18 * SECOND)
    gate.add(order(3, "resume", 20), next_tick_us=19 * SECOND)
    assert gate.open_spans(18 * SECOND, 30 * SECOND)[0][0] == 28 * SECOND + OPENING_GUARD_US


def test_a_late_mark_takes_force_at_the_first_tick_that_is_not_composed() -> None:
    gate = gate_of(("start", 1))
    assert gate.add(order(2, "recess", 5), next_tick_us=7 * SECOND) == 7 * SECOND
    assert gate.add(order(3, "resume", 9), next_tick_us=7 * SECOND) == 9 * SECOND
    assert shown(gate, 7) == "recess"


def test_an_unreadable_log_closes_until_it_can_be_read() -> None:
    gate = gate_of(("start", 1))
    assert shown(gate, 4) == "room"
    gate.unreadable(5 * SECOND)
    gate.unreadable(6 * SECOND)
    assert [shown(gate, at) for at in (5, 100)] == ["interrupted", "interrupted"]
    gate.readable(101 * SECOND)
    assert [shown(gate, at) for at in (101, 101.3)] == ["interrupted", "room"]


def test_an_order_that_is_unknown_or_out_of_sequence_is_refused() -> None:
    gate = gate_of(("start", 1))
    with pytest.raises(ValueError, match="unknown"):
        gate.add(order(2, "pause", 3), 0)
    with pytest.raises(ValueError, match="sequence"):
        gate.add(order(1, "recess", 3), 0)


def test_every_edge_starts_an_epoch_and_a_restart_goes_on_counting() -> None:
    gate = gate_of(("start", 1), ("recess", 5), ("end", 9))
    epochs = [gate.verdict(at * SECOND).epoch for at in (0, 2, 3, 6, 10, 11)]
    assert epochs == [1, 2, 2, 3, 4, 4]
    again = Gate(epoch=4)
    assert again.verdict(0).epoch == 4
    assert gate.is_ended(10 * SECOND)
    assert not gate.is_ended(8 * SECOND)


@dataclass(frozen=True)
class Given:
    """An order as it is given: after how much time in the room, and how far it reaches back."""

    name: str
    after_ticks: int
    offset_us: int
    back_us: int
    seconds: float = 0.0

    @property
    def args(self) -> dict[str, float]:
        return {"seconds": self.seconds} if self.name == "range_dump" else {}


given_orders = st.lists(
    st.builds(
        Given,
        st.sampled_from([*RULES, "start", "resume", "resume", "open"]),
        st.integers(0, 30),
        st.integers(0, TICK - 1),
        st.sampled_from([0, 0, 0, 100_000, 900_000]),
        st.sampled_from([0.04, 0.5, 2.0, 30.0]),
    ),
    max_size=10,
)


Due = dict[int, list[OrderRecord]]


def schedule(given_list: list[Given], delay_ticks: int) -> tuple[Due, int]:
    """Return which orders a worker gets at which of its ticks, and its last tick."""
    due: Due = {}
    room_tick = delay_ticks
    for sequence, entry in enumerate(given_list, start=1):
        room_tick += entry.after_ticks
        court_us = room_tick * TICK + entry.offset_us - entry.back_us
        due.setdefault(room_tick - delay_ticks + 1, []).append(
            OrderRecord(sequence, entry.name, court_us, str(sequence), "", entry.args)
        )
    return due, room_tick + 20


@given(given_orders, st.integers(0, 60), st.sets(st.integers(0, 300), max_size=3))
def test_no_forbidden_court_time_is_ever_released(
    given_list: list[Given], delay_ticks: int, restarts: set[int]
) -> None:
    """A whole broadcast, tick by tick: random orders, delay, and a worker that is killed."""
    model, gate = Model(), Gate()
    due, end = schedule(given_list, delay_ticks)
    for tick in range(end):
        tick_us = tick * TICK
        if tick in restarts:
            gate = Gate(gate.epoch)
            for record, _ in model.orders:
                gate.add(record, tick_us)
        for record in due.get(tick, []):
            force_us = gate.add(record, tick_us)
            acts_us = {"dump": 0, "range_dump": record.reach_us}.get(record.order, record.court_us)
            assert force_us == max(tick_us, acts_us)
            model.orders.append((record, tick_us))
        check_tick(gate, model, tick_us)


def check_tick(gate: Gate, model: Model, tick_us: int) -> None:
    verdict = gate.verdict(tick_us)
    assert verdict.open == verdict.admits(tick_us)
    for picture_us in (tick_us - 3 * TICK, tick_us - 7, tick_us, tick_us + TICK // 2):
        if verdict.admits(picture_us):
            assert not model.forbidden(picture_us)
            assert not model.forbidden(picture_us - OPENING_GUARD_US)
    spans = gate.open_spans(tick_us, tick_us + TICK)
    for since, until in spans:
        assert tick_us <= since < until <= tick_us + TICK
        assert not any(model.forbidden(at) for at in (since, (since + until) // 2, until - 1))
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@given(given_orders)
def test_what_is_allowed_for_long_is_shown(given_list: list[Given]) -> None:
    """Not closed for ever: a moment with no reason against it for the guard's time is open."""
    model, gate = Model(), Gate()
    tick = 0
    for sequence, entry in enumerate(given_list, start=1):
        tick += entry.after_ticks
        court_us = tick * TICK + entry.offset_us - entry.back_us
        record = OrderRecord(sequence, entry.name, court_us, str(sequence), "", entry.args)
        gate.add(record, tick * TICK)
        model.orders.append((record, tick * TICK))
    edges = [0, *(at for _, at in model.orders)]
    edges += [at for order, _ in model.orders for at in (order.court_us, order.reach_us)]
    for at in range(tick * TICK, (tick + 40) * TICK, TICK):
        guard = [at - OPENING_GUARD_US, *(e for e in edges if at - OPENING_GUARD_US < e <= at), at]
        if not any(model.forbidden(moment) for moment in guard):
            assert gate.verdict(at).open


def test_a_day_of_orders_is_cheap() -> None:
    gate = gate_of(*((name, at) for at in range(100) for name in ("start", "recess", "resume")))
    assert gate.open_spans(0, FAR)[-1][1] == FAR
