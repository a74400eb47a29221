"""One hearing's record is checked in the background; what is wrong is told with its place."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from media.assignment import FilingAssignment, InspectionAssignment
from media.filing import file_record
from media.inspection import inspect_record
from media.orders import append_order
from media.progress import read_progress
from media.spool.places import PUBLIC_KEY, RECORD_SHEET, volume_path
from media.spool.signature import CourtKey
from tests.media.spool import recorded

ROOT = Path(__file__).parents[2]
SECOND = 1_000_000


@pytest.fixture
def assignment(tmp_path: Path) -> InspectionAssignment:
    """Record ten seconds in three volumes; the hearing are the last four, in two of them."""
    spool, directory = tmp_path / "spool", tmp_path / "broadcast"
    recorded.record(spool)
    for order, at in (("start", 5.5), ("end", 9.5)):
        append_order(directory, order, recorded.T0 + round(at * SECOND), order, "x")
    public = directory / "public" / "v1"
    public.mkdir(parents=True)
    (public / "0.m4s").write_bytes(b"what the public saw")
    file_record(FilingAssignment("b1", "room", str(spool), str(directory)))
    key = (spool / PUBLIC_KEY).read_text()
    return InspectionAssignment(str(spool), str(directory), str(tmp_path / "check"), key)


def found(assignment: InspectionAssignment) -> dict[str, Any]:
    inspect_record(assignment)
    return read_progress(Path(assignment.directory))


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def test_a_whole_record_is_found_whole_once(assignment: InspectionAssignment) -> None:
    path = Path(assignment.directory).with_suffix(".json")
    path.write_text(json.dumps(asdict(assignment)))
    command = [sys.executable, "-m", "media.inspection", str(path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    told = read_progress(Path(assignment.directory))
    assert (told["state"], told["done"], told["ok"], told["findings"]) == ("done", 1.0, True, [])
    assert [one["volumes"] for one in told["cameras"]] == [2, 1]
    assert found(assignment) == told


def test_damage_is_placed(assignment: InspectionAssignment) -> None:
    flip(volume_path(Path(assignment.spool) / "judge", 3))
    told = found(assignment)
    assert not told["ok"]
    [finding] = told["findings"]
    assert (finding["camera"], finding["file"]) == ("judge", "00000003.spool")
    assert finding["offset"]
    assert finding["court_time"]


def test_what_is_wrong_before_the_hearing_is_not_of_it(assignment: InspectionAssignment) -> None:
    flip(volume_path(Path(assignment.spool) / "judge", 1))
    assert found(assignment)["ok"]


@pytest.mark.parametrize("gone", ["00000002.spool", "00000002.seal"])
def test_what_is_missing_is_found(assignment: InspectionAssignment, gone: str) -> None:
    (Path(assignment.spool) / "judge" / gone).unlink()
    assert gone in {one["file"] for one in found(assignment)["findings"]}


def test_another_public_recording_is_found(assignment: InspectionAssignment) -> None:
    flip(Path(assignment.broadcast_directory) / "public" / "v1" / "0.m4s")
    told = found(assignment)
    assert [one["what"] for one in told["findings"]] == [
        "the public recording is not what the sheet names"
    ]


def test_a_sheet_that_somebody_wrote_is_found(assignment: InspectionAssignment) -> None:
    flip(Path(assignment.broadcast_directory) / RECORD_SHEET)
    assert not found(assignment)["ok"]


def test_a_record_of_another_court_is_found(
    assignment: InspectionAssignment, tmp_path: Path
) -> None:
    other = CourtKey.at(tmp_path / "other.pem").public_pem.decode()
    told = found(replace(assignment, public_key=other))
    assert "the sheet's signature is not the court's" in {one["what"] for one in told["findings"]}


def test_what_cannot_be_checked_is_said_to_be_unchecked(assignment: InspectionAssignment) -> None:
    told = found(replace(assignment, public_key="no key"))
    assert told["state"] == "failed"
