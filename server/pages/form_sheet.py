"""What 《庭审直播审批表》 and 《庭审不直播审批表》 say: one content for the page and the PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.approvals.phrases import because, phrase
from server.approvals.views import ApplicationView, AttachedView, PolicyView, QuestionView
from server.hearings.model import Hearing
from server.pages import times
from server.translation import Language, gettext


@dataclass(frozen=True, slots=True)
class Printed:
    """An application with everything that its form names; ``by`` prints it ``at`` this moment.

    ``chain``: the policy's titles of the steps, by role.
    """

    hearing: Hearing
    court: str
    courtroom: str
    judge: str
    application: ApplicationView
    policy: PolicyView
    chain: Mapping[str, str]
    questions: Sequence[QuestionView]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of the form. ``is_wide``: it has a line of its own."""

    label: str
    value: str
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A form as it is printed, in one language; each row of a table is its cells.

    ``checklist``: code, question, answer. ``signatures``: step, decision, who and when.
    ``documents``: name, who attached it when, and how long it is with its SHA-256.
    """

    title: str
    facts: tuple[Fact, ...]
    checklist_title: str
    checklist: tuple[tuple[str, str, str], ...]
    signatures_title: str
    signatures: tuple[tuple[str, str, str], ...]
    documents_title: str
    documents: tuple[tuple[str, str, str], ...]
    unsigned: str
    source: str
    printed: str


def form_sheet(its: Printed, language: Language) -> FormSheet:
    """Return the form of an application in the reader's language."""
    about = its.application
    no = about.kind == "no_broadcast" or about.refusal is not None
    return FormSheet(
        title=gettext(language, "Approval form: the hearing is not broadcast")
        if no
        else gettext(language, "Approval form for the broadcast of a hearing"),
        facts=(*_facts(its, language), *_outcome(about, language)),
        checklist_title=gettext(language, "Checklist"),
        checklist=tuple(
            (one.code, one.text, _answer(one.code, about, language)) for one in its.questions
        ),
        signatures_title=gettext(language, "Signatures"),
        signatures=tuple(
            (
                its.chain.get(step.role, step.role),
                _with(phrase(language, step.decision), step.opinion),
                f"{step.signer}\n{times.stamp(step.signed_at, its.hearing.time_zone)}",
            )
            for step in about.steps
            if step.round == about.round
        ),
        documents_title=gettext(language, "Documents"),
        documents=tuple(_document(one, its, language) for one in about.attachments),
        unsigned=gettext(language, "Not signed yet"),
        source=_source(its, language),
        printed=gettext(
            language,
            "Printed at %(at)s by %(name)s",
            at=times.stamp(its.at, its.hearing.time_zone),
            name=its.by,
        ),
    )


def _facts(its: Printed, language: Language) -> tuple[Fact, ...]:
    hearing, about = its.hearing, its.application
    nature = phrase(language, hearing.nature)
    because_of = because(language, about.ended_because)
    media = ", ".join(phrase(language, one) for one in about.media)

    def fact(label: str, value: str) -> Fact:
        return Fact(label, value)

    return (
        fact(gettext(language, "Court"), its.court),
        fact(gettext(language, "Courtroom"), its.courtroom),
        fact(gettext(language, "Case number"), hearing.case_number),
        fact(
            gettext(language, "Nature of the case"),
            f"{nature}, {hearing.cause}" if hearing.cause else nature,
        ),
        fact(gettext(language, "Hearing"), hearing.title),
        fact(gettext(language, "Time"), times.stamp(hearing.scheduled_at, hearing.time_zone)),
        fact(gettext(language, "Presiding judge"), its.judge),
        fact(gettext(language, "Applicant"), about.applicant),
        fact(gettext(language, "Media"), media),
        fact(gettext(language, "State"), _with(phrase(language, about.state), because_of)),
        Fact(gettext(language, "Reason"), about.reason or "–", is_wide=True),
    )


def _outcome(about: ApplicationView, language: Language) -> tuple[Fact, ...]:
    facts = []
    if about.refusal is not None:
        codes = ", ".join(about.refusal.codes)
        value = f"{codes} {about.refusal.reason}".strip()
        facts.append(Fact(gettext(language, "Not broadcast because"), value, is_wide=True))
    if about.findings.parts:
        parts = "\n".join(
            f"{one.code} {one.slate} ({one.basis}) {one.note}".strip()
            for one in about.findings.parts
        )
        facts.append(Fact(gettext(language, "Parts that are not broadcast"), parts, is_wide=True))
    return tuple(facts)


def _answer(code: str, about: ApplicationView, language: Language) -> str:
    given = about.answers.get(code)
    said = f"{phrase(language, given.answer)} {given.note}".strip() if given else "–"
    reason = about.reasons.get(code)
    return f"{said}\n{reason.by}: {reason.text}" if reason else said


def _document(one: AttachedView, its: Printed, language: Language) -> tuple[str, str, str]:
    length = gettext(language, "%(count)s bytes", count=f"{one.bytes:,}")
    attached = f"{one.by}\n{times.stamp(one.at, its.hearing.time_zone)}"
    return one.name, attached, f"{length}\nSHA-256 {one.sha256}"


def _with(what: str, more: str) -> str:
    return f"{what}: {more}" if more else what


def _source(its: Printed, language: Language) -> str:
    about = its.application
    policy = f"{its.policy.title} ({about.policy.name} {about.policy.version})"
    parts = [
        f"{gettext(language, 'Policy')}: {policy}",
        f"{gettext(language, 'Application')} {about.id}",
    ]
    return " · ".join([*parts, *([f"SHA-256 {about.digest}"] if about.digest else [])])
