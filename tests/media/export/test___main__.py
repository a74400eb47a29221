"""The export as a process: how it tells, how it ends, and what it leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from media.assignment import ExportAssignment
from media.feeds.clip import load_clip
from media.spool.closing import close_range
from tests.media.export.test_remux import SECOND, record
from tests.media.feeds.cameras import make_clip
from tests.media.spool.recorded import T0

pytestmark = pytest.mark.media
ROOT = Path(__file__).parents[3]


@pytest.fixture
def assignment(tmp_path: Path) -> ExportAssignment:
    spool = tmp_path / "spool"
    record(spool, load_clip(make_clip(tmp_path / "clip.mp4", seconds=4)))
    span = (T0 + SECOND, T0 + 3 * SECOND)
    return ExportAssignment("e1", str(spool), str(tmp_path / "out"), ("judge",), *span)


def run(assignment: ExportAssignment) -> dict[str, Any]:
    path = Path(assignment.directory).with_suffix(".json")
    path.write_text(json.dumps(asdict(assignment)))
    command = [sys.executable, "-m", "media.export", str(path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    told: dict[str, Any] = json.loads((Path(assignment.directory) / "progress.json").read_bytes())
    return told


def test_an_export_tells_its_films_and_is_not_made_twice(assignment: ExportAssignment) -> None:
    told = run(assignment)
    assert (told["state"], told["done"], told["damaged"]) == ("done", 1.0, 0)
    [file] = told["files"]
    film = Path(assignment.directory) / file["name"]
    assert file["bytes"] == film.stat().st_size > 10_000
    digest = subprocess.run(["sha256sum", str(film)], capture_output=True, check=True).stdout
    assert digest.decode().split()[0] == file["sha256"]
    assert film.stat().st_mode & 0o077 == 0  # for nobody else on the machine
    before = film.stat().st_mtime_ns
    assert run(assignment) == told
    assert film.stat().st_mtime_ns == before


def test_a_refused_export_leaves_no_film(assignment: ExportAssignment) -> None:
    close_range(Path(assignment.spool), "judge", T0 + 2 * SECOND, T0 + 3 * SECOND)
    told = run(assignment)
    assert told["state"] == "refused"
    assert "closed" in told["problem"]
    assert not list(Path(assignment.directory).glob("*.mp4"))
    other = str(Path(assignment.directory).with_name("other"))
    told = run(replace(assignment, directory=other, may_read_closed=True))
    assert told["state"] == "done"


def test_a_camera_that_has_no_record_fails(assignment: ExportAssignment) -> None:
    told = run(replace(assignment, cameras=("judge", "../judge")))
    assert (told["state"], told["files"]) == ("failed", [])
