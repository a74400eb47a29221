"""Signs the steps of applications."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.accounts.store import still
from server.approvals import store
from server.approvals.chain import Turn, must_be_open, must_be_signable, source_of, state_after
from server.approvals.dossier import Dossier, Dossiers, must_be_unchanged
from server.approvals.model import (
    STALE,
    Application,
    Decision,
    Refusal,
    SignedStep,
    State,
    Submission,
)
from server.approvals.voiding import Voiding
from server.database import Database
from server.errors import Conflict, Invalid
from server.identity import new_id
from server.journal.store import Deed, note


class Signatures:
    """What approvers sign: always the digest of what they have read."""

    def __init__(self, database: Database, dossiers: Dossiers, voiding: Voiding) -> None:
        self._database = database
        self._dossiers = dossiers
        self._voiding = voiding

    async def sign(
        self, identifier: str, digest: str, decision: Decision, opinion: str, by: Person
    ) -> Application:
        """Sign the step that is waited for.

        Raises ``Forbidden`` for whom it is not the turn, ``Conflict`` for another digest or a
        hearing that has changed since (the application is void then).
        """
        dossier = await self._dossiers.shown(identifier, by)
        found = dossier.application
        must_be_open(found)
        if await self._voiding.if_changed(found, dossier.hearing):
            raise Conflict("The hearing has changed: this application is void.")
        laid, whose = dossier.submission, dossier.turn
        if laid is None or whose is None or laid.digest != digest:
            raise Conflict(STALE)
        division = dossier.hearing.division
        must_be_signable(found, whose, dossier.facts, dossier.steps, by, division)
        if decision is not Decision.AGREE and not opinion.strip():
            raise Invalid("Write why.", field="opinion")
        step = _step(laid, whose, decision, opinion, by)
        try:
            async with self._database.begin() as connection:
                now = await still(connection, by, step.signed_at)
                must_be_signable(found, whose, dossier.facts, dossier.steps, now, division)
                await must_be_unchanged(connection, dossier)
                await _enter(connection, dossier, step)
        except IntegrityError:
            raise Conflict("This step was signed just now.") from None
        return await self._dossiers.application(identifier)


async def _enter(connection: AsyncConnection, dossier: Dossier, step: SignedStep) -> None:
    found, laid = dossier.application, dossier.submission
    length = len(json.loads(laid.text)["chain"]) if laid else 0
    state = state_after(step.decision, is_last=step.number == length)
    await store.sign(connection, step, found.applicant)
    if not await store.stand(connection, found, state, step.signed_at):
        raise Conflict(STALE)
    about = f"application:{found.id}"
    details: dict[str, Any] = {
        "round": step.round,
        "step": step.number,
        "role": step.role,
        "decision": step.decision.value,
        "opinion": step.opinion,
        "digest": step.digest,
        "took_s": round(step.took_s),
        "in_time": step.is_in_time,
    }
    deed = Deed("application.sign", about, step.signer, details, source_of(step))
    await note(connection, deed, step.signed_at)
    refusal = _refusal(dossier, step, state)
    if refusal is not None:
        await store.refuse(connection, refusal)
        told = {"codes": list(refusal.codes), "reason": refusal.reason}
        deed = Deed("application.no_broadcast", about, step.signer, told)
        await note(connection, deed, step.signed_at)


def _step(
    laid: Submission, whose: Turn, decision: Decision, opinion: str, by: Person
) -> SignedStep:
    return SignedStep(
        application=laid.application,
        round=laid.round,
        number=whose.number,
        role=whose.role,
        decision=decision,
        opinion=opinion.strip(),
        signer=by.id,
        signed_at=datetime.now(UTC),
        waiting_since=whose.waiting_since,
        due_at=whose.due_at,
        digest=laid.digest,
    )


def _refusal(dossier: Dossier, step: SignedStep, state: State) -> Refusal | None:
    """Return the record that there is no broadcast: refused, or applied for and agreed."""
    found, findings = dossier.application, dossier.findings
    was_asked_for = found.form.kind == "no_broadcast" and state is State.AGREED
    was_refused = found.form.kind == "broadcast" and state is State.REFUSED
    if not was_asked_for and not was_refused:
        return None
    codes = (*findings.hard, *findings.wants_reason)
    reason = step.opinion if was_refused else found.form.reason
    return Refusal(new_id(), found.hearing, found.id, codes, reason, step.signer, step.signed_at)
