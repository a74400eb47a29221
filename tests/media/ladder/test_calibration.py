"""What is measured on this machine is plausible, kept, and never in the way of a start."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from media.ladder import calibration
from media.ladder.calibration import NAME, costs_of_this_machine, measure
from media.ladder.plan import PRESETS, REFERENCE, Costs

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


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Costs]:
    """Note each measurement; that takes no time here."""
    made: list[Costs] = []

    def note() -> Costs:
        made.append(replace(REFERENCE, compose=0.001 * (len(made) + 1)))
        return made[-1]

    monkeypatch.setattr(calibration, "measure", note)
    return made


def test_it_is_measured_once_for_a_machine(tmp_path: Path, measured: list[Costs]) -> None:
    first = costs_of_this_machine(tmp_path)
    assert costs_of_this_machine(tmp_path) == first
    assert measured == [first]
    kept = json.loads((tmp_path / NAME).read_text())
    (tmp_path / NAME).write_text(json.dumps(kept | {"machine": ["another processor"]}))
    assert costs_of_this_machine(tmp_path) == measured[1]
    assert json.loads((tmp_path / NAME).read_text())["machine"] == kept["machine"]


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("found", [b"[]", b"\xff\x00"])
def test_what_cannot_be_read_is_measured_again(tmp_path: Path, found: bytes) -> None:
    (tmp_path / NAME).write_bytes(found)
    assert costs_of_this_machine(tmp_path).fixed > 0
    assert json.loads((tmp_path / NAME).read_text())["costs"]


@pytest.mark.usefixtures("measured")
def test_a_directory_that_takes_nothing_holds_up_no_broadcast(tmp_path: Path) -> None:
    assert costs_of_this_machine(tmp_path / "missing").fixed > 0
