"""What a signature is over: the canonical text of an application, and its digest [pure]."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from server.approvals.findings import Findings
from server.approvals.model import Application, Attachment, Facts, Source, form_values
from server.approvals.policy import Step

FORMAT = 1


def canonical_text(
    application: Application,
    facts: Facts,
    sources: tuple[Source, Source],
    chain: Sequence[Step],
    findings: Findings,
    attachments: Sequence[Attachment] = (),
) -> str:
    """Return the text that is laid before the chain: the same for the same content.

    ``sources`` are the policy and the checklist as they were used; what the checklist led to is
    part of the text, so that a later version of the file changes nothing that was signed.
    """
    policy, checklist = sources
    content: dict[str, Any] = {
        "format": FORMAT,
        "application": application.id,
        "round": application.round,
        "applicant": application.applicant,
        "facts": asdict(facts),
        "form": form_values(application.form),
        "reasons": {code: asdict(one) for code, one in sorted(application.reasons.items())},
        "policy": asdict(policy),
        "checklist": asdict(checklist),
        "chain": [{"role": one.role, "hours": one.hours} for one in chain],
        "parts": [
            {
                "code": one.code,
                "slate": one.slate.model_dump(),
                "basis": one.basis,
                "note": one.note,
            }
            for one in findings.parts
        ],
        "conditions": {
            "pending": list(findings.pending),
            "soft": sorted(findings.soft),
            "mask": findings.needs_mask,
            "replay": findings.may_be_replayed,
        },
    }
    if attachments:  # a text without any says what it said before there could be some
        content["attachments"] = [[one.name, one.sha256] for one in attachments]
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def facts_in(content: dict[str, Any]) -> Facts:
    """Return the facts of a canonical text that was read."""
    return Facts(**content["facts"])
