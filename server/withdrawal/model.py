"""What a withdrawal must say, and what the public log tells of it [pure]."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from server.errors import Invalid
from server.reports.model import Photo, Post, PostState
from server.withdrawn.model import Kind, Reason, Withdrawal
from server.withdrawn.names import USUAL_MARK, Names

LONGEST_NOTE = 2000
SHORTEST_NAME, LONGEST_NAME, LONGEST_MARK = 2, 60, 20
MOST_WITHDRAWALS = 500  # of a broadcast
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to take down; of ``target`` and the times only what ``kind`` needs."""

    kind: Kind
    reason: Reason
    note: str = ""
    since: datetime | None = None
    until: datetime | None = None
    target: str = ""
    mark: str = ""


def accepted(wanted: Wanted, now: datetime) -> Wanted:
    """Return what is wanted as it is kept; raises ``Invalid`` naming the field."""
    note = _line(wanted.note)
    match wanted.kind:
        case Kind.BROADCAST:
            return Wanted(wanted.kind, wanted.reason, note)
        case Kind.RANGE:
            since, until = _stretch(wanted, now)
            return Wanted(wanted.kind, wanted.reason, note, since, until)
        case Kind.POST | Kind.PHOTO:
            if not wanted.target:
                raise Invalid("Say which.", field="target")
            return Wanted(wanted.kind, wanted.reason, note, target=wanted.target)
        case Kind.NAME:
            name, mark = _name(wanted)
            return Wanted(wanted.kind, wanted.reason, note, target=name, mark=mark)


def _stretch(wanted: Wanted, now: datetime) -> tuple[datetime, datetime]:
    since, until = wanted.since, wanted.until
    if since is None or until is None:
        raise Invalid("Say from when and until when.", field="since")
    if until <= since:
        raise Invalid("It cannot end before it began.", field="until")
    if since > now:
        raise Invalid("What has not taken place yet cannot be withdrawn.", field="since")
    return since, until


def _name(wanted: Wanted) -> tuple[str, str]:
    name, mark = _line(wanted.target), _line(wanted.mark) or USUAL_MARK
    if len(name) < SHORTEST_NAME:
        raise Invalid("A name has at least two characters.", field="target")
    if Names({name: ""}).stand_in(mark):
        raise Invalid("The mark must not contain the name.", field="mark")
    return name, mark


def _line(text: str) -> str:
    return _CONTROL.sub(" ", unicodedata.normalize("NFC", text)).strip()


def mentions(post: Post, name: str) -> bool:
    """Tell whether the public reads a name in a post."""
    photos = (text for photo in post.photos for text in (photo.alt, photo.caption))
    before = (text for one in post.history for text in (one.speaker, one.body, one.reason))
    names = Names({name: ""})
    return any(map(names.stand_in, (post.speaker, post.body, *photos, *before)))


def concerns(withdrawal: Withdrawal, post: Post) -> bool:
    """Tell whether a withdrawal changes how a post is shown."""
    match withdrawal.kind:
        case Kind.BROADCAST:
            return False  # nobody is shown anything of it
        case Kind.RANGE:
            since, until = withdrawal.since, withdrawal.until
            return since is not None and until is not None and since <= post.court_time < until
        case Kind.POST:
            return post.id == withdrawal.target
        case Kind.PHOTO:
            return any(photo.name == withdrawal.target for photo in post.photos)
        case Kind.NAME:
            return mentions(post, withdrawal.target)


def photo_of(posts: Iterable[Post], name: str) -> Photo | None:
    """Return a photo by its name."""
    return next((one for post in posts for one in post.photos if one.name == name), None)


Act = Literal["withdrawn", "restored", "corrected"]


@dataclass(frozen=True, slots=True)
class Correction:
    """A line of the public log (rule B-32): what was corrected, withdrawn or given back when.

    ``reason`` is the class; of a corrected post None, for its words stand beside it in the report.
    ``since`` is the court time that it concerns, if it concerns one.
    """

    act: Act
    kind: Kind
    reason: Reason | None
    at: datetime
    since: datetime | None = None
    until: datetime | None = None


def corrections(
    withdrawals: Sequence[Withdrawal], posts: Sequence[Post], now: datetime
) -> list[Correction]:
    """Return the public log, newest first. Who did it, and notes, are not told.

    Of a post that was held nobody has read anything, so that nothing was corrected.
    """
    times = {post.id: post.court_time for post in posts}
    times |= {photo.name: post.court_time for post in posts for photo in post.photos}
    found = []
    for one in withdrawals:
        since = one.since or times.get(one.target)
        told = Correction("withdrawn", one.kind, one.reason, one.ordered_at, since, one.until)
        found.append(told)
        if one.restored_at is not None:
            found.append(replace(told, act="restored", at=one.restored_at))
    for post in posts:
        found += _of_post(post, now)
    return sorted(found, key=lambda one: one.at, reverse=True)


def _of_post(post: Post, now: datetime) -> list[Correction]:
    if post.public_at is None or post.public_at > now or post.state is PostState.HELD:
        return []
    return [
        Correction(
            "withdrawn" if one.kind == "withdrawn" else "corrected",
            Kind.POST,
            None,
            one.at,
            post.court_time,
        )
        for one in post.history
        if one.at >= post.public_at
    ]
