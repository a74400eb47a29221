"""Approvals in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.approvals.model import (
    OPEN,
    WRITABLE,
    Answer,
    Application,
    Attachment,
    Decision,
    Form,
    Met,
    Reason,
    Refusal,
    SignedStep,
    State,
    Submission,
    form_values,
)
from server.approvals.tables import (
    applications,
    approval_attachments,
    approval_conditions,
    approval_steps,
    court_policies,
    refusals,
    submissions,
)
from server.journal.tables import journal

_OPEN = applications.c.state.in_(sorted(OPEN))
_WRITABLE = applications.c.state.in_(sorted(WRITABLE))


async def policy_of(
    connection: AsyncConnection, court: str
) -> tuple[str, int | None, frozenset[str] | None] | None:
    """Return a court's policy: its name, the delay chosen (ms), where it holds (None: all)."""
    its = court_policies.c
    query = select(its.policy, its.delay_ms, its.courtrooms).where(its.court == court)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return row[0], row[1], None if row[2] is None else frozenset(row[2])


async def policy_noted(connection: AsyncConnection, court: str) -> dict[str, Any]:
    """Return what the journal says of a court's newest choice; empty if it knows of none."""
    its = journal.c
    query = select(its.details).where(its.object == f"court:{court}", its.action == "court.policy")
    newest = await connection.scalar(query.order_by(its.sequence.desc()).limit(1))
    noted: dict[str, Any] = json.loads(newest) if newest else {}
    return noted


async def policies(
    connection: AsyncConnection,
) -> dict[str, tuple[str, frozenset[str] | None]]:
    """Return the policy of each court that has chosen one, and where it holds (None: all)."""
    its = court_policies.c
    rows = await connection.execute(select(its.court, its.policy, its.courtrooms))
    return {
        row.court: (row.policy, None if row.courtrooms is None else frozenset(row.courtrooms))
        for row in rows
    }


async def choose_policy(
    connection: AsyncConnection, court: str, values: Mapping[str, Any], *, is_new: bool
) -> None:
    """Let a court have this policy from now on."""
    if is_new:
        await connection.execute(insert(court_policies).values(court=court, **values))
    else:
        query = update(court_policies).where(court_policies.c.court == court)
        await connection.execute(query.values(dict(values)))


async def add(connection: AsyncConnection, new: Application) -> None:
    """Add an application; raises ``IntegrityError`` if the hearing has one that is open."""
    values: dict[str, Any] = {
        "id": new.id,
        "hearing": new.hearing,
        "court": new.court,
        "state": new.state.value,
        "applicant": new.applicant,
        "reasons": {},
        "version": new.version,
        "round": new.round,
        "created_at": new.created_at,
        "changed_at": new.changed_at,
        "ended_because": "",
    }
    await connection.execute(insert(applications).values(values | form_values(new.form)))


async def change(
    connection: AsyncConnection, seen: Application, values: Mapping[str, Any], at: datetime
) -> bool:
    """Change a form that may be written, as it was seen; False if it was changed since."""
    query = update(applications).where(
        applications.c.id == seen.id, applications.c.version == seen.version, _WRITABLE
    )
    new = {**values, "version": seen.version + 1, "changed_at": at}
    return bool((await connection.execute(query.values(new))).rowcount)


async def stand(
    connection: AsyncConnection, seen: Application, state: State, at: datetime, because: str = ""
) -> bool:
    """Let an application that is still open stand there; False if it stands elsewhere by now."""
    query = update(applications).where(
        applications.c.id == seen.id,
        applications.c.state == seen.state.value,
        applications.c.round == seen.round,
    )
    new = {"state": state.value, "changed_at": at, "ended_because": because}
    return bool((await connection.execute(query.values(new))).rowcount)


async def forget(connection: AsyncConnection, draft: Application) -> None:
    """Take away a draft of which nothing may be stored."""
    its = applications.c
    await connection.execute(
        delete(approval_attachments).where(approval_attachments.c.application == draft.id)
    )
    await connection.execute(
        delete(applications).where(its.id == draft.id, its.state == State.DRAFT.value)
    )


async def application(connection: AsyncConnection, identifier: str) -> Application | None:
    """Return an application."""
    query = select(applications).where(applications.c.id == identifier)
    row = (await connection.execute(query)).first()
    return _application(row) if row else None


async def of_hearing(connection: AsyncConnection, hearing: str) -> Application | None:
    """Return a hearing's application: the open one, or else the newest."""
    query = select(applications).where(applications.c.hearing == hearing)
    newest = query.order_by(_OPEN.desc(), applications.c.created_at.desc()).limit(1)
    row = (await connection.execute(newest)).first()
    return _application(row) if row else None


async def open_of(connection: AsyncConnection, hearings: Collection[str]) -> dict[str, str]:
    """Return the ids of the open applications of hearings, by hearing."""
    its = applications.c
    query = select(its.hearing, its.id).where(its.hearing.in_(hearings), _OPEN)
    return {row.hearing: row.id for row in await connection.execute(query)}


async def listed(
    connection: AsyncConnection,
    courts: Collection[str] | None,
    states: Collection[State],
    limit: int,
    *,
    oldest_first: bool = False,
) -> list[Application]:
    """Return applications of these courts (None: of all) in these states, newest first."""
    query = select(applications).where(applications.c.state.in_(sorted(states)))
    if courts is not None:
        query = query.where(applications.c.court.in_(sorted(courts)))
    at = applications.c.changed_at if oldest_first else applications.c.changed_at.desc()
    rows = await connection.execute(query.order_by(at, applications.c.id).limit(limit))
    return [_application(row) for row in rows]


async def open_to(
    connection: AsyncConnection,
    person: str,
    courts: Collection[str] | None,
    after: str,
    limit: int,
) -> list[Application]:
    """Return what may wait for a person at these courts, by ids, those behind ``after``.

    That is what waits for any signature, and what was returned to the person.
    """
    its = applications.c
    returned = (its.state == State.RETURNED.value) & (its.applicant == person)
    query = select(applications).where((its.state == State.SUBMITTED.value) | returned)
    query = query.where(its.id > after)
    if courts is not None:
        query = query.where(its.court.in_(sorted(courts)))
    rows = await connection.execute(query.order_by(its.id).limit(limit))
    return [_application(row) for row in rows]


async def waiting(connection: AsyncConnection, after: str, limit: int) -> list[Application]:
    """Return applications that wait for a signature, by their ids, those behind ``after``."""
    its = applications.c
    query = select(applications).where(its.state == State.SUBMITTED.value, its.id > after)
    rows = await connection.execute(query.order_by(its.id).limit(limit))
    return [_application(row) for row in rows]


async def submit(connection: AsyncConnection, new: Submission) -> None:
    """Add what is laid before the chain."""
    values = {
        "application": new.application,
        "round": new.round,
        "text": new.text,
        "digest": new.digest,
        "submitted_at": new.submitted_at,
    }
    await connection.execute(insert(submissions).values(values))


async def submission(connection: AsyncConnection, application: Application) -> Submission | None:
    """Return what was laid before the chain last."""
    query = select(submissions).where(
        submissions.c.application == application.id, submissions.c.round == application.round
    )
    row = (await connection.execute(query)).mappings().first()
    return Submission(**row) if row else None


async def submissions_of(
    connection: AsyncConnection, found: Collection[Application]
) -> dict[str, Submission]:
    """Return what was laid before the chain last, by application."""
    rounds = {one.id: one.round for one in found}
    query = select(submissions).where(submissions.c.application.in_(rounds))
    rows = (await connection.execute(query)).mappings()
    return {
        row["application"]: Submission(**row)
        for row in rows
        if row["round"] == rounds[row["application"]]
    }


async def in_time(
    connection: AsyncConnection, courts: Collection[str] | None, since: datetime
) -> dict[str, tuple[int, int]]:
    """Return how many signatures came in time, and how many there were, by role, ``since`` then."""
    its = approval_steps.c
    timely = func.sum(case((its.signed_at <= its.due_at, 1), else_=0))
    joined = approval_steps.join(applications, applications.c.id == its.application)
    query = select(its.role, timely, func.count()).select_from(joined).where(its.signed_at >= since)
    if courts is not None:
        query = query.where(applications.c.court.in_(sorted(courts)))
    rows = await connection.execute(query.group_by(its.role).order_by(its.role))
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


async def sign(connection: AsyncConnection, step: SignedStep, applicant: str) -> None:
    """Add a signature; raises ``IntegrityError`` where the step or the person has signed."""
    values = {name: getattr(step, name) for name in step.__slots__}
    values |= {"decision": step.decision.value, "applicant": applicant}
    await connection.execute(insert(approval_steps).values(values))


async def steps(connection: AsyncConnection, identifier: str) -> list[SignedStep]:
    """Return all signatures of an application in their order, of every round."""
    return (await steps_of(connection, [identifier])).get(identifier, [])


async def steps_of(
    connection: AsyncConnection, found: Collection[str]
) -> dict[str, list[SignedStep]]:
    """Return all signatures of applications, by application, in their order."""
    columns = [column for column in approval_steps.columns if column.name != "applicant"]
    query = select(*columns).where(approval_steps.c.application.in_(found))
    rows = await connection.execute(query.order_by(approval_steps.c.round, approval_steps.c.number))
    signed: dict[str, list[SignedStep]] = {}
    for row in rows.mappings():
        step = SignedStep(**{**row, "decision": Decision(row["decision"])})
        signed.setdefault(step.application, []).append(step)
    return signed


async def noted(connection: AsyncConnection, sources: Collection[str]) -> frozenset[str]:
    """Return which of these sources have an entry in the journal."""
    query = select(journal.c.source).where(journal.c.source.in_(sorted(sources)))
    return frozenset((await connection.execute(query)).scalars())


async def attach(connection: AsyncConnection, new: Attachment) -> None:
    """Add a document."""
    values = {name: getattr(new, name) for name in new.__slots__}
    values |= {"attached_by": values.pop("by"), "attached_at": values.pop("at")}
    await connection.execute(insert(approval_attachments).values(values))


async def attachments(connection: AsyncConnection, identifier: str) -> list[Attachment]:
    """Return an application's documents in the order of attaching."""
    its = approval_attachments.c
    query = select(approval_attachments).where(its.application == identifier)
    rows = await connection.execute(query.order_by(its.attached_at, its.id))
    return [Attachment(*row) for row in rows]


async def refuse(connection: AsyncConnection, new: Refusal) -> None:
    """Add the record that a hearing is not broadcast."""
    values = {
        "id": new.id,
        "hearing": new.hearing,
        "application": new.application,
        "codes": list(new.codes),
        "reason": new.reason,
        "decided_by": new.by,
        "decided_at": new.at,
    }
    await connection.execute(insert(refusals).values(values))


async def refusal(connection: AsyncConnection, application: str) -> Refusal | None:
    """Return the record of an application that ended so."""
    query = select(refusals).where(refusals.c.application == application)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    return Refusal(
        row["id"],
        row["hearing"],
        row["application"],
        tuple(row["codes"]),
        row["reason"],
        row["decided_by"],
        row["decided_at"],
    )


async def meet(connection: AsyncConnection, identifier: str, new: Met) -> None:
    """Add that a condition is met, or gone past."""
    values = {
        "id": identifier,
        "application": new.application,
        "code": new.code,
        "is_override": new.is_override,
        "reason": new.reason,
        "subject": new.subject,
        "confirmed_by": new.by,
        "confirmed_at": new.at,
    }
    await connection.execute(insert(approval_conditions).values(values))


async def met(connection: AsyncConnection, application: str) -> list[Met]:
    """Return what was confirmed, in its order."""
    its = approval_conditions.c
    query = select(approval_conditions).where(its.application == application)
    rows = (await connection.execute(query.order_by(its.confirmed_at, its.id))).mappings()
    return [
        Met(
            row["application"],
            row["code"],
            row["is_override"],
            row["reason"],
            row["subject"],
            row["confirmed_by"],
            row["confirmed_at"],
        )
        for row in rows
    ]


def _application(row: Row[Any]) -> Application:
    its = row._mapping  # noqa: SLF001  (the documented way to read by name)
    return Application(
        id=its["id"],
        hearing=its["hearing"],
        court=its["court"],
        state=State(its["state"]),
        applicant=its["applicant"],
        form=Form(
            its["kind"],
            tuple(its["media"]),
            its["reason"],
            {code: Answer(**one) for code, one in its["answers"].items()},
        ),
        reasons={code: Reason(**one) for code, one in its["reasons"].items()},
        version=its["version"],
        round=its["round"],
        created_at=its["created_at"],
        changed_at=its["changed_at"],
        ended_because=its["ended_because"],
    )
