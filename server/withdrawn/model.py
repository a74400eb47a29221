"""Withdrawals, and the mask over a broadcast that those in force add up to [pure].

Nothing of the court's record is changed (rule B-30): what the public is handed goes through the
mask, and a withdrawal that is lifted takes its part of the mask away. 2018 provisions, Art. 13:
restricted information is withdrawn in time (及时撤回), and the reason is told by class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from media import NOTHING_WITHDRAWN, Withdrawn
from server.errors import FieldProblem, Gone
from server.withdrawn.names import Names
from server.wording import marked


class Reason(StrEnum):
    """Why something was withdrawn, as the public is told it."""

    PERSONAL_DATA = "personal_data"
    MINOR = "minor"
    PROTECTED_PERSON = "protected_person"
    SECRET = "secret"  # noqa: S105  (a class of reasons)
    SEALED = "sealed"
    CLOSED = "closed"
    MISTAKE = "mistake"
    ORDER = "order"


REASON_WORDS: dict[Reason, str] = {
    Reason.PERSONAL_DATA: marked("personal data or privacy"),
    Reason.MINOR: marked("protection of a minor"),
    Reason.PROTECTED_PERSON: marked("protection of a witness, expert or victim"),
    Reason.SECRET: marked("a secret protected by law"),
    Reason.SEALED: marked("a record that is sealed by law"),
    Reason.CLOSED: marked("a part of the hearing that is not public"),
    Reason.MISTAKE: marked("published by mistake"),
    Reason.ORDER: marked("by decision of the court"),
}


class Kind(StrEnum):
    """What was withdrawn."""

    BROADCAST = "broadcast"
    RANGE = "range"
    POST = "post"
    PHOTO = "photo"
    NAME = "name"


KIND_WORDS: dict[Kind, str] = {
    Kind.BROADCAST: marked("The whole broadcast"),
    Kind.RANGE: marked("A part of the hearing"),
    Kind.POST: marked("A post of the report"),
    Kind.PHOTO: marked("A photo of the report"),
    Kind.NAME: marked("A person’s name"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WITHDRAWN = marked("This broadcast has been withdrawn by the court.")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One withdrawal. ``target`` is the id of a post, the name of a photo, or a person's name.

    ``hearing``: where a name was taken from one without a broadcast; ``broadcast`` is empty then.

    ``since`` and ``until`` are court time, of a range only. ``mark`` stands in a name's place.
    ``note`` is for the file and never public. ``together`` is the order that took a name from
    several broadcasts. ``done_at`` is when this server had carried it out.
    """

    id: str
    broadcast: str
    kind: Kind
    reason: Reason
    ordered_at: datetime
    ordered_by: str
    note: str = ""
    since: datetime | None = None
    until: datetime | None = None
    target: str = ""
    mark: str = ""
    done_at: datetime | None = None
    restored_at: datetime | None = None
    restored_by: str | None = None
    restored_because: str = ""
    together: str | None = None
    hearing: str = ""

    @property
    def about(self) -> str:
        """What it is about, as the journal names it."""
        return f"hearing:{self.hearing}" if self.hearing else f"broadcast:{self.broadcast}"

    @property
    def holds(self) -> bool:
        """Whether it is in force."""
        return self.restored_at is None

    @property
    def stretch(self) -> tuple[int, int]:
        """The range in court µs; nothing for what is no range."""
        if self.since is None or self.until is None:
            return 0, 0
        return _us(self.since), _us(self.until)


View = dict[str, Any]
"""A post as the public reads it (``server.reports.model.public_view``)."""


@dataclass(frozen=True)
class Mask:
    """What of a broadcast the public is not shown."""

    whole: Withdrawal | None = None
    ranges: tuple[Withdrawal, ...] = ()
    posts: Mapping[str, Withdrawal] = field(default_factory=dict)
    photos: Mapping[str, Withdrawal] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    latest: datetime | None = None  # when the newest of what holds was ordered

    @classmethod
    def of(cls, withdrawals: Iterable[Withdrawal]) -> Mask:
        """Return what these add up to; those that were lifted count for nothing."""
        held = [one for one in withdrawals if one.holds]
        return cls(
            whole=next((one for one in held if one.kind is Kind.BROADCAST), None),
            ranges=tuple(one for one in held if one.kind is Kind.RANGE),
            posts={one.target: one for one in held if one.kind is Kind.POST},
            photos={one.target: one for one in held if one.kind is Kind.PHOTO},
            names={one.target: one.mark for one in held if one.kind is Kind.NAME},
            latest=max((one.ordered_at for one in held), default=None),
        )

    @cached_property
    def stretches(self) -> Withdrawn:
        """The withdrawn ranges, for pictures and sound."""
        if not self.ranges:
            return NOTHING_WITHDRAWN
        return Withdrawn.of(one.stretch for one in self.ranges)

    def must_show(self) -> None:
        """Raise ``Gone`` with the class of the reason if the whole broadcast is withdrawn."""
        if self.whole is not None:
            reason = self.whole.reason
            told = FieldProblem("reason", reason.value, REASON_WORDS[reason])
            raise _gone(told)

    def text(self, text: str) -> str:
        """Return a text with marks in the place of withdrawn names."""
        if self._names is None or not text:
            return text
        return self._names.hidden(text)

    @cached_property
    def _names(self) -> Names | None:
        return Names(self.names) if self.names else None

    def of_post(self, identifier: str, court_time: datetime) -> Withdrawal | None:
        """Return by what a post is withdrawn; None while it is not."""
        if self.whole is not None:
            return self.whole
        if identifier in self.posts:
            return self.posts[identifier]
        at = _us(court_time)
        return next((one for one in self.ranges if one.stretch[0] <= at < one.stretch[1]), None)

    def hides_photo(self, name: str, post: str, court_time: datetime) -> bool:
        """Tell whether a photo of a post is withdrawn."""
        return name in self.photos or self.of_post(post, court_time) is not None

    def post(self, view: View) -> View:
        """Return a post as it may be shown: a tombstone, or without names and photos."""
        by = self.of_post(view["id"], datetime.fromisoformat(view["court_time"]))
        if by is not None:
            return _tombstone(view, by)
        if not self.names and not self.photos:
            return view
        return {
            **view,
            "speaker": self.text(view["speaker"]),
            "body": self.text(view["body"] or "") if view["body"] is not None else None,
            "photos": [
                {**one, "alt": self.text(one["alt"]), "caption": self.text(one["caption"])}
                for one in view["photos"]
                if one["name"] not in self.photos
            ],
            "history": [self._revision(one) for one in view["history"]],
        }

    def _revision(self, one: View) -> View:
        body = None if one["body"] is None else self.text(one["body"])
        told = {"speaker": self.text(one["speaker"]), "reason": self.text(one["reason"])}
        return {**one, **told, "body": body}


NOTHING = Mask()


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _gone(told: FieldProblem) -> Gone:
    gone = Gone(_WITHDRAWN)
    gone.problems = (told,)
    return gone


def _tombstone(view: View, by: Withdrawal) -> View:
    """Leave of a post when it was and why it is gone.

    Its history keeps its length, by which readers tell a newer form of a post from an older one.
    """
    blank = {"body": None, "speaker": "", "reason": ""}
    return {
        **view,
        "state": "withdrawn",
        "speaker": "",
        "body": None,
        "photos": [],
        "history": [{**one, **blank} for one in view["history"]],
        "withdrawal": {"reason": by.reason.value, "at": by.ordered_at.isoformat()},
    }
