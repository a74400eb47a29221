"""What waits for a person, what is overdue, and what has gone up to them (限时办结) [pure].

A step has the hours that the court's policy gives it. When they are over it goes up once: to
whoever holds the role of the step after it, who sees whose step is waited for and since when. The
last step's goes to trial management, whose office keeps the time limits. Nobody signs for another.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from server.accounts.model import Person
from server.accounts.roles import Permission, Role
from server.approvals.chain import Turn, may_sign, turn
from server.approvals.model import Application, Facts, SignedStep, State, Submission
from server.hearings.model import Hearing

Kind = Literal["mine", "escalated", "returned"]
OVERSEER: Final = Role.TRIAL_MANAGEMENT


@dataclass(frozen=True, slots=True)
class Reminder:
    """An application that somebody is to be reminded of. ``turn`` is None for a returned one."""

    kind: Kind
    application: Application
    hearing: Hearing
    turn: Turn | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class WentUp:
    """That a step of an application is overdue and has gone up to a role."""

    application: str
    round: int
    turn: Turn
    to: Role


@dataclass(frozen=True, slots=True)
class Pending:
    """An application that is not decided, with what was laid before the chain and signed."""

    application: Application
    hearing: Hearing
    facts: Facts
    submission: Submission | None
    steps: tuple[SignedStep, ...]


def reminder(one: Pending, by: Person, now: datetime) -> Reminder | None:
    """Return what a person is to be told of an application; None: it waits for others."""
    its = one.application
    if its.state is State.RETURNED and its.applicant == by.id:
        return Reminder("returned", its, one.hearing, None, is_late=False)
    if its.state is not State.SUBMITTED or one.submission is None:
        return None
    whose = turn(one.submission, one.steps)
    if whose is None:
        return None
    is_late = whose.is_late(now)
    if may_sign(its, whose, one.facts, one.steps, by, one.hearing.division):
        return Reminder("mine", its, one.hearing, whose, is_late)
    if is_late and _is_above(one, whose, by):
        return Reminder("escalated", its, one.hearing, whose, is_late=True)
    return None


def went_up(
    its: Application, laid: Submission | None, steps: Sequence[SignedStep], now: datetime
) -> WentUp | None:
    """Return which overdue step of an application has gone up, and to whom; None: none has."""
    if its.state is not State.SUBMITTED or laid is None:
        return None
    whose = turn(laid, steps)
    if whose is None or not whose.is_late(now):
        return None
    above = _above(laid, whose)
    return WentUp(its.id, laid.round, whose, above) if above is not None else None


def _above(laid: Submission, whose: Turn) -> Role | None:
    """Return the role to which an overdue step goes up; None: there is none above it."""
    chain = [step["role"] for step in json.loads(laid.text)["chain"]]
    above = Role(chain[whose.number]) if whose.number < len(chain) else OVERSEER
    return None if above == whose.role else above


def _is_above(one: Pending, whose: Turn, by: Person) -> bool:
    its = one.application
    if one.submission is None or not by.may(Permission.APPROVE, its.court):
        return False
    above = _above(one.submission, whose)
    if by.id == its.applicant or above is None:
        return False
    return by.holds(above, its.court, one.hearing.division)


def in_order(found: Sequence[Reminder]) -> list[Reminder]:
    """Return reminders with what is due first before the others; returned ones at the end."""
    return sorted(
        found,
        key=lambda one: (
            one.turn is None,
            one.turn.due_at if one.turn else one.application.changed_at,
        ),
    )
