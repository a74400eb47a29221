"""A broadcast's record is filed: what was closed is closed, and the sheet tells the hearing."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from media.assignment import FilingAssignment
from media.filing import close_parts, file_record, has_passed
from media.orders import append_order
from media.spool.listing import digest_of
from media.spool.mirror import Mirror
from media.spool.reader import SpoolReader
from media.spool.record import Packet
from media.spool.sheet import Interruption, parse_sheet
from media.spool.verify import verify
from tests.media.spool import recorded

T0 = recorded.T0
SECOND = 1_000_000


@pytest.fixture
def assignment(tmp_path: Path) -> FilingAssignment:
    spool, directory = tmp_path / "spool", tmp_path / "broadcast"
    recorded.record(spool)
    orders = [
        ("start", 0.5, {}),
        ("recess", 1.0, {}),
        ("resume", 2.0, {}),
        ("closed", 3.5, {}),
        ("open", 5.2, {}),
        ("closed", 6.5, {"ground": "unfit_mediation"}),
        ("end", 9.0, {}),
    ]
    for number, (order, at, args) in enumerate(orders):
        append_order(directory, order, T0 + round(at * SECOND), str(number), "x", args)
    public = directory / "public" / "v1"
    public.mkdir(parents=True)
    (public / "0.m4s").write_bytes(b"what the public saw")
    second = str(tmp_path / "second")
    return FilingAssignment("b1", "room", str(spool), str(directory), "", second)


def test_the_sheet_tells_the_hearing_and_is_verified(assignment: FilingAssignment) -> None:
    path = file_record(assignment)
    assert path is not None
    assert sorted(one.name for one in path.parent.iterdir()) == [
        "orders.log", "public", "public.sha256", "record.sheet"
    ]  # fmt: skip
    sheet = parse_sheet(path.read_bytes()).sheet
    assert (sheet.from_us, sheet.to_us) == (T0 + SECOND // 2, T0 + 9 * SECOND)
    assert sheet.interruptions == (
        Interruption("recess", T0 + SECOND, T0 + 2 * SECOND, 2),
        Interruption("closed_evidence", T0 + 3_500_000, T0 + 5_200_000, 4),
        Interruption("unfit_mediation", T0 + 6_500_000, T0 + 9 * SECOND, 6),
    )
    judge, witness = sheet.cameras
    assert (judge.camera, judge.gaps) == ("judge", ())
    [gap] = witness.gaps
    assert (gap.reason, gap.to_us) == ("unreachable", T0 + 7 * SECOND)
    for store in (assignment.spool, assignment.second_spool):
        result = verify(Path(store), [])
        assert result["ok"], result["findings"]
        assert result["sheets"] == ["b1.sheet"]


def test_record_and_public_recording_name_each_other(assignment: FilingAssignment) -> None:
    beside = file_record(assignment)
    assert beside is not None
    raw = beside.read_bytes()
    assert (Path(assignment.spool) / "sheets" / "b1.sheet").read_bytes() == raw
    public = parse_sheet(raw).sheet.public
    assert public is not None
    assert public == digest_of(Path(assignment.directory) / "public")
    told = subprocess.run(
        ["sh", "-c", "sha256sum v1/0.m4s | sha256sum"],
        cwd=Path(assignment.directory) / "public",
        capture_output=True,
        check=True,
    )
    assert told.stdout.split()[0].decode() == public.digest
    listed = (Path(assignment.directory) / "public.sha256").read_bytes()
    assert hashlib.sha256(listed).hexdigest() == public.digest


def test_another_public_recording_is_found(assignment: FilingAssignment) -> None:
    file_record(assignment)
    spool, directory = Path(assignment.spool), Path(assignment.directory)
    assert verify(spool, [], [directory])["ok"]
    film = directory / "public" / "v1" / "0.m4s"
    film.write_bytes(b"what the public saX")
    [finding] = verify(spool, [], [directory])["findings"]
    assert finding["what"] == "the public recording is not what the sheet names"
    (spool / "sheets" / "b1.sheet").unlink()
    [finding] = verify(spool, [], [directory])["findings"]
    assert finding["what"] == "the record has no sheet for this public recording"


def test_closed_parts_are_closed_in_the_record(assignment: FilingAssignment) -> None:
    file_record(assignment)
    with SpoolReader(Path(assignment.spool), "judge") as reader:
        got = [r.court_us - T0 for r in reader.read(1 << 62, 10_000) if isinstance(r, Packet)]
    assert not [at for at in got if 3_500_000 <= at < 5_200_000 or 6_500_000 <= at < 9_000_000]
    assert [at for at in got if SECOND <= at < 2 * SECOND]  # a recess is part of the open record


def times(assignment: FilingAssignment, store: str) -> list[int]:
    """Return the times, in µs after the beginning, of what can be read without closed keys."""
    spool = Path(store)
    if not (spool / "keys").exists():  # the second store has none of its own
        (spool / "keys").symlink_to(Path(assignment.spool) / "keys")
    with SpoolReader(spool, "judge") as reader:
        return [r.court_us - T0 for r in reader.read(1 << 62, 10_000) if isinstance(r, Packet)]


def test_what_was_closed_is_closed_before_the_broadcast_is_over(
    assignment: FilingAssignment,
) -> None:
    """In both stores; what is still closed, and what comes behind, waits."""
    log = Path(assignment.directory) / "orders.log"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))  # no end yet
    Mirror(Path(assignment.spool), Path(assignment.second_spool)).catch_up()
    assert close_parts(replace(assignment, after_order=5), lambda: T0 + 30 * SECOND) == 1
    for store in (assignment.spool, assignment.second_spool):
        found = times(assignment, store)
        assert not [at for at in found if 3_500_000 <= at < 5_200_000]
        assert [at for at in found if 6_500_000 <= at < 9_000_000]
        assert verify(Path(store), [])["ok"]
    assert not (Path(assignment.directory) / "record.sheet").exists()


def test_an_end_leaves_it_to_the_filing(assignment: FilingAssignment) -> None:
    assert close_parts(replace(assignment, after_order=5), lambda: T0) == 0
    assert [at for at in times(assignment, assignment.spool) if 3_500_000 <= at < 5_200_000]


def test_a_part_is_closed_when_the_air_has_passed_it() -> None:
    assert has_passed(100 * SECOND, 0, 103 * SECOND)
    assert not has_passed(100 * SECOND, 20 * SECOND, 122 * SECOND)
    assert has_passed(100 * SECOND, 20 * SECOND, 123 * SECOND)


def test_it_is_filed_once_and_not_without_an_end(
    assignment: FilingAssignment, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(asdict(assignment)))
    command = [sys.executable, "-m", "media.filing", str(path)]
    root = Path(__file__).parents[2]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    sheet = Path(assignment.directory) / "record.sheet"
    first = sheet.read_bytes()
    (Path(assignment.directory) / "public" / "later").write_bytes(b"x")
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    assert sheet.read_bytes() == first
    append_order(tmp_path / "other", "start", T0, "k", "x")
    other = FilingAssignment("b2", "room", assignment.spool, str(tmp_path / "other"))
    assert file_record(other) is None
