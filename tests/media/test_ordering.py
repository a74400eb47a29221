"""What may be ordered, and with what."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.gate import RULES, OrderRecord
from media.ordering import ARGUMENTS, checked, is_sound


@pytest.mark.parametrize(
    ("order", "given_args", "expected"),
    [
        ("recess", {}, {}),
        ("recess", {"until": "14:30"}, {"until": "14:30"}),
        ("dump", {"reason": "设备故障"}, {"reason": "设备故障"}),
        ("closed", {"reason": "", "until": "2026-11-27 09:00"}, {"until": "2026-11-27 09:00"}),
        ("closed", {"ground": "unfit_mediation"}, {"ground": "unfit_mediation"}),
        ("range_dump", {"seconds": "20"}, {"seconds": 20.0}),
        ("mute", {}, {"camera": "", "seconds": 0}),
        ("unmute", {"camera": "one"}, {"camera": "one"}),
        ("delay", {"seconds": 0}, {"seconds": 0.0}),
        ("layout", {"layout": "quad"}, {"layout": "quad"}),
        ("camera", {"camera": "auto"}, {"camera": "auto"}),
        (
            "mask",
            {"camera": "one", "x": 0.5},
            {
                "camera": "one",
                "x": 0.5,
                "y": 0,
                "width": 1,
                "height": 1,
                "method": "fill",
                "seconds": 0,
            },
        ),
    ],
)
def test_arguments_are_completed(
    order: str, given_args: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert checked(order, given_args) == expected
    assert is_sound(OrderRecord(1, order, 0, "", "", expected))


@pytest.mark.parametrize(
    ("order", "given_args", "named"),
    [
        ("pause", {}, "pause"),
        ("recess", {"seconds": 1}, "seconds"),
        ("recess", {"until": "half past two"}, "until"),
        ("recess", {"until": "24:00"}, "until"),
        ("recess", {"reason": "two\nlines"}, "reason"),
        ("recess", {"reason": "\u202eturned"}, "reason"),
        ("recess", {"reason": "x" * 41}, "reason"),
        ("end", {"reason": "over"}, "reason"),
        ("recess", {"ground": "lunch"}, "ground"),
        ("range_dump", {}, "seconds"),
        ("range_dump", {"seconds": 0}, "seconds"),
        ("range_dump", {"seconds": float("nan")}, "seconds"),
        ("delay", {"seconds": 1801}, "seconds"),
        ("delay", {"seconds": float("inf")}, "seconds"),
        ("layout", {"layout": "circle"}, "layout"),
        ("camera", {"camera": ""}, "camera"),
        ("mask", {"x": 0}, "camera"),
        ("mask", {"camera": "one", "width": 0}, "width"),
        ("mask", {"camera": "one", "x": -0.1}, "x"),
        ("mute", {"camera": "x" * 65}, "camera"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    order: str, given_args: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        checked(order, given_args)
    assert not is_sound(OrderRecord(1, order, 0, "", "", given_args))


def test_every_order_of_the_gate_can_be_given() -> None:
    assert set(RULES) <= set(ARGUMENTS)


@given(st.sampled_from(sorted(ARGUMENTS)), st.dictionaries(st.text(), st.none() | st.text()))
def test_nothing_but_a_value_error_comes_of_any_arguments(
    order: str, given_args: dict[str, Any]
) -> None:
    with contextlib.suppress(ValueError):
        assert is_sound(OrderRecord(1, order, 0, "", "", checked(order, given_args)))
