"""What the media path promises is listed with files and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_rules import NAMED, defined_in

ROOT = Path(__file__).parent.parent
LISTED = ROOT / "docs" / "promises.md"
POINTS = 12
ROWS = re.findall(
    r"^\| (?!promise |---)(.+) \| (.+) \| (.+) \|$", LISTED.read_text("utf-8"), re.MULTILINE
)


def test_every_point_has_promises() -> None:
    points = re.split(r"^## ", LISTED.read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert len(points) == POINTS
    assert all(point.count("\n| ") > 2 for point in points)


@pytest.mark.parametrize(("promise", "held_by", "tried_by"), ROWS, ids=range(len(ROWS)))
def test_what_holds_a_promise_and_what_tries_it_are_there(
    promise: str, held_by: str, tried_by: str
) -> None:
    assert NAMED.findall(held_by), promise
    assert not [one for one in NAMED.findall(held_by) if not (ROOT / one).is_file()], promise
    assert NAMED.findall(tried_by), promise
    for node in NAMED.findall(tried_by):
        path, _, name = node.partition("::")
        assert name in defined_in(ROOT / path), node
