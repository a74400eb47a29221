"""What of the court's journal partners are told [pure].

The journal is written in the transaction that does the thing: read in its order it is an outbox
that loses nothing and tells nothing that did not happen. Only what the public may know is taken
from an entry, by name; reasons in words, targets that are names, and people stay there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from server.journal.chain import Entry
from server.webhooks.model import Event, Kind

Thing = Literal["broadcast", "hearing"]
Details = dict[str, Any]
# What must be so when the entry is read, beyond what it says itself.
Condition = Literal["", "announced", "planned", "replay", "over"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event whose broadcast may still have to be found by its hearing: ``about``."""

    about: Thing
    identifier: str
    event: Event
    condition: Condition = ""


def _nothing(_: Details) -> Details:
    return {}


def _withdrawn(details: Details) -> Details:
    """A post by its id, a photo by its public name; of a person's name that it was one."""
    kind = details["kind"]
    told = {"withdrawal": details["id"], "kind": kind, "reason": details["reason"]}
    if kind == "range":
        told |= {"since": details["since"], "until": details["until"]}
    return told | ({kind: details["target"]} if kind in ("post", "photo") else {})


def _corrected(details: Details) -> Details:
    return {"post": details["post"], "act": "corrected"}


def _taken_back(details: Details) -> Details:
    return {"post": details["post"], "act": "withdrawn"}


def _moved(details: Details) -> Details:
    return {"was_at": details["was_at"], "scheduled_at": details["now_at"]}


_TOLD: Final[dict[str, tuple[Kind, Thing, Condition, Callable[[Details], Details]]]] = {
    "broadcast.plan": (Kind.ANNOUNCED, "broadcast", "announced", _nothing),
    "notice.publish": (Kind.ANNOUNCED, "hearing", "announced", _nothing),
    "notice.withdraw": (Kind.UNANNOUNCED, "hearing", "", _nothing),
    "hearing.change": (Kind.MOVED, "hearing", "planned", _nothing),
    "hearing.cancel": (Kind.CANCELLED, "hearing", "", _nothing),
    "hearing.adjourn": (Kind.ADJOURNED, "hearing", "", _moved),
    "broadcast.over": (Kind.ENDED, "broadcast", "over", _nothing),
    "replay.release": (Kind.RELEASED, "broadcast", "replay", _nothing),
    "replay.due": (Kind.RELEASED, "broadcast", "replay", _nothing),
    "replay.over": (Kind.EXPIRED, "broadcast", "", _nothing),
    "report.correct": (Kind.CORRECTED, "broadcast", "", _corrected),
    "report.withdraw": (Kind.CORRECTED, "broadcast", "", _taken_back),
    "withdrawal.order": (Kind.WITHDRAWN, "broadcast", "", _withdrawn),
    "withdrawal.restore": (Kind.RESTORED, "broadcast", "", _withdrawn),
}


_HELD_BACK: Final = ("recess", "closed", "interrupted")
_OF_AIR: Final = {
    "live": Kind.LIVE,
    "recess": Kind.RECESS,
    "closed": Kind.CLOSED,
    "interrupted": Kind.INTERRUPTED,
    "ended": Kind.ENDED,
}


def _is_public(action: str, details: Details) -> bool:
    """Tell whether the public could see what was changed."""
    match action:
        case "report.correct" | "report.withdraw":  # else nobody has read what was corrected
            return bool(details["is_public"])
        case "hearing.change":  # else judge, title or the like
            return not {"scheduled_at", "courtroom"}.isdisjoint(details["fields"])
        case _:
            return True


def occasion_of(entry: Entry, at: datetime) -> Occasion | None:
    """Return what an entry, made at ``at``, gives to tell; None for what is the court's alone."""
    told = _TOLD.get(entry.action)
    about, _, identifier = entry.object.partition(":")
    if told is None or told[1] != about:
        return None
    kind, thing, condition, data_of = told
    details = json.loads(entry.details)
    if not _is_public(entry.action, details):
        return None
    event = Event(
        source=f"journal:{entry.sequence}",
        kind=kind,
        broadcast=identifier if thing == "broadcast" else "",
        court=entry.court,
        at=at,
        data=data_of(details),
    )
    return Occasion(thing, identifier, event, condition)


def kind_of_air(before: str, now: str) -> Kind | None:
    """Return what is told when another thing is on the air; "" before: nothing was told yet."""
    if now == before:
        return None
    if now == "ended" and not before:
        return None
    if now == "live" and before in _HELD_BACK:
        return Kind.RESUMED
    return _OF_AIR.get(now)
