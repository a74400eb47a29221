"""What the journal vouches for of a person: roles, and whether they have left [pure].

A posting counts as far as its entry stands in the journal (record 94): a line of SQL gives nobody
a role, gives none back that was taken, and brings nobody back who has left. What takes away counts
either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.accounts.model import Posting
from server.journal.noted import Noted

ACTS = ("person.add", "person.known", "person.roles", "person.leave", "person.return")
"""What is done to a person that says who they are: the entries to be looked up."""

Key = tuple[str, str | None, str | None]
"""A posting as rows and entries have it: role, court (None: all), division (None: all)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when until when a posting was held; ``until`` None: it still is."""

    key: Key
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal knows of a person; ``name`` None: nothing, as it was never added."""

    name: str | None = None
    history: tuple[Stretch, ...] = ()
    left_at: datetime | None = None

    @property
    def held(self) -> frozenset[Key]:
        """The postings that are held as the newest entry has it."""
        return frozenset(one.key for one in self.history if one.until is None)


def roles_told(postings: Iterable[Posting]) -> list[dict[str, str | None]]:
    """Return postings as entries name them."""
    return [
        {
            "role": one.role.value,
            "court": one.court,
            **({"division": one.division} if one.division else {}),
        }
        for one in postings
    ]


def known(noted: Sequence[Noted]) -> Known:
    """Return what the entries about a person, in their order, say."""
    found = Known()
    for one in noted:
        found = _after(found, one)
    return found


def _after(before: Known, one: Noted) -> Known:
    match one.action:
        case "person.add":
            return Known(one.told["name"], _given(one.told["roles"], one.at))
        case "person.known":  # who was there before roles were looked up in the journal
            told = one.told
            return Known(told["name"], tuple(map(_stretch, told["roles"])), before.left_at)
        case "person.roles":
            history = _ended(before.history, {_key(its) for its in one.told["taken"]}, one.at)
            return Known(before.name, history + _given(one.told["given"], one.at), before.left_at)
        case "person.leave":
            return Known(before.name, before.history, one.at)
        case "person.return":
            return Known(before.name, before.history, None)
        case _:
            return before


def _key(role: dict[str, str | None]) -> Key:
    return role["role"] or "", role["court"], role.get("division")


def _given(roles: Iterable[dict[str, str | None]], at: datetime) -> tuple[Stretch, ...]:
    return tuple(Stretch(_key(one), at, None) for one in roles)


def _ended(history: Sequence[Stretch], taken: set[Key], at: datetime) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(one.key, one.since, at) if one.until is None and one.key in taken else one
        for one in history
    )


def _stretch(told: dict[str, str | None]) -> Stretch:
    since, until = told["since"], told["until"]
    return Stretch(
        _key(told),
        datetime.fromisoformat(since or ""),
        datetime.fromisoformat(until) if until else None,
    )
