"""What stands between a broadcast and the air [pure].

Rules of domain §7: strength H cannot be gone past, strength W only by name and reason.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from server.approvals.cleared import ANNOUNCEMENT, CAMERAS, OBJECTIONS, Clearance
from server.approvals.pilot import Pilot
from server.approvals.policy import CourtPolicy
from server.broadcasts.model import Broadcast
from server.courts.model import Masks
from server.errors import FieldProblem, NotReady, Value
from server.hearings.participants.model import Participant, named_in
from server.notices.model import Flaw
from server.wording import marked

_WITHOUT = {
    "none": marked("There is no application for this hearing."),
    "state": marked("The application for this hearing is not agreed."),
    "policy": marked("The approval was given under another policy."),
    "media": marked("Other media were approved than are to be broadcast."),
    "courtroom": marked("The courtroom has changed since the approval."),
    "judge": marked("The presiding judge has changed since the approval."),
    "scheduled_at": marked("The time has changed since the approval."),
    "nature": marked("The nature of the case has changed since the approval."),
    "form": marked("The application is not what was signed."),
    "submission": marked("The application is not what was signed."),
    "chain": marked("A step of the approval is not signed."),
    "signature": marked("A signature is over something else."),
    "duty": marked("One person has signed in two parts."),
    "journal": marked("A signature does not stand in the journal."),
}
_NOTICE: dict[Flaw, str] = {
    "none": marked("No public notice of this hearing is out."),
    "changed": marked("The hearing has changed since its public notice."),
    "late": marked("The public notice came later than %(days)s days before the hearing."),
}
_OTHER_FACT = marked("The case has changed since the approval.")
_MOST_NAMED = 10
_RULES = {"none": "B-01", "state": "B-01", "policy": "B-03", "duty": "B-45"}
_SIGNATURES = frozenset({"form", "submission", "chain", "signature", "journal"})


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Something that stands against the start, by its rule; ``code`` is its condition if it is one.

    ``is_soft``: somebody may go past it by name and reason.
    """

    rule: str
    code: str
    text: str
    is_soft: bool = False
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Announced:
    """Who knows of a hearing: the public by its notice, the participants by the log.

    ``in_court``: it was announced from the bench to whoever is in the room.
    """

    notice_flaw: Flaw | None = None
    participants: tuple[Participant, ...] = ()
    public_texts: tuple[str, ...] = ()  # what everybody reads of the hearing
    in_court: bool = False

    @property
    def objection_subject(self) -> str:
        """What is decided of the objections: these people's, and no later one's."""
        subject = [
            [one.id, str(one.consent), len(one.log)] for one in self.participants if one.objects
        ]
        return json.dumps(subject, separators=(",", ":"))


def camera_subject(about: Broadcast) -> str:
    """Return what is confirmed of a broadcast's cameras: these, in this layout."""
    return json.dumps([about.layout, *about.cameras], separators=(",", ":"))


def hindrances(
    about: Broadcast,
    clearance: Clearance,
    masks: Masks,
    in_room: Collection[str],
    announced: Announced,
) -> tuple[Hindrance, ...]:
    """Return what stands against the start of a broadcast; ``in_room`` are the room's cameras."""
    return (
        *_approval(clearance),
        *too_short(about.delay_ms, clearance.policy),
        *(_pictures(about, clearance, masks, in_room) if about.has_video else ()),
        *_notice(clearance, announced),
        *_participants(clearance, announced),
        *_conditions(clearance),
    )


def without_policy(pilot: Pilot | None, now: datetime, zone: str) -> tuple[Hindrance, ...]:
    """Return what stands against a start where no policy holds: nothing while a pilot runs.

    ``zone`` is the court's, an IANA name.
    """
    if pilot is None:
        text = marked(
            "No policy holds here and no pilot runs: choose a policy for this court, or have an"
            " administrator order a pilot."
        )
        return (Hindrance("B-01", "", text),)
    if pilot.runs(now):
        return ()
    ended = f"{pilot.ends_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    text = marked("The pilot of this court ended on %(ended)s: choose a policy for this court.")
    return (Hindrance("B-01", "", text, values=(("ended", ended),)),)


def refuse_unless_ready(found: Collection[Hindrance]) -> None:
    """Raise ``NotReady`` with every rule that stands against the start."""
    if found:
        raise NotReady(
            marked("This broadcast may not start yet."),
            problems=[
                FieldProblem(one.code or one.rule, one.rule, one.text, dict(one.values))
                for one in found
            ],
        )


def _approval(clearance: Clearance) -> Iterator[Hindrance]:
    for problem in clearance.problems:
        rule = "B-02" if problem in _SIGNATURES else _RULES.get(problem, "B-04")
        yield Hindrance(rule, "", _WITHOUT.get(problem, _OTHER_FACT))


def too_short(delay_ms: float, policy: CourtPolicy) -> Iterator[Hindrance]:
    """Yield the hindrance of a delay below the policy's (rule B-10)."""
    least_ms = policy.least_delay_ms
    if delay_ms < least_ms:
        text = marked("The delay must be at least %(least)g s.")
        yield Hindrance("B-10", "", text, values=(("least", least_ms / 1000),))


def _pictures(
    about: Broadcast, clearance: Clearance, masks: Masks, in_room: Collection[str]
) -> Iterator[Hindrance]:
    if not set(about.cameras) <= set(in_room):
        yield Hindrance("B-16", "", marked("A camera is not in this courtroom any more."))
    has_mask = any(
        one.layout in ("", about.layout) and one.camera in about.cameras for one in masks.templates
    )
    if clearance.must_mask and not has_mask:
        yield Hindrance("B-16", "", marked("This layout has no mask template."))
    confirmed = clearance.met.get(CAMERAS)
    if confirmed is None or confirmed.subject != camera_subject(about):
        text = marked("Nobody has confirmed what these cameras show in this layout.")
        yield Hindrance("B-16", CAMERAS, text)


def _notice(clearance: Clearance, announced: Announced) -> Iterator[Hindrance]:
    flaw, met = announced.notice_flaw, clearance.met.get(clearance.notice_code)
    if flaw is not None and not (met is not None and met.is_override):
        days = (("days", clearance.policy.rules.notice_days),)
        yield Hindrance("B-07", clearance.notice_code, _NOTICE[flaw], is_soft=True, values=days)


def _participants(clearance: Clearance, announced: Announced) -> Iterator[Hindrance]:
    untold = [one.name for one in announced.participants if one.told is None]
    if untold:
        text = marked("These participants have not been told of the broadcast: %(names)s.")
        yield Hindrance("B-08", "", text, values=(("names", _listed(untold)),))
    if clearance.must_be_announced and not announced.in_court:
        met = clearance.met.get(ANNOUNCEMENT)
        if met is None or not met.is_override:
            text = marked("The broadcast has not been announced in court.")
            yield Hindrance("B-08", ANNOUNCEMENT, text, is_soft=True)
    against = [one.name for one in announced.participants if one.objects]
    met = clearance.met.get(OBJECTIONS)
    if against and (met is None or met.subject != announced.objection_subject):
        text = marked("These participants are against the broadcast: %(names)s.")
        names = (("names", _listed(against)),)
        yield Hindrance("B-06", OBJECTIONS, text, is_soft=True, values=names)
    hidden = named_in(" ".join(announced.public_texts), announced.participants)
    if hidden is not None:
        text = marked("The title or the cause names somebody whom the public knows as %(alias)s.")
        yield Hindrance("B-18", "", text, values=(("alias", hidden.alias),))


def _listed(names: list[str]) -> str:
    shown = "、".join(names[:_MOST_NAMED])
    return f"{shown}…" if len(names) > _MOST_NAMED else shown


def _conditions(clearance: Clearance) -> Iterator[Hindrance]:
    for code in clearance.pending:
        if code == clearance.notice_code:  # computed from the notice itself
            continue
        met = clearance.met.get(code)
        is_soft = code in clearance.soft
        if met is None or (met.is_override and not is_soft):
            text = marked("%(code)s has not been confirmed.")
            yield Hindrance("B-05", code, text, is_soft, (("code", code),))
