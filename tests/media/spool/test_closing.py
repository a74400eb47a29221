"""A part is closed afterwards: unreadable without the closed key, and sealed as it was."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from media.errors import SpoolLocked
from media.spool.closing import close_range, is_closed
from media.spool.places import volume_path
from media.spool.reader import SpoolReader
from media.spool.record import Interruption, Packet
from media.spool.verify import verify
from tests.media.spool import recorded

FOREVER = 1 << 62
T0 = recorded.T0
FROM, TO = T0 + 3_500_000, T0 + 5_200_000


def pictures(directory: Path, *, closed: bool = False) -> tuple[list[int], list[str]]:
    with SpoolReader(directory, "judge", may_read_closed=closed) as reader:
        got = reader.read(FOREVER, 10_000)
    numbers = [int.from_bytes(one.payload[:8], "big") for one in got if isinstance(one, Packet)]
    return numbers, [one.reason for one in got if isinstance(one, Interruption)]


def test_closing_takes_whole_chunks_and_changes_no_sealed_byte(tmp_path: Path) -> None:
    recorded.record(tmp_path)
    recorded.sign(tmp_path)
    sealed = {path: path.read_bytes() for path in tmp_path.rglob("0*.s*")}
    assert not is_closed(tmp_path, "judge", FROM, TO)
    assert close_range(tmp_path, "judge", FROM, TO) == 3
    assert close_range(tmp_path, "judge", FROM, TO) == 3
    numbers, told = pictures(tmp_path)
    assert numbers == [*range(75), *range(150, 250)]  # seconds 3, 4 and 5 are gone as a whole
    assert set(told) == {"locked"}
    assert pictures(tmp_path, closed=True) == (list(range(250)), [])
    assert is_closed(tmp_path, "judge", T0, TO)
    assert not is_closed(tmp_path, "judge", T0 + 7_000_000, T0 + 9_000_000)
    assert {path: path.read_bytes() for path in sealed} == sealed
    assert verify(tmp_path, [])["ok"]


def test_the_key_of_the_recording_alone_opens_nothing_closed(tmp_path: Path) -> None:
    recorded.record(tmp_path)
    before = (tmp_path / "judge" / "00000001.keys").read_bytes()
    close_range(tmp_path, "judge", FROM, TO)
    after = (tmp_path / "judge" / "00000001.keys").read_bytes()
    assert len(before) == len(after)
    old = before[64 + 3 * 64 + 16 :][:40]
    assert old not in after  # the old wrapping is gone
    shutil.rmtree(tmp_path / "closed-keys")
    numbers, told = pictures(tmp_path, closed=True)
    assert numbers == [*range(75), *range(150, 250)]
    assert set(told) == {"locked"}


def test_no_power_cut_brings_the_old_keys_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded.record(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.keys")}
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fdatasync", lambda file: synced.append(os.pread(file, 1 << 20, 0)))
    close_range(tmp_path, "judge", FROM, TO)
    changed = [path.read_bytes() for path in before if path.read_bytes() != before[path]]
    assert changed
    assert sorted(changed) == sorted(synced)


def test_what_cannot_be_closed_is_said(tmp_path: Path) -> None:
    recorded.record(tmp_path)
    shutil.rmtree(tmp_path / "keys" / "judge")
    with pytest.raises(SpoolLocked, match="cannot be closed"):
        close_range(tmp_path, "judge", FROM, TO)


def test_a_damaged_chunk_beside_the_range_is_closed_too(tmp_path: Path) -> None:
    recorded.record(tmp_path)
    path = volume_path(tmp_path / "judge", 2)
    raw = bytearray(path.read_bytes())
    raw[-8000] ^= 1
    path.write_bytes(raw)
    assert close_range(tmp_path, "judge", FROM, TO) == 4
