"""The key store: who may read it, and what a record is worth without it."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from media.errors import SpoolLocked
from media.spool.head import Head
from media.spool.keys import KeyFile, KeyStore, WrappedKey, place_store
from media.spool.log import SpoolWriter
from media.spool.places import keys_path
from media.spool.reader import SpoolReader
from media.spool.record import Interruption, Packet

FOREVER = 1 << 62
SECRET = b"what the witness said"


def record(directory: Path) -> None:
    with Head.create(directory) as head:
        writer = SpoolWriter(directory, "judge", head)
        for number in range(75):
            at = 10**15 + number * 40_000
            writer.append(Packet("video", at, at, at, 40_000, number % 25 == 0, SECRET))
        writer.close()


def test_nothing_of_the_room_lies_on_the_disk_in_clear(tmp_path: Path) -> None:
    record(tmp_path)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or SECRET not in path.read_bytes()
    with SpoolReader(tmp_path, "judge") as reader:
        packets = [one for one in reader.read(FOREVER) if isinstance(one, Packet)]
    assert {one.payload for one in packets} == {SECRET}
    assert len(packets) == 75


def test_only_the_owner_can_read_keys(tmp_path: Path) -> None:
    record(tmp_path)
    keys = [path for path in (tmp_path / "keys").rglob("*") if path.is_file()]
    assert {path.suffix for path in keys} == {".key", ".pem"}
    for path in (*keys, keys_path(tmp_path / "judge", 1)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys" / "judge").stat().st_mode) == 0o700


@pytest.mark.parametrize("lost", ["keys", "judge/00000001.keys"])
def test_without_keys_a_reader_is_told_so_and_gets_nothing(tmp_path: Path, lost: str) -> None:
    record(tmp_path)
    path = tmp_path / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with SpoolReader(tmp_path, "judge") as reader:
        got = reader.read(FOREVER)
        assert {one.reason for one in got if isinstance(one, Interruption)} == {"locked"}
        assert not any(isinstance(one, Packet) for one in got)
        assert reader.latest_description("video") is None
        assert reader.damaged == 0


def test_one_spoilt_key_costs_its_chunk(tmp_path: Path) -> None:
    record(tmp_path)
    path = keys_path(tmp_path / "judge", 1)
    raw = bytearray(path.read_bytes())
    raw[64 + 64 + 30] ^= 1
    path.write_bytes(raw)
    with SpoolReader(tmp_path, "judge") as reader:
        got = reader.read(FOREVER)
    assert len([one for one in got if isinstance(one, Packet)]) == 50


def test_nothing_is_recorded_where_no_key_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"no folder")
    with Head.create(tmp_path) as head, pytest.raises(SpoolLocked):
        SpoolWriter(tmp_path, "judge", head)
    assert not list(tmp_path.rglob("*.spool"))


def test_keys_can_lie_elsewhere(tmp_path: Path) -> None:
    spool, vault = tmp_path / "spool", tmp_path / "vault"
    spool.mkdir()
    for _ in range(2):
        place_store(spool, "keys", vault)
    record(spool)
    assert (vault / "judge" / "00000001.key").stat().st_size == 32
    with pytest.raises(SpoolLocked, match="move the keys"):
        place_store(spool, "keys", tmp_path / "another")


def test_a_slot_is_whole_or_none(tmp_path: Path) -> None:
    file = KeyFile.create(tmp_path / "00000001.keys", 1, 7)
    key = WrappedKey(9, 3, os.urandom(40), is_closed=True)
    file.put(key)
    assert file.get(9) == key
    assert [file.get(sequence) for sequence in (6, 8, 10)] == [None] * 3
    file.close()
    with pytest.raises(SpoolLocked):
        KeyFile.open(tmp_path / "00000002.keys")
    (tmp_path / "00000002.keys").write_bytes(bytes(200))
    with pytest.raises(SpoolLocked, match="holds no keys"):
        KeyFile.open(tmp_path / "00000002.keys")
    assert KeyStore(tmp_path, "x").make(1) == KeyStore(tmp_path, "x").make(1)
