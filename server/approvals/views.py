"""Applications and policies as the API shows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from pydantic import BaseModel

from server.approvals.checklist import Question
from server.approvals.dossier import Dossier
from server.approvals.findings import Findings
from server.approvals.model import Attachment
from server.approvals.phrases import policy_words
from server.approvals.policy import CourtPolicy, Policy
from server.hearings.routes import HearingView, hearing_view
from server.translation import Language

Names = Callable[[str], Awaitable[str]]


class SourceView(BaseModel):
    """A rule file by name, version and the SHA-256 of its bytes."""

    name: str
    version: str
    digest: str


class PolicyView(BaseModel):
    """A policy. ``least_delay_s`` is what holds at a court, or the file's own least.

    ``in_words``: what it means for recess, replay, films, other sites and figures, a sentence each.
    """

    name: str
    version: str
    title: str
    basis: str
    least_delay_s: float
    notice_days: int
    recess: str
    masks: str
    identity_mute: bool
    access: str
    statistics_public: bool
    media: list[str]
    replay: str
    replay_days: int | None
    downloads: str
    embedding: str
    search_engines: bool
    in_words: list[str]
    chain: list[str]


class RefusedView(BaseModel):
    """A rule file that cannot be used."""

    file: str
    line: int
    problem: str


class PolicyList(BaseModel):
    """All policies, and the files that were refused."""

    policies: list[PolicyView]
    refused: list[RefusedView]


class CourtPolicyView(BaseModel):
    """A court's policy; null: it has chosen none, and nothing is asked of its broadcasts.

    ``courtrooms`` are those where it holds; null: all of them.
    """

    policy: PolicyView | None
    courtrooms: list[str] | None


class QuestionView(BaseModel):
    """A line of the checklist with what each answer leads to."""

    code: str
    text: str
    basis: str
    effects: dict[str, list[str]]


class ChecklistView(BaseModel):
    """The lines that a court's policy asks."""

    questions: list[QuestionView]


class AnswerView(BaseModel):
    """An answer to a line."""

    answer: str
    note: str


class ReasonView(BaseModel):
    """The presiding judge's reason."""

    text: str
    by: str
    at: str


class PartView(BaseModel):
    """A part that is closed or masked, with its slate."""

    code: str
    slate: str
    basis: str
    note: str


class FindingsView(BaseModel):
    """What the answers lead to."""

    problems: dict[str, str]
    hard: list[str]
    wants_reason: list[str]
    unexplained: list[str]
    parts: list[PartView]
    steps: list[str]
    pending: list[str]
    soft: list[str]
    needs_mask: bool
    may_be_replayed: bool


class StepView(BaseModel):
    """A signed step. ``took_s`` and ``in_time`` measure it against the policy's limit."""

    round: int
    number: int
    role: str
    decision: str
    opinion: str
    signer: str
    signed_at: datetime
    due_at: datetime
    took_s: float
    in_time: bool
    digest: str


class TurnView(BaseModel):
    """The step that is waited for."""

    number: int
    role: str
    waiting_since: datetime
    due_at: datetime
    late: bool


class AttachedView(BaseModel):
    """A document that was attached in a round; its bytes have this SHA-256."""

    id: str
    round: int
    name: str
    media: str
    sha256: str
    bytes: int
    by: str
    at: datetime


class RefusalView(BaseModel):
    """That the hearing is not broadcast."""

    codes: list[str]
    reason: str
    by: str
    at: datetime


class ApplicationView(BaseModel):
    """An application. ``digest`` is what a signature is over; people by name."""

    id: str
    hearing: HearingView
    state: str
    kind: str
    media: list[str]
    reason: str
    answers: dict[str, AnswerView]
    reasons: dict[str, ReasonView]
    applicant: str
    version: int
    round: int
    policy: SourceView
    findings: FindingsView
    digest: str | None
    submitted_at: datetime | None
    steps: list[StepView]
    turn: TurnView | None
    refusal: RefusalView | None
    attachments: list[AttachedView]
    ended_because: list[str]


class ApplicationList(BaseModel):
    """Applications."""

    applications: list[ApplicationView]


def policy_view(policy: Policy, language: Language, chosen: CourtPolicy | None) -> PolicyView:
    """Return a policy in the reader's words."""
    least_ms = chosen.least_delay_ms if chosen else policy.delay.least_s * 1000
    return PolicyView(
        name=policy.name,
        version=policy.version,
        title=policy.title.in_language(language),
        basis=policy.basis,
        least_delay_s=least_ms / 1000,
        notice_days=policy.notice_days,
        recess=policy.recess,
        masks=policy.masks,
        identity_mute=policy.identity_mute,
        access=policy.access,
        statistics_public=policy.statistics_public,
        media=list(policy.media),
        replay=policy.replay.release,
        replay_days=policy.replay.lifetime_days,
        downloads=policy.replay.downloads,
        embedding=policy.embedding,
        search_engines=policy.search_engines,
        in_words=policy_words(policy, language),
        chain=[one.role for one in policy.step],
    )


def question_view(question: Question, language: Language) -> QuestionView:
    """Return a line in the reader's words."""
    effects: dict[str, list[str]] = {
        word: list(map(str, effects)) for word, effects in question.effects.items()
    }
    return QuestionView(
        code=question.code,
        text=question.text.in_language(language),
        basis=question.basis,
        effects=effects,
    )


def _findings_view(found: Findings, language: Language) -> FindingsView:
    return FindingsView(
        problems={one.code: one.flaw for one in found.problems},
        hard=list(found.hard),
        wants_reason=list(found.wants_reason),
        unexplained=list(found.unexplained),
        parts=[
            PartView(
                code=one.code,
                slate=one.slate.in_language(language),
                basis=one.basis,
                note=one.note,
            )
            for one in found.parts
        ],
        steps=sorted(found.steps),
        pending=list(found.pending),
        soft=sorted(found.soft),
        needs_mask=found.needs_mask,
        may_be_replayed=found.may_be_replayed,
    )


async def application_view(
    dossier: Dossier, name_of: Names, now: datetime, language: Language
) -> ApplicationView:
    """Return what who may read applications sees of one."""
    its, laid = dossier.application, dossier.submission
    return ApplicationView(
        id=its.id,
        hearing=hearing_view(dossier.hearing),
        state=its.state.value,
        kind=its.form.kind,
        media=list(its.form.media),
        reason=its.form.reason,
        answers={
            code: AnswerView(answer=one.answer, note=one.note)
            for code, one in its.form.answers.items()
        },
        reasons={
            code: ReasonView(text=one.text, by=await name_of(one.by), at=one.at)
            for code, one in its.reasons.items()
        },
        applicant=await name_of(its.applicant),
        version=its.version,
        round=its.round,
        policy=SourceView(
            name=dossier.policy.source.name,
            version=dossier.policy.source.version,
            digest=dossier.policy.source.digest,
        ),
        findings=_findings_view(dossier.findings, language),
        digest=laid.digest if laid else None,
        submitted_at=laid.submitted_at if laid else None,
        steps=[await _step_view(dossier, at, name_of) for at in range(len(dossier.steps))],
        turn=_turn_view(dossier, now),
        refusal=await _refusal_view(dossier, name_of),
        attachments=[await attached_view(one, name_of) for one in dossier.attachments],
        ended_because=[code for code in its.ended_because.split(",") if code],
    )


async def _step_view(dossier: Dossier, at: int, name_of: Names) -> StepView:
    step = dossier.steps[at]
    return StepView(
        round=step.round,
        number=step.number,
        role=step.role,
        decision=step.decision.value,
        opinion=step.opinion,
        signer=await name_of(step.signer),
        signed_at=step.signed_at,
        due_at=step.due_at,
        took_s=step.took_s,
        in_time=step.is_in_time,
        digest=step.digest,
    )


def _turn_view(dossier: Dossier, now: datetime) -> TurnView | None:
    whose = dossier.turn
    if whose is None:
        return None
    return TurnView(
        number=whose.number,
        role=whose.role,
        waiting_since=whose.waiting_since,
        due_at=whose.due_at,
        late=whose.is_late(now),
    )


async def attached_view(its: Attachment, name_of: Names) -> AttachedView:
    """Return what who may read applications sees of a document."""
    values = {name: getattr(its, name) for name in ("id", "round", "name", "media", "at")}
    return AttachedView(**values, sha256=its.sha256, bytes=its.bytes, by=await name_of(its.by))


async def _refusal_view(dossier: Dossier, name_of: Names) -> RefusalView | None:
    refusal = dossier.refusal
    if refusal is None:
        return None
    return RefusalView(
        codes=list(refusal.codes),
        reason=refusal.reason,
        by=await name_of(refusal.by),
        at=refusal.at,
    )
