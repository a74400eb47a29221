import pytest

from media import OrderForce
from server.playback.stretches import quiet_stretches


@pytest.mark.parametrize(
    ("orders", "quiet"),
    [
        ("start 0", []),
        ("start 0, recess 5, resume 9", []),
        ("start 0, closed 5, open 9", [(5, 9)]),
        ("start 0, closed 5", [(5, None)]),
        ("start 0, dump 5, resume 8, closed 10, open 12", [(5, 8), (10, 12)]),
        ("start 0, closed 5, dump 7, open 9, resume 11", [(5, 11)]),
        ("start 0, closed 5, resume 6, open 9", [(5, 9)]),
    ],
)
def test_orders_make_stretches(orders: str, quiet: list[tuple[int, int | None]]) -> None:
    told = [
        OrderForce(sequence, name, int(at), int(at))
        for sequence, (name, at) in enumerate(one.split() for one in orders.split(", "))
    ]
    assert quiet_stretches(reversed(told)) == quiet
