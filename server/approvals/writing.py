"""Writes applications: the door, the draft, the judge's reasons, the submission."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals import store
from server.approvals.attachments import Attachments
from server.approvals.complete import accepted, lines, must_be_complete
from server.approvals.dossier import Dossiers, must_be_unchanged
from server.approvals.findings import door_codes, stops
from server.approvals.model import (
    STALE,
    WRITABLE,
    Application,
    Form,
    Reason,
    State,
    Submission,
    form_values,
)
from server.approvals.policies import PolicyService
from server.approvals.policy import CourtPolicy
from server.approvals.signing import canonical_text, digest_of
from server.approvals.voiding import Voiding
from server.database import Database
from server.errors import Conflict, Forbidden, Invalid
from server.hearings.service import HearingService, must_be_on
from server.identity import new_id
from server.journal.store import Deed, note


class Writing:
    """What applicants and presiding judges write."""

    def __init__(
        self,
        database: Database,
        hearings: HearingService,
        policies: PolicyService,
        dossiers: Dossiers,
        voiding: Voiding,
        attachments: Attachments,
    ) -> None:
        self._database = database
        self._hearings = hearings
        self._policies = policies
        self._dossiers = dossiers
        self._voiding = voiding
        self._attachments = attachments

    async def draft(self, hearing: str, form: Form, by: Person) -> Application:
        """Begin an application; raises ``Invalid`` and stores nothing where the door is closed."""
        about = await self._hearings.hearing(hearing)
        by.must(Permission.APPLY, about.court)
        must_be_on(about)
        policy = await self._policies.needed(about.court)
        self._must_pass_the_door(policy, form)
        now = datetime.now(UTC)
        new = Application(
            id=new_id(),
            hearing=about.id,
            court=about.court,
            state=State.DRAFT,
            applicant=by.id,
            form=accepted(form, policy.rules),
            reasons={},
            version=1,
            round=0,
            created_at=now,
            changed_at=now,
        )
        try:
            async with self._database.begin() as connection:
                await store.add(connection, new)
        except IntegrityError:
            raise Conflict("There is an application for this hearing already.") from None
        return new

    async def change(self, identifier: str, version: int, form: Form, by: Person) -> Application:
        """Replace what an application says, as its applicant; it is a draft again."""
        found = await self._own(identifier, by)
        policy = await self._policies.needed(found.court)
        try:
            self._must_pass_the_door(policy, form)
        except Invalid:
            await self._forget(found)
            raise
        # A reason was written for an answer: another answer needs another reason.
        kept = {
            code: asdict(one)
            for code, one in found.reasons.items()
            if form.answers.get(code) == found.form.answers.get(code)
        }
        values = form_values(accepted(form, policy.rules))
        await self._write(found, version, {**values, "reasons": kept, "state": State.DRAFT.value})
        return await self._dossiers.application(identifier)

    async def explain(
        self, identifier: str, version: int, reasons: Mapping[str, str], by: Person
    ) -> Application:
        """Write the presiding judge's reasons; raises ``Forbidden`` for anybody else."""
        dossier = await self._dossiers.shown(identifier, by)
        found = dossier.application
        by.must(Permission.SIGN, found.court)
        if dossier.hearing.judge != by.id:
            raise Forbidden("Only the presiding judge of this hearing writes these reasons.")
        unknown = set(reasons) - set(dossier.findings.wants_reason)
        if unknown:
            raise lines("reasons", dict.fromkeys(sorted(unknown), "unknown"))
        at = datetime.now(UTC).isoformat()
        told = {code: asdict(one) for code, one in found.reasons.items()}
        told |= {code: asdict(Reason(text, by.id, at)) for code, text in reasons.items()}
        await self._write(found, version, {"reasons": told})
        return await self._dossiers.application(identifier)

    async def submit(self, identifier: str, version: int, by: Person) -> Application:
        """Lay an application before the chain; signatures are over its digest from now on."""
        found = await self._own(identifier, by)
        dossier = await self._dossiers.shown(identifier, by)
        must_be_complete(dossier)
        submitted, policy, now = replace(found, round=found.round + 1), dossier.policy, _now()
        text = canonical_text(
            submitted,
            dossier.facts,
            (
                policy.source,
                self._policies.library.checklist_of(policy.rules).source,
            ),
            policy.rules.chain(dossier.findings.steps),
            dossier.findings,
            dossier.attachments,
        )
        laid = Submission(found.id, submitted.round, text, digest_of(text), now)
        values = {"state": State.SUBMITTED.value, "round": submitted.round}
        async with self._database.begin() as connection:
            await must_be_unchanged(connection, dossier)
            if found.version != version or not await store.change(connection, found, values, now):
                raise Conflict(STALE)
            await store.submit(connection, laid)
            content = json.loads(text)
            used = {name: content[name] for name in ("policy", "checklist", "facts")}
            details = {"round": laid.round, "digest": laid.digest, **used}
            deed = Deed("application.submit", f"application:{found.id}", by.id, details)
            await note(connection, deed, now)
        return await self._dossiers.application(identifier)

    async def withdraw(self, identifier: str, by: Person) -> Application:
        """Take an application back, as its applicant; an agreed one is void then, too."""
        found = await self._dossiers.application(identifier)
        _must_be_applicant(found, by)
        if found.state in (State.REFUSED, State.VOID):
            raise Conflict("This application is closed.")
        await self._voiding.void(found, ("withdrawn",), by.id)
        return await self._dossiers.application(identifier)

    def _must_pass_the_door(self, policy: CourtPolicy, form: Form) -> None:
        """Raise ``Invalid`` before anything is stored of what must not be entered (rule B-42)."""
        checklist = self._policies.library.checklist_of(policy.rules).rules
        stopped = stops(checklist, form.answers)
        if stopped:
            raise lines("answers", dict.fromkeys(stopped, "stop"))
        open_ = [code for code in door_codes(checklist) if code not in form.answers]
        if open_:
            raise lines("answers", dict.fromkeys(open_, "missing"))

    async def _forget(self, found: Application) -> None:
        """Keep nothing of a draft that turns out to touch what must not be entered.

        What had been submitted before is void without a word why: signed rows stay as they are.
        """
        if found.round == 0:
            await self._attachments.forget(found.id)
            async with self._database.begin() as connection:
                await store.forget(connection, found)
        else:
            await self._voiding.void(found, ("withdrawn",), found.applicant)

    async def _own(self, identifier: str, by: Person) -> Application:
        found = await self._dossiers.application(identifier)
        _must_be_applicant(found, by)
        if found.state not in WRITABLE:
            raise Conflict("This application has been submitted and stays as it is.")
        return found

    async def _write(self, found: Application, version: int, values: Mapping[str, Any]) -> None:
        async with self._database.begin() as connection:
            is_seen = found.version == version
            if not is_seen or not await store.change(connection, found, values, _now()):
                raise Conflict(STALE)


def _must_be_applicant(found: Application, by: Person) -> None:
    by.must(Permission.APPLY, found.court)
    if found.applicant != by.id:
        raise Forbidden("Only who applied can do this.")


def _now() -> datetime:
    return datetime.now(UTC)
