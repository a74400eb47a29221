"""The log of orders: what was acknowledged is on the disk, what is damaged closes the gate."""

import fcntl
import json
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from media import orders
from media.errors import OrderLogUnreadable, OrdersMoved
from media.gate import OrderRecord
from media.ordering import ARGUMENTS, TAKES_AWAY
from media.orders import (
    ForceLog,
    OrderReader,
    append_order,
    has_orders,
    parse_orders,
    read_forces,
    read_orders,
)
from tests.services.small_disk import small_disk


def log_of(directory: Path) -> Path:
    return directory / "orders.log"


def test_orders_are_numbered_and_read_back(tmp_path: Path) -> None:
    reader = OrderReader(tmp_path)
    assert reader.poll() == []
    first = append_order(tmp_path, "start", 1000, "a", "王")
    second = append_order(tmp_path, "recess", 2000, "b", "clerk")
    assert [first.sequence, second.sequence] == [1, 2]
    assert reader.poll() == [first, second]
    assert reader.poll() == []
    third = append_order(tmp_path, "resume", 3000, "c", "clerk")
    assert reader.poll() == [third]


def test_an_acknowledged_order_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes, and with the first one the log's name."""
    synced: dict[int, int] = {}
    sync = os.fsync

    def noting(descriptor: int) -> None:
        sync(descriptor)
        of = os.fstat(descriptor)
        synced[of.st_ino] = of.st_size

    monkeypatch.setattr(os, "fsync", noting)
    append_order(tmp_path, "start", 1000, "a", "clerk")
    assert tmp_path.stat().st_ino in synced
    append_order(tmp_path, "recess", 2000, "b", "clerk")
    log = log_of(tmp_path).stat()
    assert synced[log.st_ino] == log.st_size


def test_the_same_key_is_the_same_order(tmp_path: Path) -> None:
    first = append_order(tmp_path, "dump", 1000, "once", "clerk")
    again = append_order(tmp_path, "dump", 9000, "once", "clerk")
    assert again == first
    assert len(log_of(tmp_path).read_bytes().splitlines()) == 1


def test_a_full_disk_takes_orders_all_the_same(tmp_path: Path) -> None:
    with small_disk(tmp_path / "b") as disk:
        append_order(disk.path, "start", 1, "first", "x")
        disk.leave(0)
        with (disk.path / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(4096)):
                pass
        for number in range(60):  # far more than fit into the block of the first
            append_order(disk.path, "dump", number + 2, f"{number}", "x")
        assert len(parse_orders((disk.path / "orders.log").read_bytes())) == 61


def test_an_unknown_order_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pause"):
        append_order(tmp_path, "pause", 1000, "a", "clerk")
    assert not log_of(tmp_path).exists()


def test_orders_given_at_once_are_all_kept(tmp_path: Path) -> None:
    def give(name: int) -> None:
        for number in range(5):
            append_order(tmp_path, "recess", number, f"{name}-{number}", "")

    threads = [threading.Thread(target=give, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = parse_orders(log_of(tmp_path).read_bytes())
    assert [record.sequence for record in records] == list(range(1, 21))


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_a_torn_order_closes_the_gate_until_the_next_one(tmp_path: Path, kept: int) -> None:
    first = append_order(tmp_path, "start", 1000, "a", "clerk")
    whole = log_of(tmp_path).read_bytes()
    append_order(tmp_path, "recess", 2000, "b", "clerk")
    torn = log_of(tmp_path).read_bytes()[len(whole) :][:kept]
    log_of(tmp_path).write_bytes(whole + torn)
    reader = OrderReader(tmp_path)
    for _ in range(2):
        with pytest.raises(OrderLogUnreadable):
            reader.poll()
    second = append_order(tmp_path, "resume", 3000, "c", "clerk")
    assert second.sequence == 2
    assert reader.poll() == [first, second]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b"[]\n",
        b'{"sequence": 2, "order": "start"}\n',
        b'{"sequence":2,"order":"start","court_us":1,"key":"x","by":"","crc":1}\n',
        b'{"sequence":"2","order":"start","court_us":1,"key":"x","by":"","crc":1}\n',
    ],
)
def test_a_damaged_order_is_never_passed_over(tmp_path: Path, line: bytes) -> None:
    append_order(tmp_path, "start", 1000, "a", "clerk")
    with log_of(tmp_path).open("ab") as log:
        log.write(line)
    with pytest.raises(OrderLogUnreadable):
        OrderReader(tmp_path).poll()
    with pytest.raises(OrderLogUnreadable):
        append_order(tmp_path, "dump", 2000, "b", "clerk")


def test_one_changed_letter_is_noticed(tmp_path: Path) -> None:
    append_order(tmp_path, "recess", 1000, "a", "clerk")
    log_of(tmp_path).write_bytes(log_of(tmp_path).read_bytes().replace(b"1000", b"1001"))
    with pytest.raises(OrderLogUnreadable):
        OrderReader(tmp_path).poll()


def test_an_order_that_is_missing_is_noticed(tmp_path: Path) -> None:
    for number, order in enumerate(("start", "recess", "resume")):
        append_order(tmp_path, order, number, order, "clerk")
    first, _, third = log_of(tmp_path).read_bytes().splitlines(keepends=True)
    log_of(tmp_path).write_bytes(first + third)
    with pytest.raises(OrderLogUnreadable):
        OrderReader(tmp_path).poll()


def test_a_log_that_vanishes_or_forgets_is_unreadable(tmp_path: Path) -> None:
    append_order(tmp_path, "start", 1000, "a", "clerk")
    reader = OrderReader(tmp_path)
    reader.poll()
    log_of(tmp_path).rename(tmp_path / "away")
    with pytest.raises(OrderLogUnreadable):
        reader.poll()
    append_order(tmp_path, "start", 5000, "z", "other")
    with pytest.raises(OrderLogUnreadable):
        reader.poll()


def test_a_writer_is_waited_for_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_order(tmp_path, "start", 1000, "a", "clerk")
    reader = OrderReader(tmp_path)
    descriptor = os.open(log_of(tmp_path), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert reader.poll() == []
        monkeypatch.setattr(orders, "_LOCKED_TOO_LONG_S", -1.0)
        with pytest.raises(OrderLogUnreadable):
            reader.poll()
    finally:
        os.close(descriptor)
    assert len(reader.poll()) == 1


def test_forces_are_told_once(tmp_path: Path) -> None:
    record = OrderRecord(1, "dump", 1000, "a", "")
    forces = ForceLog(tmp_path)
    forces.append(record, 2000, 3000)
    with (tmp_path / "forces.log").open("ab") as log:
        log.write(b'{"seq')
    assert 1 in ForceLog(tmp_path)
    assert 2 not in ForceLog(tmp_path)
    assert read_forces(tmp_path) == [
        {"sequence": 1, "order": "dump", "court_us": 2000, "air_us": 3000}
    ]


def test_the_bench_can_dump_without_the_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert orders.main([str(tmp_path), "dump", "--by", "bench"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [record.order for record in OrderReader(tmp_path).poll()] == ["dump"]
    assert told["sequence"] == 1
    assert orders.main([str(tmp_path / "nowhere"), "dump"]) == 2
    log_of(tmp_path).write_bytes(b"damaged\n")
    assert orders.main([str(tmp_path), "dump"]) == 1
    assert "closed" in capsys.readouterr().err


def test_the_bench_puts_nothing_on_the_air(tmp_path: Path) -> None:
    given = {"delay": "seconds=0", "layout": "layout=quad", "camera": "camera=auto"}
    for order in set(ARGUMENTS) - TAKES_AWAY:
        with pytest.raises(SystemExit):
            orders.main([str(tmp_path), order, *filter(None, [given.get(order)])])
    for ground in ("lunch", "closed evidence"):  # an interruption has one of three lawful grounds
        assert orders.main([str(tmp_path), "recess", f"ground={ground}"]) == 2
    assert read_orders(tmp_path) == []


def test_a_torn_last_line_was_never_acknowledged_and_is_not_read(tmp_path: Path) -> None:
    assert (has_orders(tmp_path), read_orders(tmp_path)) == (False, [])
    append_order(tmp_path, "start", 1, "a", "tom")
    with log_of(tmp_path).open("ab") as log:
        log.write(b'{"sequence": 2, "ord')
    assert [one.order for one in read_orders(tmp_path)] == ["start"]
    assert has_orders(tmp_path)


def test_an_order_that_was_judged_by_an_older_log_is_not_given(tmp_path: Path) -> None:
    append_order(tmp_path, "start", 1000, "a", "王", seen=0)
    with pytest.raises(OrdersMoved):
        append_order(tmp_path, "closed", 2000, "b", "李", seen=0)
    assert append_order(tmp_path, "start", 2000, "a", "王", seen=0).sequence == 1  # it was given
    assert append_order(tmp_path, "closed", 3000, "b", "李", seen=1).sequence == 2
