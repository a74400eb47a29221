"""What the public saw, on disk and after crashes."""

from contextlib import suppress
from pathlib import Path

import pytest

from media.messages import AirChange
from media.recording.air import AIR, AirLog, line_of, parse, read_air
from tests.services.small_disk import small_disk

CHANGES = [
    AirChange(0, 1_764_000_000_000_000, "before"),
    AirChange(4_000_000, 1_764_000_004_000_000, "room"),
    AirChange(9_000_000, 1_764_000_009_000_000, ""),
]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    log = AirLog(tmp_path)
    for change in CHANGES:
        log.append(change)
    assert read_air(tmp_path) == CHANGES
    assert read_air(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("kept", range(1, len(line_of(CHANGES[1])) + 1))
def test_a_torn_line_costs_itself_and_not_the_next(tmp_path: Path, kept: int) -> None:
    line = line_of(CHANGES[1])
    (tmp_path / AIR).write_bytes(line_of(CHANGES[0]) + line[:-kept])
    whole = kept == 1
    AirLog(tmp_path).append(CHANGES[2])
    assert read_air(tmp_path) == [CHANGES[0], *([CHANGES[1]] if whole else []), CHANGES[2]]


def test_damage_is_passed_over() -> None:
    lines = [line_of(change) for change in CHANGES]
    assert parse(lines[0] + lines[1].replace(b"room", b"rood") + b"\xff\n\n" + lines[2]) == [
        CHANGES[0],
        CHANGES[2],
    ]


def test_what_a_full_disk_did_not_take_is_written_later(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        log = AirLog(disk.path)
        log.append(CHANGES[0])
        disk.leave(0)
        with (disk.path / "other").open("wb", buffering=0) as other, suppress(OSError):
            while other.write(bytes(4096)):
                pass
        later = [AirChange(second * 40_000, second, "recess") for second in range(1, 200)]
        for change in later:
            log.append(change)
        assert len(read_air(disk.path)) < len(later)
        (disk.path / "other").unlink()
        log.append(CHANGES[2])
        assert read_air(disk.path) == [CHANGES[0], *later, CHANGES[2]]
