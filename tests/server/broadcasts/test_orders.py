"""What an order is about, as it comes from a desk or a command line."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from media import read_orders
from server.broadcasts.orders import complete, give
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
        (Order.RECESS, {"ground": "lunch"}, "arguments.ground"),
    ],
)
def test_what_an_order_cannot_be_about_is_named(
    order: Order, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        complete(order, given, CAMERAS)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_servers_that_order_the_same_at_once_give_it_once(tmp_path: Path) -> None:
    give(tmp_path, Order.START, "s", "ada")
    with ThreadPoolExecutor(8) as pool:
        given = pool.map(lambda n: give(tmp_path, Order.RECESS, f"k{n}", f"p{n}"), range(8))
        told = [(one.record.sequence, one.is_new) for one in given]
    assert sorted(told) == [(2, False)] * 7 + [(2, True)]
    assert [one.order for one in read_orders(tmp_path)] == ["start", "recess"]
