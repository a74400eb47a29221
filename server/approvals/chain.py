"""Whose turn it is, who may sign, and whether what was signed holds [pure]."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.accounts.model import Person
from server.accounts.roles import Permission, Role
from server.approvals.model import (
    Application,
    Decision,
    Facts,
    SignedStep,
    State,
    Submission,
    form_values,
)
from server.approvals.signing import digest_of, facts_in
from server.errors import Conflict, Forbidden


@dataclass(frozen=True, slots=True)
class Turn:
    """The step that is waited for."""

    number: int
    role: str
    waiting_since: datetime
    due_at: datetime

    def is_late(self, now: datetime) -> bool:
        """Whether the policy's limit for it is over."""
        return now > self.due_at


def turn(submission: Submission, steps: Sequence[SignedStep]) -> Turn | None:
    """Return whose turn it is; None when the chain is at its end, or somebody said no."""
    content = json.loads(submission.text)
    signed = [one for one in steps if one.round == submission.round]
    if any(one.decision is not Decision.AGREE for one in signed):
        return None
    if len(signed) >= len(content["chain"]):
        return None
    step = content["chain"][len(signed)]
    since = signed[-1].signed_at if signed else submission.submitted_at
    return Turn(len(signed) + 1, step["role"], since, since + timedelta(hours=step["hours"]))


def must_be_signable(
    application: Application,
    whose: Turn,
    facts: Facts,
    steps: Sequence[SignedStep],
    by: Person,
    division: str | None = None,
) -> None:
    """Raise ``Forbidden`` unless this person may sign this step (rules B-02, B-45).

    ``division`` is that of the hearing: whoever holds the role in another one does not sign.

    Holding the step's role is not enough: neither who applied, nor who signed another step of the
    application, nor who gives orders at this court may sign.
    """
    court = application.court
    by.must(Permission.APPROVE, court)
    if not by.holds(Role(whose.role), court, division):
        raise Forbidden("This step is signed by another role.")
    if whose.role == Role.PRESIDING_JUDGE and facts.judge != by.id:
        raise Forbidden("This step is signed by the presiding judge of this hearing.")
    if by.id == application.applicant:
        raise Forbidden("Who applied cannot approve.")
    if any(one.signer == by.id for one in steps if one.round == application.round):
        raise Forbidden("You have signed another step of this application.")
    if by.may(Permission.ORDER, court):
        raise Forbidden("Who gives orders to broadcasts cannot approve them.")


def may_sign(
    application: Application,
    whose: Turn,
    facts: Facts,
    steps: Sequence[SignedStep],
    by: Person,
    division: str | None = None,
) -> bool:
    """Tell whether this person may sign this step."""
    try:
        must_be_signable(application, whose, facts, steps, by, division)
    except Forbidden:
        return False
    return True


def must_be_open(application: Application) -> None:
    """Raise ``Conflict`` unless the application waits for a signature."""
    if application.state is not State.SUBMITTED:
        raise Conflict("This application waits for no signature.")


def state_after(decision: Decision, *, is_last: bool) -> State:
    """Return where a decision leaves an application."""
    if decision is Decision.RETURN:
        return State.RETURNED
    if decision is Decision.REFUSE:
        return State.REFUSED
    return State.AGREED if is_last else State.SUBMITTED


def changed_facts(submission: Submission, now: Facts) -> tuple[str, ...]:
    """Return what of the hearing is no longer as it was laid before the chain (rule B-04)."""
    return facts_in(json.loads(submission.text)).differing(now)


def flaws(
    application: Application,
    submission: Submission | None,
    steps: Sequence[SignedStep],
    noted: frozenset[str],
) -> tuple[str, ...]:
    """Return why an application that is said to be agreed is not; empty if all signatures hold.

    Nothing here trusts the column ``state``: the submission must be what its digest says, the form
    must still be the one that was submitted, every step of the chain must be signed in its order
    over that digest by other people than the applicant, and each signature must stand in the
    journal (``noted``: the sources of its entries).
    """
    if submission is None or digest_of(submission.text) != submission.digest:
        return ("submission",)
    content = json.loads(submission.text)
    found = [] if _is_as_submitted(application, content) else ["form"]
    signed = [one for one in steps if one.round == submission.round]
    chain = [step["role"] for step in content["chain"]]
    if [one.role for one in signed] != chain or [one.number for one in signed] != list(
        range(1, len(chain) + 1)
    ):
        found.append("chain")
    if any(one.decision is not Decision.AGREE or one.digest != submission.digest for one in signed):
        found.append("signature")
    signers = [one.signer for one in signed]
    if application.applicant in signers or len(set(signers)) != len(signers):
        found.append("duty")
    if any(source_of(one) not in noted for one in signed):
        found.append("journal")
    return tuple(found)


def _is_as_submitted(application: Application, content: dict[str, Any]) -> bool:
    now = (application.id, application.round, application.applicant, form_values(application.form))
    submitted = (
        content["application"],
        content["round"],
        content["applicant"],
        content["form"],
    )
    return now == submitted


def source_of(step: SignedStep) -> str:
    """Return the journal source of a signature: its entry can be made only once.

    It names the decision, the signer and the digest, so that the entry of another one does not
    stand for it.
    """
    what = f"{step.decision.value}:{step.signer}:{step.digest}"
    return f"approval:{step.application}:{step.round}:{step.number}:{digest_of(what)[:32]}"
