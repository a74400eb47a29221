"""Policies over HTTP: which there are, which a court goes by, and what it asks."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.approvals.policy import LONGEST_DELAY_S
from server.approvals.service import APPROVALS
from server.approvals.views import (
    ChecklistView,
    CourtPolicyView,
    PolicyList,
    RefusedView,
    policy_view,
    question_view,
)
from server.bodies import Body, answer_json, read_json
from server.courts.service import COURTS
from server.openapi import PREFIX, Operation, describe
from server.reader import language_of

_OF_COURT = f"{PREFIX}/courts/{{court}}"


class PolicyChosen(Body):
    """A court's policy, and the delay that the court chooses above the policy's least.

    ``courtrooms``: where it holds so far; null: everywhere. Those that have it keep it.
    """

    policy: Annotated[str, Field(min_length=1, max_length=40)]
    delay_s: Annotated[float, Field(ge=0, le=LONGEST_DELAY_S, allow_inf_nan=False)] | None = None
    courtrooms: Annotated[list[str], Field(max_length=1000)] | None = None


@describe(Operation("All policies", answer=PolicyList))
@requires(Permission.APPLICATIONS)
async def list_policies(request: web.Request) -> web.Response:
    """List the policies that a court can choose, and the rule files that were refused."""
    library, language = request.app[APPROVALS].policies.library, language_of(request)
    return answer_json(
        PolicyList(
            policies=[policy_view(one.rules, language, None) for one in library.policies.values()],
            refused=[
                RefusedView(file=one.file, line=one.line, problem=one.problem)
                for one in library.refused
            ],
        )
    )


async def _court_policy(request: web.Request, court: str) -> web.Response:
    chosen = await request.app[APPROVALS].policies.of(court)
    shown = policy_view(chosen.rules, language_of(request), chosen) if chosen else None
    rooms = sorted(chosen.courtrooms) if chosen and chosen.courtrooms is not None else None
    return answer_json(CourtPolicyView(policy=shown, courtrooms=rooms))


@describe(Operation("A court's policy", answer=CourtPolicyView, problems=(404, 503)))
@requires(Permission.APPLICATIONS)
async def show_court_policy(request: web.Request) -> web.Response:
    """Show which policy a court goes by."""
    court = await request.app[COURTS].court(request.match_info["court"])
    person_of(request).must(Permission.APPLICATIONS, court.id)
    return await _court_policy(request, court.id)


@describe(
    Operation("Choose a court's policy", body=PolicyChosen, answer=CourtPolicyView, problems=(404,))
)
@requires(Permission.ADMINISTER)
async def choose_court_policy(request: web.Request) -> web.Response:
    """Choose a court's policy; it can be another one later, never none."""
    given = await read_json(request, PolicyChosen)
    court, delay_s = request.match_info["court"], given.delay_s
    delay_ms = None if delay_s is None else round(delay_s * 1000)
    rooms = None if given.courtrooms is None else frozenset(given.courtrooms)
    chosen = (given.policy, delay_ms, rooms)
    await request.app[APPROVALS].policies.choose(court, chosen, person_of(request))
    return await _court_policy(request, court)


@describe(Operation("What a court's checklist asks", answer=ChecklistView, problems=(404, 409)))
@requires(Permission.APPLICATIONS)
async def show_checklist(request: web.Request) -> web.Response:
    """Show the lines of the checklist that the court's policy asks."""
    court = await request.app[COURTS].court(request.match_info["court"])
    person_of(request).must(Permission.APPLICATIONS, court.id)
    policies = request.app[APPROVALS].policies
    policy = (await policies.needed(court.id)).rules
    asked = policies.library.checklist_of(policy).rules.asked(policy.demands)
    language = language_of(request)
    return answer_json(ChecklistView(questions=[question_view(one, language) for one in asked]))


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(f"{PREFIX}/policies", list_policies)
    app.router.add_get(f"{_OF_COURT}/policy", show_court_policy)
    app.router.add_put(f"{_OF_COURT}/policy", choose_court_policy)
    app.router.add_get(f"{_OF_COURT}/checklist", show_checklist)
