"""Whose turn it is, and what is wrong with an approval that somebody has made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.approvals.chain import changed_facts, flaws, source_of, state_after, turn
from server.approvals.findings import Findings
from server.approvals.library import Library
from server.approvals.model import (
    Answer,
    Application,
    Decision,
    Facts,
    Form,
    SignedStep,
    Source,
    State,
    Submission,
)
from server.approvals.signing import canonical_text, digest_of

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
CHAIN = Library.read().policies["cn-default"].rules.chain(frozenset())
FACTS = Facts("h", "（2026）苏07民初1号", "civil", "合同", "room", "judge", AT.isoformat())
FORM = Form("broadcast", ("video", "audio"), "Why.", {"E-01": Answer("no")})
SOURCES = (Source("cn-default", "1", "a" * 64), Source("cn", "1", "b" * 64))
ITS = Application("a", "h", "c", State.AGREED, "ann", FORM, {}, 3, 1, AT, AT)
TEXT = canonical_text(ITS, FACTS, SOURCES, CHAIN, Findings(pending=("E-20",)))
LAID = Submission("a", 1, TEXT, digest_of(TEXT), AT)
SIGNED = [
    SignedStep(
        "a", 1, at, one.role, Decision.AGREE, "", f"signer {at}", AT + timedelta(hours=at),
        AT, AT + timedelta(hours=24), LAID.digest,
    )
    for at, one in enumerate(CHAIN, start=1)
]  # fmt: skip


def found(steps: list[SignedStep] | None = None, its: Application = ITS) -> tuple[str, ...]:
    """Return the flaws of the whole approval, or of another."""
    signed = SIGNED if steps is None else steps
    return flaws(its, LAID, signed, frozenset(source_of(one) for one in SIGNED))


def test_the_chain_is_signed_in_its_order_and_time() -> None:
    for at, one in enumerate(CHAIN):
        whose = turn(LAID, SIGNED[:at])
        assert whose is not None
        assert (whose.number, whose.role) == (at + 1, one.role)
        assert whose.waiting_since == AT + timedelta(hours=at)
        assert not whose.is_late(whose.waiting_since + timedelta(hours=one.hours))
        assert whose.is_late(whose.waiting_since + timedelta(hours=one.hours, seconds=1))
    assert turn(LAID, SIGNED) is None
    no = replace(SIGNED[0], decision=Decision.RETURN)
    assert turn(LAID, [no]) is None
    assert turn(LAID, [replace(no, round=0)]) is not None  # what was said of an earlier round


def test_a_decision_leads_on_or_ends_it() -> None:
    assert state_after(Decision.AGREE, is_last=False) is State.SUBMITTED
    assert state_after(Decision.AGREE, is_last=True) is State.AGREED
    assert state_after(Decision.RETURN, is_last=True) is State.RETURNED
    assert state_after(Decision.REFUSE, is_last=False) is State.REFUSED


def test_a_whole_approval_has_no_flaw() -> None:
    assert found() == ()
    assert changed_facts(LAID, FACTS) == ()


def test_every_part_of_it_is_needed() -> None:
    first, second, third = SIGNED
    assert found([first, second]) == ("chain",)
    assert found([second, first, third]) == ("chain",)
    assert found([first, replace(second, decision=Decision.REFUSE), third]) == (
        "signature",
        "journal",
    )
    assert found([first, replace(second, digest="0" * 64), third]) == ("signature", "journal")
    assert found([first, replace(second, signer="signer 1"), third]) == ("duty", "journal")
    assert found([first, replace(second, signer="ann"), third]) == ("duty", "journal")
    assert found([first, replace(second, signer="a stranger"), third]) == ("journal",)
    assert flaws(ITS, None, SIGNED, frozenset()) == ("submission",)
    torn = replace(LAID, text=TEXT.replace("Why.", "Way."))
    assert flaws(ITS, torn, SIGNED, frozenset()) == ("submission",)


def test_another_form_than_the_submitted_is_not_the_signed_one() -> None:
    for other in (
        replace(ITS, form=replace(FORM, media=("text",))),
        replace(ITS, form=replace(FORM, kind="no_broadcast")),
        replace(ITS, form=replace(FORM, answers={"E-01": Answer("no", "but")})),
        replace(ITS, applicant="somebody"),
        replace(ITS, id="another"),
    ):
        assert "form" in found(its=other)


def test_what_has_changed_is_named() -> None:
    later = replace(FACTS, scheduled_at=(AT + timedelta(minutes=1)).isoformat(), judge=None)
    assert changed_facts(LAID, later) == ("judge", "scheduled_at")
