"""Applications for a broadcast, their steps, and what is signed [pure]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from server.wording import marked

Medium = Literal["video", "audio", "text"]
MEDIA: tuple[Medium, ...] = ("video", "audio", "text")
# What the form asks for: to broadcast 《庭审直播审批表》, or not to 《庭审不直播审批表》.
Kind = Literal["broadcast", "no_broadcast"]
LONGEST_TEXT = 4000
LONGEST_NAME = 120
LONGEST_NOTE = 1000
STALE = marked("The application was changed meanwhile: read it again.")


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    AGREED = "agreed"
    REFUSED = "refused"
    VOID = "void"


class Decision(StrEnum):
    """What a step of the chain says."""

    AGREE = "agree"
    RETURN = "return"
    REFUSE = "refuse"


OPEN = frozenset({State.DRAFT, State.SUBMITTED, State.RETURNED, State.AGREED})
WRITABLE = frozenset({State.DRAFT, State.RETURNED})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a line of the checklist, by a person's id."""

    answer: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """The presiding judge's written reason for clearing a line (its text, person's id, when)."""

    text: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What an approval is about: any other hearing than this one is not approved (rule B-04)."""

    hearing: str
    case_number: str
    nature: str
    cause: str
    courtroom: str
    judge: str | None
    scheduled_at: str  # in UTC, ISO 8601

    def differing(self, other: Facts) -> tuple[str, ...]:
        """Return the names of what differs."""
        return tuple(name for name in self.__slots__ if getattr(self, name) != getattr(other, name))


@dataclass(frozen=True, slots=True)
class Source:
    """A rule file as it was used: name, version, SHA-256 of its bytes."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Form:
    """What the applicant writes."""

    kind: Kind
    media: tuple[Medium, ...]
    reason: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Application:
    """An application. ``version`` counts its changes, ``round`` its submissions."""

    id: str
    hearing: str
    court: str
    state: State
    applicant: str
    form: Form
    reasons: Mapping[str, Reason]
    version: int
    round: int
    created_at: datetime
    changed_at: datetime
    ended_because: str = ""  # codes of what made it void


@dataclass(frozen=True, slots=True)
class Submission:
    """What was laid before the chain, word for word: the signatures are over ``digest``.

    ``text`` is canonical JSON (``server.approvals.signing``).
    """

    application: str
    round: int
    text: str
    digest: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document of an application; ``round`` is that of the application when it was attached."""

    id: str
    application: str
    round: int
    name: str
    media: str
    sha256: str
    bytes: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedStep:
    """A step that was signed; ``digest`` is that of the submission the signer had read."""

    application: str
    round: int
    number: int
    role: str
    decision: Decision
    opinion: str
    signer: str
    signed_at: datetime
    waiting_since: datetime
    due_at: datetime
    digest: str

    @property
    def took_s(self) -> float:
        """How long it waited for the signature, in seconds."""
        return (self.signed_at - self.waiting_since).total_seconds()

    @property
    def is_in_time(self) -> bool:
        """Whether it was signed within the policy's limit (限时办结)."""
        return self.signed_at <= self.due_at


@dataclass(frozen=True, slots=True)
class Refusal:
    """That a hearing is not broadcast, and why: a record of its own and no failure (B-05)."""

    id: str
    hearing: str
    application: str
    codes: tuple[str, ...]
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Met:
    """A condition that somebody has confirmed, or a soft rule they go past by name and reason.

    ``subject`` is what it was confirmed of (the cameras and their layout), canonical JSON.
    """

    application: str
    code: str
    is_override: bool
    reason: str
    subject: str
    by: str
    at: datetime


def media_of(*, video: bool, report: bool) -> frozenset[Medium]:
    """Return the media of a broadcast: moving pictures always come with their sound."""
    media: set[Medium] = set()
    if video:
        media |= {"video", "audio"}
    if report:
        media.add("text")
    return frozenset(media)


def form_values(form: Form) -> dict[str, Any]:
    """Return a form as it is stored and signed."""
    return {
        "kind": form.kind,
        "media": [medium for medium in MEDIA if medium in form.media],
        "reason": form.reason,
        "answers": {
            code: {"answer": one.answer, "note": one.note}
            for code, one in sorted(form.answers.items())
        },
    }
