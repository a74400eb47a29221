"""The second store: the same bytes, however it was away, and never in the first one's way."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from media.errors import SpoolDamaged
from media.spool import mirror
from media.spool.closing import close_range
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.mirror import Mirror, SecondStore
from media.spool.places import seal_path, volume_path
from media.spool.reader import SpoolReader
from media.spool.record import Packet
from media.spool.verify import verify
from tests.media.spool import recorded

T0 = recorded.T0


def sealed(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.suffix in {".spool", ".seal", ".keys", ".sheet", ".pub"}
    }


def test_the_copy_is_the_same_and_is_verified_by_itself(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    recorded.record(first)
    recorded.sign(first)
    assert Mirror(first, second).catch_up()
    assert sealed(second) == sealed(first)
    assert verify(second, [first / "record.pub"])["ok"]
    assert not list(second.rglob("*.key"))  # whoever has this disk alone reads nothing
    shutil.copytree(first / "keys", second / "keys")
    with SpoolReader(second, "judge") as reader:
        assert len([r for r in reader.read(1 << 62, 1000) if isinstance(r, Packet)]) == 250


def test_what_was_torn_or_missed_is_caught_up(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    recorded.record(first)
    Mirror(first, second).catch_up()
    seal, volume = seal_path(second / "judge", 2), volume_path(second / "judge", 2)
    os.truncate(seal, 500)
    raw = volume.read_bytes()
    volume.write_bytes(raw[:9000] + bytes(5000) + b"more" * len(raw))
    volume_path(second / "judge", 3).unlink()
    seal_path(second / "judge", 3).unlink()
    assert Mirror(first, second).catch_up()
    assert sealed(second) == sealed(first)


def test_closing_reaches_the_copy(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    recorded.record(first)
    Mirror(first, second).catch_up()
    close_range(first, "judge", T0 + 3_500_000, T0 + 5_200_000)
    Mirror(first, second).catch_up()
    assert sealed(second) == sealed(first)


def test_another_record_is_not_written_over(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    recorded.record(first)
    recorded.record(second)
    before = sealed(second)
    with pytest.raises(SpoolDamaged, match="another record"):
        Mirror(first, second).catch_up()
    assert sealed(second) == before


def test_a_stopped_copy_goes_on_later(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    recorded.record(first)
    asked = iter([False] * 4 + [True])
    assert not Mirror(first, second).catch_up(lambda: next(asked))
    assert Mirror(first, second).catch_up()
    assert sealed(second) == sealed(first)


def test_a_dead_disk_is_told_and_holds_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    released, hangs = threading.Event(), threading.Event()

    def hang(path: Path, data: bytes, at: int, mode: int) -> None:
        hangs.set()
        released.wait()
        real(path, data, at, mode)

    real = mirror._overwrite
    monkeypatch.setattr(mirror, "_overwrite", hang)
    monkeypatch.setattr(mirror, "ROUND_SECONDS", 0.01)
    monkeypatch.setattr(mirror, "LATE_SECONDS", 0.0)
    with Head.create(first) as head:
        writer = SpoolWriter(first, "judge", head, volume_us=1_000_000)
        for number in range(100):
            writer.append(recorded.picture(number))
        store = SecondStore(first, second)
        assert hangs.wait(30)
        for number in range(100, 200):
            writer.append(recorded.picture(number))
        assert store.is_late
        released.set()
        writer.close()
        store.close(30)
    assert sealed(second) == sealed(first)


def test_a_disk_that_refuses_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    monkeypatch.setattr(mirror, "ROUND_SECONDS", 0.01)
    monkeypatch.setattr(mirror, "_FIRST_PAUSE_SECONDS", 0.01)
    recorded.record(first)
    second.write_bytes(b"no folder")
    store = SecondStore(first, second)
    wait_until(store, is_late=True)
    second.unlink()
    wait_until(store, is_late=False)
    store.close(30)
    assert sealed(second) == sealed(first)


def wait_until(store: SecondStore, *, is_late: bool) -> None:
    until = time.monotonic() + 30
    while store.is_late != is_late:
        assert time.monotonic() < until
        time.sleep(0.005)
