"""What a list would change in the calendar [pure].

A hearing is known by courtroom, start and case number: the same list a second time changes nothing.
What a list does not say stays as it is, and nothing is ever taken out by a list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.hearings.case_number import nature_of
from server.hearings.lists.checking import Entry
from server.hearings.model import Hearing, Nature, NewHearing

Act = Literal["add", "change", "same"]
Key = tuple[str, datetime, str]
_OWN = ("title", "title_en", "judge", "division")
_OF_CASE = ("cause", "nature")


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is known already."""

    cause: str
    nature: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field that would be another; ``before`` is empty where it was."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a line. ``parties`` are those that the hearing does not have yet."""

    entry: Entry
    act: Act
    hearing: str | None
    changes: tuple[Change, ...] = ()
    parties: tuple[tuple[str, str], ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """The changed fields with their new values."""
        return {one.field: one.after for one in self.changes}

    def new_hearing(self) -> NewHearing:
        """Return the hearing to be added; without a title it is called by its cause or number."""
        its = self.entry
        return NewHearing(
            case_number=its.case_number,
            courtroom=its.courtroom,
            title=its.title or its.cause or its.case_number,
            title_en=its.title_en,
            cause=its.cause,
            scheduled_at=its.scheduled_at,
            nature=_nature(its),
            judge=its.judge,
            division=its.division,
        )


def _nature(entry: Entry) -> Nature:
    return entry.nature or nature_of(entry.case_number)


def plan(
    entries: Iterable[Entry],
    hearings: Mapping[Key, Hearing],
    cases: Mapping[str, Case],
    parties: Mapping[str, frozenset[tuple[str, str]]],
) -> tuple[Step, ...]:
    """Return a step for each entry; ``cases`` by number, ``parties`` by hearing."""
    steps = []
    for entry in entries:
        found = hearings.get(entry.key)
        known = cases.get(entry.case_number)
        changes = [*_changes(entry, found, _OWN), *_changes(entry, known, _OF_CASE)]
        there = parties.get(found.id, frozenset()) if found else frozenset()
        new = tuple(one for one in entry.parties if one not in there)
        act: Act = "add" if found is None else "change" if changes or new else "same"
        steps.append(Step(entry, act, found.id if found else None, tuple(changes), new))
    return tuple(steps)


def _changes(entry: Entry, known: object | None, fields: Iterable[str]) -> Iterable[Change]:
    if known is None:
        return
    for name in fields:
        before, after = getattr(known, name) or "", getattr(entry, name) or ""
        if after and after != before:
            yield Change(name, before, after)


def digest_of(steps: Iterable[Step]) -> str:
    """Return a digest of what would be done: who confirms a plan confirms this one."""
    told = [
        [
            one.act,
            one.hearing,
            one.entry.courtroom,
            one.entry.scheduled_at.isoformat(),
            one.entry.case_number,
            one.entry.title,
            one.entry.title_en,
            one.entry.cause,
            one.entry.nature,
            one.entry.judge,
            one.entry.division,
            one.parties,
            [[its.field, its.before, its.after] for its in one.changes],
        ]
        for one in steps
    ]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
