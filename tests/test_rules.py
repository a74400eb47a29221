"""Every hard rule is in the table of rules, with tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "rules.md"
HARD = (
    1, 2, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 18, 19, 21, 25, 28, 29, 36, 41, 42, 45,
)  # fmt: skip
LAYERS = ["API", "command line", "database"]
NO_WAY = "no way: "
NAMED = re.compile(r"`([^`]+)`")
SHORTEST_REASON = 20


@cache
def sections() -> dict[str, str]:
    """Return the text about each rule, by its code."""
    parts = re.split(r"^## (B-\d\d) ", TABLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(code: str) -> list[list[str]]:
    """Return the cells of a rule's table: through, held by, tried by."""
    lines = re.findall(r"^\| (.+) \|$", sections()[code], re.MULTILINE)
    return [line.split(" | ") for line in lines[2:]]


@cache
def defined_in(path: Path) -> frozenset[str]:
    """Return the names of a file's tests, without running it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


def test_every_hard_rule_is_in_the_table() -> None:
    assert list(sections()) == [f"B-{number:02}" for number in HARD]


@pytest.mark.parametrize("code", [f"B-{number:02}" for number in HARD])
def test_a_rule_is_tried_through_every_layer_or_it_is_said_why_not(code: str) -> None:
    assert [one[0] for one in rows(code)] == LAYERS
    for layer, held_by, tried_by in rows(code):
        if tried_by.startswith(NO_WAY):
            assert len(tried_by) > SHORTEST_REASON, layer
        else:
            assert NAMED.findall(held_by), layer
            assert NAMED.findall(tried_by), layer


@pytest.mark.parametrize("code", [f"B-{number:02}" for number in HARD])
def test_what_the_table_names_is_there(code: str) -> None:
    for _, held_by, tried_by in rows(code):
        assert not [one for one in NAMED.findall(held_by) if not (ROOT / one).is_file()]
        for node in NAMED.findall(tried_by):
            path, found, name = node.partition("::")
            if path.startswith("tests/"):
                assert found, node
                assert name in defined_in(ROOT / path), node
