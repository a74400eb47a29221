"""The head as other processes see it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from media.errors import SpoolDamaged
from media.spool import head as module
from media.spool.head import Head, Position

SURELY_US = 60_000_000


def test_time_is_the_same_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEAD_NS", SURELY_US * 1000)
    with pytest.raises(FileNotFoundError):
        Head.open(tmp_path)
    with Head.create(tmp_path) as writer, Head.open(tmp_path) as reader:
        times = [writer.now_us(), reader.now_us(), writer.now_us()]
        assert times == sorted(times)
        assert abs(times[0] - time.time_ns() // 1000) < SURELY_US
        assert reader.alive
        assert reader.is_of_this_boot
        before = reader.heartbeat_us
        writer.beat()
        assert reader.heartbeat_us > before


def test_a_reader_lives_on_over_a_restart(tmp_path: Path) -> None:
    with Head.create(tmp_path) as first:
        anchor = first.clock
        reader = Head.open(tmp_path)
        first.publish("judge", Position(1, 100))
    with Head.create(tmp_path) as second:
        assert second.clock == anchor
        assert reader.position("judge") == Position(1, 100)
        changes = reader.changes
        second.publish("judge", Position(2, 50, 1, 2, 3, 4, 5))
        second.publish("witness", Position(1, 7))
        assert reader.position("judge") == Position(2, 50, 1, 2, 3, 4, 5)
        assert reader.position("witness") == Position(1, 7)
        assert reader.position("nobody") is None
        assert reader.changes == changes + 2
        assert reader.cameras() == ["judge", "witness"]
    reader.close()


def test_death_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEAD_NS", 0)
    with Head.create(tmp_path) as head:
        assert not head.alive


def test_half_a_change_is_never_taken(tmp_path: Path) -> None:
    with Head.create(tmp_path) as head:
        head.publish("judge", Position(1, 100))
        head.publish("judge", Position(1, 200))
        raw = bytearray((tmp_path / "head").read_bytes())
        at = raw.index((200).to_bytes(8, "little"))
        head._memory[at] = 201  # as if the writer had been killed in the middle of 201
        with Head.open(tmp_path) as reader:
            assert reader.position("judge") == Position(1, 100)


def test_readers_never_see_torn_positions(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from media.spool.head import Head, Position\n"
        "head = Head.create(Path(sys.argv[1])); print('go', flush=True)\n"
        "for n in range(1, 10**9): head.publish('judge', Position(n, n, n, n, n, n, n))\n"
    )
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, cwd=root
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        with Head.open(tmp_path) as head:
            last = changes = 0
            while changes < 1000:
                position = head.position("judge")
                if position is None:
                    continue  # not one yet
                assert len({position.volume, position.committed, position.arrival_us}) == 1
                assert position.volume >= last
                changes += position.volume > last
                last = position.volume
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def test_too_many_cameras_are_refused(tmp_path: Path) -> None:
    with Head.create(tmp_path) as head:
        for number in range(module.MAX_CAMERAS):
            head.publish(f"c{number}", Position(1, 1))
        with pytest.raises(SpoolDamaged, match="no place"):
            head.publish("one more", Position(1, 1))
