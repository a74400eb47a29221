"""A rule file that is wrong is refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import server.approvals
from server.approvals.checklist import Checklist
from server.approvals.policy import Policy
from server.approvals.ruling import RuleFile, WrongRules, parse

FOLDER = Path(server.approvals.__file__).parent
POLICY = (FOLDER / "policies" / "cn-default.toml").read_text(encoding="utf-8")
CHECKLIST = (FOLDER / "exclusions" / "cn.toml").read_text(encoding="utf-8")


def refused(text: str, model: type[RuleFile]) -> tuple[str, str]:
    """Return the line that is named, and what is said of it."""
    with pytest.raises(WrongRules) as found:
        parse(text, model, "court.toml")
    assert str(found.value).startswith(f"court.toml, line {found.value.line}: ")
    return text.splitlines()[found.value.line - 1], found.value.problem


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ('access = "public"', 'access = "identified"', 'access = "identified"'),
        ("least_s = 0", "least_s = -1", "least_s = -1"),
        ("least_s = 0", "least_s = 90", "suggested_s = 60"),
        ("least_s = 0", "least_s = 1.5", "least_s = 1.5"),
        ("notice_days = 3", "notice_day = 3", "notice_day = 3"),
        ("notice_days = 3", "notice_days =", "notice_days ="),
        ('access = "public"', 'access = "friends"', 'access = "friends"'),
        ("identity_mute = true", "identity_mute = 1", "identity_mute = 1"),
        ('media = ["video", "audio", "text"]', 'media = ["video"]', 'media = ["video"]'),
        ('media = ["video", "audio", "text"]', "media = []", "media = []"),
        ('release = "after_review"', 'release = "never"\nlifetime_days = 3', "lifetime_days = 3"),
        (
            'release = "after_review"',
            'release = "after_review"\nafter_hours = 3',
            "after_hours = 3",
        ),
        ('role = "upper_court"', 'role = "division_head"', 'role = "division_head"'),
        ('role = "vice_president"', 'role = "technician"', 'role = "technician"'),
        ("hours = 72", "hours = 0", "hours = 0"),
        ("when_flagged = true", "when_flagged = 'yes'", "when_flagged = 'yes'"),
    ],
)
def test_a_policys_mistake_is_named_with_its_line(right: str, wrong: str, line: str) -> None:
    assert right in POLICY
    named, _ = refused(POLICY.replace(right, wrong), Policy)
    assert named == line


def test_the_same_role_twice_is_named_where_it_comes_again() -> None:
    text = POLICY.replace('role = "upper_court"', 'role = "division_head"')
    with pytest.raises(WrongRules) as found:
        parse(text, Policy, "court.toml")
    lines = [at for at, line in enumerate(text.splitlines(), 1) if "division_head" in line]
    assert found.value.line == lines[1]


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ('code = "E-02"', 'code = "E-01"', 'code = "E-01"'),
        ('code = "E-02"', 'code = "two"', 'code = "two"'),
        ('yes = ["stop"]', 'yes = ["stopp"]', 'yes = ["stopp"]'),
        ('step = "upper_court"\n', "", 'yes = ["step"]'),
        ('E-05 = "no"', 'E-05 = "maybe"', None),
        ('E-05 = "no"', 'E-99 = "no"', None),
    ],
)
def test_a_checklists_mistake_is_named_with_its_line(
    right: str, wrong: str, line: str | None
) -> None:
    assert right in CHECKLIST
    named, problem = refused(CHECKLIST.replace(right, wrong), Checklist)
    if line is None:
        assert named.startswith("answers = {"), problem
    elif line.startswith("yes"):
        assert "step" in problem
    else:
        assert named == line
