"""What an order is about, as it comes from a desk or a command line."""

from typing import Any

import pytest

from server.broadcasts.orders import complete
from server.broadcasts.state import Order
from server.errors import Invalid

CAMERAS = ("c-wide", "c-bench")


@pytest.mark.parametrize(
    ("order", "given", "expected"),
    [
        (Order.CAMERA, {"camera": "2"}, {"camera": "c-bench"}),
        (Order.CAMERA, {"camera": 1}, {"camera": "c-wide"}),
        (Order.CAMERA, {"camera": "auto"}, {"camera": "auto"}),
        (Order.MUTE, {"camera": ""}, {"camera": "", "seconds": 0}),
        (Order.MUTE, {"camera": "c-wide", "seconds": 3}, {"camera": "c-wide", "seconds": 3}),
        (Order.DELAY, {"seconds": "60"}, {"seconds": 60}),
        (Order.RECESS, {}, {}),
    ],
)
def test_cameras_are_named_by_number_or_id(
    order: Order, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert complete(order, given, CAMERAS) == expected


def test_a_mask_hides_the_first_camera_unless_another_is_named() -> None:
    assert complete(Order.MASK, {}, CAMERAS)["camera"] == "c-wide"


@pytest.mark.parametrize(
    ("order", "given", "field"),
    [
        (Order.CAMERA, {"camera": "3"}, "arguments.camera"),
        (Order.CAMERA, {"camera": "0"}, "arguments.camera"),
        (Order.CAMERA, {"camera": "\u0662"}, "arguments.camera"),
        (Order.CAMERA, {}, "arguments.camera"),
        (Order.MASK, {"camera": ""}, "arguments.camera"),
        (Order.MUTE, {"camera": "auto"}, "arguments.camera"),
        (Order.RANGE_DUMP, {}, "arguments.seconds"),
        (Order.DELAY, {"seconds": "soon"}, "arguments.seconds"),
        (Order.RECESS, {"seconds": 3}, "arguments.seconds"),
    ],
)
def test_what_an_order_cannot_be_about_is_named(
    order: Order, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        complete(order, given, CAMERAS)
    assert [problem.field for problem in refused.value.problems] == [field]
