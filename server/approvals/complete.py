"""Whether an application can be stored, and whether it can be submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from server.approvals.dossier import Dossier
from server.approvals.findings import Findings
from server.approvals.model import MEDIA, Form
from server.approvals.policy import Policy
from server.errors import FieldProblem, Invalid
from server.wording import marked

FLAWS = {
    "unknown": marked("%(code)s is not asked here."),
    "missing": marked("%(code)s needs an answer."),
    "word": marked("%(code)s cannot be answered like this."),
    "contradiction": marked("%(code)s contradicts another answer, or the nature of the case."),
    "stop": marked(
        "By %(code)s this matter is not entered: nothing of it was stored. Do not go on here."
    ),
    "hard": marked("By %(code)s there is no broadcast; apply for none instead."),
    "reason": marked("%(code)s needs the presiding judge's written reason."),
}


def lines(field: str, flaws: Mapping[str, str]) -> Invalid:
    """Return what is wrong with lines of the checklist: by code, one of ``FLAWS``."""
    return Invalid(
        "Please look at the lines that are named.",
        problems=[
            FieldProblem(f"{field}.{code}", flaw, FLAWS[flaw], {"code": code})
            for code, flaw in flaws.items()
        ],
    )


def accepted(form: Form, policy: Policy) -> Form:
    """Return a form as it is kept; raises ``Invalid`` for media that the policy does not have."""
    media = tuple(medium for medium in MEDIA if medium in form.media)
    if not set(media) <= set(policy.media):
        raise Invalid("The court's policy does not allow this medium.", field="media")
    if "video" in media and "audio" not in media:
        raise Invalid("Moving pictures come with their sound.", field="media")
    answers = {code: replace(one, note=one.note.strip()) for code, one in form.answers.items()}
    return replace(form, media=media, reason=form.reason.strip(), answers=answers)


def must_be_complete(dossier: Dossier) -> None:
    """Raise ``Invalid`` with every line that stands against laying it before the chain."""
    if dossier.hearing.judge is None:
        raise Invalid("The hearing has no presiding judge yet.", field="judge")
    found = dossier.findings
    flaws: dict[str, str] = {one.code: one.flaw for one in found.problems}
    if dossier.application.form.kind == "broadcast":
        flaws |= dict.fromkeys(found.unexplained, "reason") | dict.fromkeys(found.hard, "hard")
    if flaws:
        raise lines("answers", flaws)
    if not dossier.application.form.reason and not _says_no(found):
        raise Invalid("Write the reason for the application.", field="reason")


def _says_no(found: Findings) -> bool:
    return bool(found.hard or found.wants_reason)
