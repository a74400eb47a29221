"""A volume on a disk that refuses, and takes again."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from media.spool.places import seal_path, volume_path
from media.spool.signature import CourtKey
from media.spool.writing import OpenPiece, WritableVolume

BEFORE = bytes(32)  # the last link of the volume before


def test_what_a_disk_has_refused_is_synced_before_it_is_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "judge"
    folder.mkdir()
    key = CourtKey.of_spool(tmp_path)
    volume = WritableVolume(folder, "judge", 1, 1)
    volume.write(b"picture", 0)
    piece = OpenPiece(0)
    piece.sequence = 1
    piece.add(b"picture", 1)
    volume.finish_piece(piece.finish())
    real, synced, is_full = os.fdatasync, list[Path](), [True]

    def sync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if is_full[0] and path == volume_path(folder, 1):
            raise OSError(errno.EIO, "Input/output error")
        synced.append(path)
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", sync)
    with pytest.raises(OSError, match="Input/output"):
        volume.sync(BEFORE, key)
    assert not seal_path(folder, 1).exists()
    is_full[0] = False
    volume.retire()
    volume.sync(BEFORE, key)
    assert volume_path(folder, 1) in synced
    assert seal_path(folder, 1).exists()
