"""What was left on the air is ended, once and at its true moment; nothing else is."""

import os
from pathlib import Path

import pytest

from media import read_orders
from server.broadcasts.leaving import LEFT_AFTER_S, end_what_was_left
from server.broadcasts.orders import give
from server.broadcasts.state import Order

COMPLETE = {Order.MUTE: {"camera": "", "seconds": 0}}
STOPPED_S = 1_790_000_000.25


def on_the_air(folder: Path, *orders: Order, stopped_s: float = STOPPED_S) -> Path:
    """Make what a broadcast leaves on the disk that was cut off by the power."""
    public = folder / "public" / "v360"
    public.mkdir(parents=True)
    for order in orders:
        give(folder, order, order.value, "tom", COMPLETE.get(order))
    for path in (folder / "worker.json", public / "index.log"):
        path.write_text("{}")
    for path in (folder / "worker.json", folder / "orders.log"):
        os.utime(path, (stopped_s - 3600, stopped_s - 3600))
    os.utime(public / "index.log", (stopped_s, stopped_s))
    return folder


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("server.broadcasts.orders.court_now_us", lambda _: 1_789_990_000_000_000)
    return on_the_air(tmp_path / "left", Order.START, Order.RECESS)


def test_the_end_is_when_it_was_last_heard_of(left: Path) -> None:
    assert end_what_was_left(left.parent, STOPPED_S + LEFT_AFTER_S) == ["left"]
    last = read_orders(left)[-1]
    assert (last.order, last.by) == ("end", "service")
    assert last.court_us == 1_790_000_000_250_000
    assert end_what_was_left(left.parent, STOPPED_S + 2 * LEFT_AFTER_S) == []
    assert len(read_orders(left)) == 3


def test_a_power_cut_within_a_hearing_ends_nothing(left: Path) -> None:
    assert end_what_was_left(left.parent, STOPPED_S + LEFT_AFTER_S - 1) == []
    assert read_orders(left)[-1].order == "recess"


@pytest.mark.parametrize("orders", [(Order.START, Order.END), (Order.MUTE,)])
def test_what_has_ended_or_never_begun_is_left_alone(
    tmp_path: Path, orders: tuple[Order, ...]
) -> None:
    folder = on_the_air(tmp_path / "one", *orders)
    assert end_what_was_left(tmp_path, STOPPED_S + LEFT_AFTER_S) == []
    assert len(read_orders(folder)) == len(orders)


def test_a_log_that_cannot_be_read_stops_nobody_elses_end(left: Path) -> None:
    broken = on_the_air(left.parent / "a broken one", Order.START)
    (broken / "orders.log").write_text("rubbish\n")
    os.utime(broken / "orders.log", (STOPPED_S, STOPPED_S))
    assert end_what_was_left(left.parent, STOPPED_S + LEFT_AFTER_S) == ["left"]
    assert (broken / "orders.log").read_text() == "rubbish\n"


def test_without_broadcasts_there_is_nothing_to_end(tmp_path: Path) -> None:
    assert end_what_was_left(tmp_path / "broadcasts", STOPPED_S) == []
