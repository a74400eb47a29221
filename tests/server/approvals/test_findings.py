"""What each answer of the checklist leads to (domain rules E-01 to E-27, and two of the house)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from server.approvals.findings import Findings, door_codes, find, stops
from server.approvals.library import Library
from server.approvals.model import Answer

LIBRARY = Library.read()
POLICY = LIBRARY.policies["cn-default"].rules
CHECKLIST = LIBRARY.checklist_of(POLICY).rules
CODES = [one.code for one in CHECKLIST.question]
# An ordinary civil case in which all is prepared.
PLAIN: dict[str, str | None] = {}
PLAIN |= dict.fromkeys(CODES, "no") | dict.fromkeys(("E-20", "E-21", "E-23", "E-25", "E-26"), "yes")


def found(
    nature: str = "civil", reasons: tuple[str, ...] = (), /, **changes: str | None
) -> Findings:
    """Return the findings of the plain case with other answers (``E_02="yes"``; None: none)."""
    return found_of(nature, changes, reasons)


def found_of(
    nature: str, changes: Mapping[str, str | None], reasons: tuple[str, ...] = ()
) -> Findings:
    """Return the same; the answers' codes as names."""
    answers = PLAIN | {code.replace("_", "-"): its for code, its in changes.items()}
    given = {code: Answer(its, f"note {code}") for code, its in answers.items() if its}
    return find(CHECKLIST, POLICY.demands, nature, given, reasons)


def test_the_list_has_every_line() -> None:
    assert [f"E-{number:02}" for number in range(1, 30)] == CODES
    for one in CHECKLIST.question:
        assert one.text.zh
        assert one.text.en
        assert one.basis


def test_an_ordinary_case_has_nothing_against_it() -> None:
    findings = found()
    assert findings == Findings()
    assert findings.may_be_broadcast


@pytest.mark.parametrize("code", ["E_02", "E_03", "E_06", "E_09"])
def test_a_hard_line_is_no_broadcast(code: str) -> None:
    findings = found_of("civil", {code: "yes"})
    assert findings.hard == (code.replace("_", "-"),)
    assert not findings.may_be_broadcast


@pytest.mark.parametrize("code", ["E_04", "E_05"])
def test_a_minor_defendant_is_no_broadcast(code: str) -> None:
    findings = found_of("criminal", {"E_05": "yes", code: "yes"})
    assert code.replace("_", "-") in findings.hard


def test_a_state_secret_stops_at_the_door() -> None:
    assert found(E_01="yes").stopped == ("E-01",)
    assert stops(CHECKLIST, {"E-01": Answer("yes")}) == ("E-01",)
    assert door_codes(CHECKLIST) == ("E-01",)


@pytest.mark.parametrize(
    ("code", "nature", "answer"),
    [
        ("E-03", "civil", "without_application"),
        ("E-06", "civil", "without_application"),
        ("E-07", "criminal", "rejected"),
        ("E-08", "civil", "rejected"),
        ("E-10", "criminal", "yes"),
        ("E-11", "criminal", "yes"),
        ("E-12", "criminal", "yes"),
        ("E-13", "criminal", "yes"),
        ("E-14", "civil", "yes"),
        ("E-18", "civil", "yes"),
        ("E-19", "civil", "yes"),
        ("E-27", "civil", "yes"),
    ],
)
def test_a_soft_line_wants_the_presiding_judges_reason(code: str, nature: str, answer: str) -> None:
    change: dict[str, str | None] = {code.replace("-", "_"): answer}
    assert found_of(nature, change).unexplained == (code,)
    assert not found_of(nature, change).may_be_broadcast
    assert found_of(nature, change, (code,)).may_be_broadcast


@pytest.mark.parametrize("answer", ["undecided", "accepted"])
def test_an_objection_blocks_until_it_is_rejected(answer: str) -> None:
    assert found("criminal", E_07=answer).hard == ("E-07",)
    assert found("civil", E_08=answer).hard == ("E-08",)


def test_parts_are_planned_with_their_slates() -> None:
    parts = found(E_15="yes", E_16="yes").parts
    assert [one.code for one in parts] == ["E-15", "E-16"]
    assert parts[0].slate.zh == "正在进行调解，依法不播出"
    assert parts[1].note == "note E-16"
    assert "第81条" in parts[1].basis


def test_the_upper_court_comes_in_where_it_is_flagged() -> None:
    assert found(E_17="yes").steps == {"upper_court"}


def test_some_lines_are_confirmed_before_the_start() -> None:
    findings = found("criminal", E_20="no", E_21="no", E_23="no", E_24="yes", E_25="no")
    assert findings.pending == ("E-20", "E-21", "E-23", "E-24", "E-25")
    assert findings.soft == {"E-21", "E-23", "E-24", "E-25"}  # E-20 nobody goes past
    assert findings.may_be_broadcast


def test_a_screen_in_the_picture_needs_a_mask_and_a_replay_can_be_ruled_out() -> None:
    assert found(E_22="yes").needs_mask
    assert not found(E_26="no").may_be_replayed


def test_what_cannot_be_an_answer_is_named() -> None:
    answers = found(E_02=None, E_03="perhaps", E_99="no").problems
    assert [(one.code, one.flaw) for one in answers] == [
        ("E-99", "unknown"),
        ("E-02", "missing"),
        ("E-03", "word"),
    ]


@pytest.mark.parametrize(
    ("nature", "changes", "code"),
    [
        ("criminal", {"E_06": "yes"}, "E-06"),
        ("civil", {"E_07": "rejected"}, "E-07"),
        ("criminal", {"E_08": "accepted"}, "E-08"),
        ("civil", {"E_04": "yes", "E_05": "na"}, "E-04"),
        ("criminal", {"E_04": "yes", "E_05": "no"}, "E-04"),
    ],
)
def test_answers_that_contradict_are_named(
    nature: str, changes: dict[str, str | None], code: str
) -> None:
    assert (code, "contradiction") in {
        (one.code, one.flaw) for one in found_of(nature, changes).problems
    }


def test_what_the_policy_does_not_demand_is_not_asked() -> None:
    given = {code: Answer(its or "") for code, its in PLAIN.items()}
    problems = find(CHECKLIST, frozenset(), "civil", given).problems
    assert [(one.code, one.flaw) for one in problems] == [
        ("E-21", "unknown"),
        ("E-22", "unknown"),
        ("E-23", "unknown"),
    ]


def test_a_television_channel_needs_the_upper_court_and_an_open_microphone_a_confirmation() -> None:
    assert found(E_29="yes").steps == {"upper_court"}  # rule B-02
    assert found().steps == set()
    heard = found(E_28="yes")  # rule B-21
    assert "E-28" in heard.pending
    assert "E-28" not in heard.soft
