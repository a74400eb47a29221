"""A power cut at any moment, with whatever a disk makes of what was not synced."""

from __future__ import annotations

import itertools
import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.spool import writing
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.places import seal_path, volume_path
from media.spool.reader import SpoolReader
from media.spool.record import Packet
from media.spool.recovery import Recovered, recover
from media.spool.signature import CourtKey
from media.spool.verify import verify
from tests.media.spool.recorded import picture

FOREVER = 1 << 62
BLOCK = 512


class Disk:
    """Knows what has been synced, and what a power cut may leave of the rest."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.durable: dict[Path, bytes] = {}
        self.names: set[Path] = set()
        self.syncs_left = 1 << 30

        def data(descriptor: int) -> None:
            self.syncs_left -= 1
            if self.syncs_left < 0:
                raise OSError(5, "the power is off")
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            self.durable[path] = path.read_bytes()

        def names(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            if path.is_dir():
                self.names |= set(path.iterdir())

        monkeypatch.setattr(os, "fdatasync", data)
        monkeypatch.setattr(os, "fsync", names)

    def cut_power(self, folder: Path, chance: random.Random) -> None:
        """Leave what was synced; of the rest each block is there, as before, or behind the end."""
        for path in list(folder.iterdir()):
            kept = self.durable.get(path, b"")
            if path not in self.names and chance.random() < 0.5:
                path.unlink()
                continue
            now = path.read_bytes()
            size = chance.choice([len(now), len(kept), chance.randint(len(kept), len(now))])
            left = bytearray(now[:size])
            for at in range(0, size, BLOCK):
                if now[at : at + BLOCK] != kept[at : at + BLOCK] and chance.random() < 0.3:
                    old = kept[at : at + BLOCK].ljust(min(BLOCK, size - at), b"\0")
                    left[at : at + BLOCK] = old
            path.write_bytes(left)


def numbers(directory: Path) -> list[int]:
    with SpoolReader(directory, "judge") as reader:
        records = reader.read(FOREVER, 1_000_000)
    return [int.from_bytes(r.payload[:8], "big") for r in records if isinstance(r, Packet)]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.integers(0, 40),
    st.integers(0, 4),
)
def test_a_power_cut_costs_what_was_not_synced_and_nothing_sealed(
    seed: int, batches: list[int], unsynced: int, syncs_left: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        patch.setattr(writing, "SYNC_SECONDS", 3600)
        disk = Disk(patch)
        write_until_the_power_goes(directory, disk, batches, unsynced, syncs_left)
        seals = {path: raw for path, raw in disk.durable.items() if path.suffix == ".seal"}
        disk.cut_power(directory / "judge", random.Random(seed))  # noqa: S311
        (directory / "head").unlink()
        write(directory, 9999, 10_000)
        got = numbers(directory)
        assert got[: sum(batches)] == list(range(sum(batches)))
        assert got[-1] == 9999
        assert got == sorted(got)
        for path, raw in seals.items():
            assert path.read_bytes().startswith(raw)
        result = verify(directory, [])
        assert result["ok"], result["findings"]


def write_until_the_power_goes(
    directory: Path, disk: Disk, batches: list[int], unsynced: int, syncs_left: int
) -> None:
    with Head.create(directory) as head:
        writer = SpoolWriter(directory, "judge", head, volume_us=1_500_000)
        to_come = itertools.count()
        for batch in batches:
            for _ in range(batch):
                writer.append(picture(next(to_come)))
            writer._syncer._sync()
            writer._syncer._sync()  # the second one has what was retired by the first
        for _ in range(unsynced):
            writer.append(picture(next(to_come)))
        disk.syncs_left = syncs_left
        writer._syncer._sync()  # the power goes in the middle of it
        disk.syncs_left = 1 << 30
        writer._syncer._volumes.clear()  # the machine is off: nothing more is synced
        writer._syncer.close()


def write(directory: Path, first: int, last: int) -> None:
    with Head.create(directory) as head:
        writer = SpoolWriter(directory, "judge", head)
        for number in range(first, last):
            writer.append(picture(number))
        writer.close()


def recovered(directory: Path) -> Recovered:
    return recover(directory / "judge", CourtKey.of_spool(directory))


def test_a_log_goes_on_where_it_was_whatever_the_last_start_left(tmp_path: Path) -> None:
    write(tmp_path, 0, 60)
    before = recovered(tmp_path)
    assert (before.volume, before.sequence) == (1, 3)
    volume_path(tmp_path / "judge", 2).write_bytes(b"")  # killed before its first byte
    assert recovered(tmp_path).sequence == 3
    write(tmp_path, 60, 61)
    assert numbers(tmp_path) == list(range(61))
    assert verify(tmp_path, [])["ok"]


def test_what_is_sealed_is_not_changed_by_who_finds_it_damaged(tmp_path: Path) -> None:
    write(tmp_path, 0, 60)
    volume, seal = volume_path(tmp_path / "judge", 1), seal_path(tmp_path / "judge", 1)
    os.truncate(volume, volume.stat().st_size - 500)
    sealed = seal.read_bytes()
    recovered(tmp_path)
    assert seal.read_bytes() == sealed
    findings = verify(tmp_path, [])["findings"]
    assert "00000001.spool" in {one["file"] for one in findings}


def test_a_seal_that_was_spoilt_by_hand_stays_spoilt(tmp_path: Path) -> None:
    write(tmp_path, 0, 3000)
    seal = seal_path(tmp_path / "judge", 1)
    raw = bytearray(seal.read_bytes())
    raw[300] ^= 1
    seal.write_bytes(raw)
    os.truncate(volume_path(tmp_path / "judge", 1), 100_000)
    write(tmp_path, 4000, 4001)
    assert seal.read_bytes() == bytes(raw)
    assert not verify(tmp_path, [])["ok"]
