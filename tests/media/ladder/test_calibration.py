"""What is measured on this machine is plausible, kept, and never in the way of a start."""

import json
from pathlib import Path

import pytest

from media.ladder.calibration import NAME, costs_of_this_machine, measure
from media.ladder.plan import PRESETS, REFERENCE

pytestmark = pytest.mark.media


def test_a_measured_machine_is_of_this_world() -> None:
    costs = measure()
    assert set(costs.encode) == set(PRESETS)
    assert costs.encode["veryfast"] > costs.encode["ultrafast"]
    for preset in PRESETS:
        assert REFERENCE.encode[preset] / 30 < costs.encode[preset] < REFERENCE.encode[preset] * 30
    assert set(costs.decode) == set(REFERENCE.decode)
    assert costs.decode["hevc"] > costs.decode["h264"] > 0
    assert 0 < costs.compose < costs.encode["ultrafast"]


def test_it_is_measured_once_for_a_machine(tmp_path: Path) -> None:
    first = costs_of_this_machine(tmp_path)
    assert costs_of_this_machine(tmp_path) == first
    kept = json.loads((tmp_path / NAME).read_text())
    (tmp_path / NAME).write_text(json.dumps(kept | {"machine": ["another processor"]}))
    costs_of_this_machine(tmp_path)
    assert json.loads((tmp_path / NAME).read_text())["machine"] == kept["machine"]


@pytest.mark.parametrize("found", [b"[]", b"\xff\x00"])
def test_what_cannot_be_read_is_measured_again(tmp_path: Path, found: bytes) -> None:
    (tmp_path / NAME).write_bytes(found)
    assert costs_of_this_machine(tmp_path).fixed > 0
    assert json.loads((tmp_path / NAME).read_text())["costs"]


def test_a_directory_that_takes_nothing_holds_up_no_broadcast(tmp_path: Path) -> None:
    assert costs_of_this_machine(tmp_path / "missing").fixed > 0
