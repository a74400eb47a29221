"""The state machine against the gate: what is ordered and what is shown follow the same rules."""

from hypothesis import given
from hypothesis import strategies as st

from media.gate import RULES, Rule
from media.ordering import ARGUMENTS
from server.broadcasts.state import MARKS, Order, Standing, State, standing_of
from server.errors import Conflict

ORDERS = st.lists(st.sampled_from(list(Order)), max_size=30)


def test_every_order_of_the_gate_can_be_given() -> None:
    assert {order.value for order in Order} == set(ARGUMENTS)
    assert {order.value for order in Order if order not in MARKS} == set(RULES)


@given(ORDERS)
def test_reasons_are_those_of_the_gate(orders: list[Order]) -> None:
    standing, reasons = Standing(), {"before"}
    for order in orders:
        if standing.holds(order) or standing.refusal(order):
            continue
        standing = standing.after(order)
        rule = RULES.get(order.value, Rule())
        reasons -= rule.lifts
        if rule.closes and not rule.passing:
            reasons.add(rule.closes)
    assert (standing.state is State.LIVE) == (not reasons)


@given(ORDERS)
def test_nothing_but_the_end_takes_a_dump_away(orders: list[Order]) -> None:
    standing = Standing()
    for order in orders:
        refusal = standing.refusal(order)
        assert refusal is None or isinstance(refusal, Conflict)
        if refusal is None and not standing.holds(order):
            standing = standing.after(order)
        if standing.started:
            assert Order.DUMP in standing.allowed()


@given(ORDERS)
def test_an_order_that_holds_changes_nothing(orders: list[Order]) -> None:
    standing = Standing()
    for order in orders:
        if standing.refusal(order) is None:
            if standing.holds(order):
                assert standing.after(order) == standing
            standing = standing.after(order)


def test_the_states_have_their_names() -> None:
    for orders, state in (
        ([], "planned"),
        (["start"], "live"),
        (["start", "recess"], "recess"),
        (["start", "recess", "dump"], "cut"),
        (["start", "closed", "recess", "resume"], "closed"),
        (["start", "dump", "resume"], "live"),
        (["start", "end"], "ending"),
    ):
        assert standing_of(orders).state == state
    assert standing_of(["start", "end"], over=True).state == "ended"


def test_marks_may_be_given_before_the_start_and_not_after_the_end() -> None:
    planned, ending = Standing(), standing_of(["start", "end"])
    for mark in MARKS:
        assert planned.refusal(mark) is None
        assert planned.after(mark) == planned
        hides = mark in {Order.MUTE, Order.MASK, Order.VOICE_SHIFT}
        assert (ending.refusal(mark) is None) == hides
        assert standing_of(["start", "end"], over=True).refusal(mark) is not None
    assert planned.refusal(Order.RANGE_DUMP) is not None
