"""Whether a hearing may be broadcast: computed from what was signed, each time it is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals import store
from server.approvals.chain import changed_facts, flaws, source_of
from server.approvals.cleared import ANNOUNCEMENT, CAMERAS, NOTICE, OBJECTIONS, Clearance
from server.approvals.dossier import facts_of
from server.approvals.model import Met, SignedStep, State
from server.approvals.policies import PolicyService
from server.approvals.policy import Place, ReplayPlan
from server.approvals.ruling import Words
from server.approvals.voiding import Voiding
from server.database import Database
from server.errors import Conflict, DatabaseUnavailable, Forbidden, Invalid, Unavailable
from server.hearings.model import Hearing
from server.identity import new_id
from server.journal.store import Deed, mark_of, marks_of, note

_COMPUTED = frozenset({ANNOUNCEMENT, OBJECTIONS})  # nobody confirms these: they were done or not


class Clearances:
    """Says of each hearing whether it may go on the air, and takes the last confirmations."""

    def __init__(self, database: Database, policies: PolicyService, voiding: Voiding) -> None:
        self._database = database
        self._policies = policies
        self._voiding = voiding

    async def of(self, hearing: Hearing, media: frozenset[str]) -> Clearance | None:
        """Return a hearing's clearance in these media; None where no policy asks for one.

        An approval that does not hold for this very hearing is void from now on (rule B-04).
        """
        policy = await self._policies.as_chosen(hearing.court)
        if policy is None or not policy.covers(hearing.courtroom):
            return None
        async with self._database.read() as connection:
            found = await store.of_hearing(connection, hearing.id)
            if found is None or found.state is not State.AGREED or found.form.kind != "broadcast":
                return Clearance(policy, found, ("none" if found is None else "state",))
            laid = await store.submission(connection, found)
            steps = await store.steps(connection, found.id)
            noted = await store.noted(connection, {source_of(one) for one in steps})
            vouched = await marks_of(connection, f"application:{found.id}")
            given = await store.met(connection, found.id)
        met = {one.code: one for one in given if mark_of(_deed(one), one.at) in vouched}
        problems = flaws(found, laid, steps, noted)
        if laid is not None and not problems:
            problems = changed_facts(laid, facts_of(hearing))
            if set(found.form.media) != media:
                problems = (*problems, "media")
        if problems:
            await self._voiding.void(found, problems)
        if laid is None or problems:
            return Clearance(policy, found, problems)
        content = json.loads(laid.text)
        if content["policy"]["name"] != policy.rules.name:
            return Clearance(policy, found, ("policy",))
        signers = frozenset(one.signer for one in steps if one.round == found.round)
        conditions = content["conditions"]
        asked = self._policies.library.checklist_of(policy.rules).rules
        return Clearance(
            policy,
            found,
            pending=tuple(conditions["pending"]),
            soft=frozenset(conditions["soft"]),
            needs_mask=bool(conditions["mask"]),
            signers=signers,
            notice_code=min(asked.codes_of("notice"), default=NOTICE),
            met=met,
        )

    async def replay_plan(
        self, hearing: Hearing, began_under: str | None, ended_at: datetime
    ) -> ReplayPlan:
        """Return what the policy it began under, and what was signed last, make of the replay.

        Without a policy it is public at once and for good; where the policy was written past the
        service, or cannot be read, somebody has to look at it first.
        """
        try:
            if began_under is None:
                await self._policies.as_chosen(hearing.court)
            rules = await self._policies.at(Place(hearing.court, hearing.courtroom, began_under))
        except DatabaseUnavailable:
            raise
        except Unavailable:
            return ReplayPlan("held")
        if rules is None:
            return ReplayPlan("public")
        async with self._database.read() as connection:
            found = await store.of_hearing(connection, hearing.id)
            laid = await store.submission(connection, found) if found else None
        is_ruled_out = laid is not None and not json.loads(laid.text)["conditions"]["replay"]
        return ReplayPlan("none") if is_ruled_out else rules.replay.plan(ended_at)

    async def grounds(self, hearing: Hearing) -> list[tuple[str, Words]]:
        """Return by which law parts of a hearing are to be closed, and what each is.

        As it was laid before the chain; nothing where nothing was.
        """
        async with self._database.read() as connection:
            found = await store.of_hearing(connection, hearing.id)
            laid = await store.submission(connection, found) if found else None
        parts = json.loads(laid.text)["parts"] if laid is not None else []
        return [(one["basis"], Words(**one["slate"])) for one in parts]

    async def signed(
        self, hearing: Hearing, began_under: str | None
    ) -> tuple[list[SignedStep], bool]:
        """Return the steps by which a broadcast was agreed to; none where nobody was asked.

        Beside them: whether the policy it began under lets the public know their signers' names.
        """
        rules = await self._policies.at(Place(hearing.court, hearing.courtroom, began_under))
        async with self._database.read() as connection:
            found = await store.of_hearing(connection, hearing.id)
            if found is None or found.state is not State.AGREED or found.form.kind != "broadcast":
                return [], False
            steps = await store.steps(connection, found.id)
        names = rules is not None and rules.approvers == "names"
        return [one for one in steps if one.round == found.round], names

    async def confirm(self, given: Given, clearance: Clearance, by: Person) -> None:
        """Write down that a condition is met, or that somebody goes past a soft one.

        Raises ``Invalid`` for a condition that there is not, ``Forbidden`` for going past a hard
        one.
        """
        found = clearance.application
        if found is None or clearance.problems:
            raise Conflict("There is no valid approval of this hearing.")
        if not (by.may(Permission.ORDER, found.court) or by.may(Permission.SIGN, found.court)):
            raise Forbidden("Your role at this court does not allow this.")
        if given.code not in (*clearance.pending, *clearance.passable, CAMERAS):
            raise Invalid("There is no such condition.", field="code")
        if given.is_override and given.code not in clearance.passable:
            raise Forbidden("Nobody can go past this rule.")
        if not given.is_override and given.code in _COMPUTED | {clearance.notice_code}:
            raise Conflict("This is not confirmed: write why it is broadcast all the same.")
        if given.is_override and not given.reason:
            raise Invalid("Write why.", field="reason")
        now = datetime.now(UTC)
        new = Met(found.id, given.code, given.is_override, given.reason, given.subject, by.id, now)
        async with self._database.begin() as connection:
            await store.meet(connection, new_id(), new)
            await note(connection, _deed(new), now)


def _deed(met: Met) -> Deed:
    act = "override" if met.is_override else "confirm"
    details: dict[str, Any] = {"code": met.code, "reason": met.reason, "subject": met.subject}
    return Deed(f"application.{act}", f"application:{met.application}", met.by, details)


@dataclass(frozen=True, slots=True)
class Given:
    """A confirmation; ``subject`` is what it was confirmed of."""

    code: str
    is_override: bool
    reason: str
    subject: str = ""
