"""Who is reminded of which step, and to whom an overdue one goes up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.accounts.model import Person, Posting
from server.accounts.roles import Role
from server.approvals.model import State
from server.approvals.reminders import Pending, in_order, reminder, went_up
from server.hearings.model import Hearing
from tests.server.approvals.test_chain import AT, FACTS, ITS, LAID, SIGNED

HEARING = Hearing(
    "h", "甲诉乙", "", "（2026）苏07民初1号", "合同", "c", "法院", "", "Asia/Shanghai", "room",
    "第一法庭", "", AT, None, "civil", "judge",
)  # fmt: skip
WAITING = Pending(replace(ITS, state=State.SUBMITTED), HEARING, FACTS, LAID, ())
HOUR = timedelta(hours=1)


def holder(role: str, name: str = "", court: str = "c") -> Person:
    return Person(name or role, role, role, (Posting(Role(role), court),))


def told(pending: Pending, by: Person, hours: int) -> tuple[str, bool] | None:
    found = reminder(pending, by, AT + hours * HOUR)
    return (found.kind, found.is_late) if found else None


def test_a_step_waits_for_its_signer_and_nobody_else() -> None:
    assert told(WAITING, holder("division_head"), 1) == ("mine", False)
    assert told(WAITING, holder("division_head"), 25) == ("mine", True)
    assert told(WAITING, holder("division_head", court="other"), 25) is None
    assert told(WAITING, holder("technician"), 25) is None


@pytest.mark.parametrize(
    ("signed", "up_to", "not_to"),
    [
        (0, "trial_management", "vice_president"),
        (1, "vice_president", "division_head"),
        (2, "trial_management", "upper_court"),  # the last step has none above it
    ],
)
def test_an_overdue_step_goes_up_once(signed: int, up_to: str, not_to: str) -> None:
    pending = replace(WAITING, steps=tuple(SIGNED[:signed]))
    overdue = signed + 25
    assert told(pending, holder(up_to), signed + 1) is None
    assert told(pending, holder(up_to), overdue) == ("escalated", True)
    assert told(pending, holder(up_to), overdue * 100) == ("escalated", True)
    assert told(pending, holder(not_to), overdue * 100) is None
    assert told(pending, holder(up_to, court="other"), overdue) is None
    assert told(pending, holder(up_to, name="ann"), overdue) is None  # who applied


def test_what_is_returned_waits_for_who_applied() -> None:
    pending = replace(WAITING, application=replace(ITS, state=State.RETURNED))
    assert told(pending, holder("applicant", name="ann"), 1) == ("returned", False)
    assert told(pending, holder("applicant", name="bob"), 1) is None
    assert told(replace(WAITING, application=ITS), holder("division_head"), 25) is None  # agreed


def test_what_is_due_first_comes_first() -> None:
    head = holder("division_head")
    later = replace(LAID, submitted_at=AT + HOUR)
    late = reminder(replace(WAITING, submission=later), head, AT)
    early = reminder(WAITING, head, AT)
    assert late is not None
    assert early is not None
    assert in_order([late, early]) == [early, late]


def test_what_went_up_is_told_of_the_step_that_is_overdue_and_of_no_other() -> None:
    late = AT + 25 * HOUR
    its = WAITING.application
    found = went_up(its, LAID, (), late)
    assert found is not None
    assert (found.turn.number, found.to) == (1, Role.TRIAL_MANAGEMENT)
    last = went_up(its, LAID, SIGNED[:2], AT + 27 * HOUR)
    assert last is not None
    assert last.to is Role.TRIAL_MANAGEMENT  # the last step has none above it
    assert went_up(its, LAID, (), AT + HOUR) is None
    assert went_up(its, None, (), late) is None
    assert went_up(ITS, LAID, (), late) is None  # agreed
