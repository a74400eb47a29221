"""Keys that are gone are noticed while they can still be brought back."""

from pathlib import Path

import pytest

from media.spool.custody import Custody
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.record import Packet, StreamDescription


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Two runs of a recorder on one camera, the second still going on."""
    for _ in range(2):
        with Head.create(tmp_path) as head:
            writer = SpoolWriter(tmp_path, "c1", head)
            writer.append(StreamDescription("video", "h264", b"", 64, 64, 0, 0))
            writer.append(Packet("video", 0, 0, head.now_us(), 40_000, True, b"picture"))
            writer.close()
    return tmp_path


def test_nothing_is_missing_of_what_was_recorded(spool: Path) -> None:
    assert Custody(spool).missing() == []


def test_a_key_that_is_gone_or_cut_is_named(spool: Path) -> None:
    custody = Custody(spool)
    assert not custody.missing()
    key = spool / "keys/c1/00000001.key"
    raw = key.read_bytes()
    key.unlink()
    assert custody.missing() == ["keys/c1/00000001.key"]
    key.write_bytes(raw[:-1])
    assert custody.missing() == ["keys/c1/00000001.key"]
    key.write_bytes(raw)  # a backup was found
    assert custody.missing() == []


def test_all_are_named_when_their_disk_is_gone(spool: Path) -> None:
    (spool / "keys").rename(spool / "elsewhere")
    names = ["keys/c1/00000001.key", "keys/c1/00000002.key"]
    assert Custody(spool).missing() == names
    assert not (spool / "keys").exists()  # nothing is made in their place


def test_wrapped_keys_that_are_gone_are_named(spool: Path) -> None:
    (spool / "c1/00000002.keys").unlink()
    assert Custody(spool).missing() == ["c1/00000002.keys"]


def test_records_that_went_to_the_archive_need_no_keys_here(spool: Path) -> None:
    for path in (spool / "c1").glob("00000001.*"):
        path.unlink()
    (spool / "keys/c1/00000001.key").unlink()
    assert Custody(spool).missing() == []
