"""The state machine against the gate: what is ordered and what is shown follow the same rules."""

from hypothesis import given
from hypothesis import strategies as st

from media.gate import RULES
from server.broadcasts.state import Order, Standing, State, standing_of
from server.errors import Conflict

ORDERS = st.lists(st.sampled_from(list(Order)), max_size=30)


def test_every_order_of_the_gate_can_be_given() -> None:
    assert {order.value for order in Order} == set(RULES)


@given(ORDERS)
def test_reasons_are_those_of_the_gate(orders: list[Order]) -> None:
    standing, reasons = Standing(), {"before"}
    for order in orders:
        if standing.holds(order) or standing.refusal(order):
            continue
        standing = standing.after(order)
        rule = RULES[order.value]
        reasons -= rule.lifts
        if rule.closes:
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
