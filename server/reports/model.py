"""Posts of a report, their history and who may read what of them when [pure]."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from server.errors import Invalid
from server.reports.sensitive import find_sensitive

LONGEST_BODY = 4000
LONGEST_SPEAKER = 60
LONGEST_REASON = 500
LONGEST_ALT = 500
MOST_PHOTOS = 6
_CLIENT_KEY = re.compile(r"[\w.:-]{1,64}", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""What no text for others may hold: controls but tab and line feed, and bidi overrides."""


class Speaker(StrEnum):
    """In what role somebody speaks (domain glossary)."""

    PRESIDING_JUDGE = "presiding_judge"
    JUDGE = "judge"
    ASSESSOR = "assessor"
    CLERK = "clerk"
    BAILIFF = "bailiff"
    PROSECUTOR = "prosecutor"
    ACCUSED = "accused"
    DEFENCE_COUNSEL = "defence_counsel"
    PLAINTIFF = "plaintiff"
    DEFENDANT = "defendant"
    APPELLANT = "appellant"
    APPELLEE = "appellee"
    THIRD_PARTY = "third_party"
    AGENT = "agent"
    PLAINTIFF_AGENT = "plaintiff_agent"
    DEFENDANT_AGENT = "defendant_agent"
    VICTIM = "victim"
    WITNESS = "witness"
    EXPERT_EXAMINER = "expert_examiner"
    INTERPRETER = "interpreter"
    HOST = "host"


class Phase(StrEnum):
    """The part of the hearing that a post belongs to."""

    OPENED = "opened"
    IDENTITY_CHECK = "identity_check"
    INVESTIGATION = "investigation"
    EVIDENCE = "evidence"
    ARGUMENT = "argument"
    FINAL_STATEMENT = "final_statement"
    RECESS = "recess"
    DELIBERATION = "deliberation"
    JUDGMENT = "judgment"
    CLOSED = "closed"


_Choice = TypeVar("_Choice", Speaker, Phase)


class PostState(StrEnum):
    """``held``: written, but not to be public before somebody releases it."""

    PUBLISHED = "published"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph of a post; ``name`` is its file below ``/photos/``."""

    name: str
    alt: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Revision:
    """What a post said until it was corrected or withdrawn, and why that was done."""

    version: int
    kind: str  # "corrected" or "withdrawn"
    role: str
    speaker: str
    body: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it is now. ``court_time`` is the moment of the hearing that it tells of.

    ``public_at`` is when the public may read it: when the delayed picture has reached its moment.
    None: not before it is released.
    """

    id: str
    broadcast: str
    number: int
    role: str
    speaker: str
    phase: str | None
    body: str
    court_time: datetime
    created_at: datetime
    public_at: datetime | None
    state: PostState
    author: str
    client_key: str
    photos: tuple[Photo, ...] = ()
    history: tuple[Revision, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post as the desk sends it, judged and cleaned."""

    client_key: str
    role: Speaker
    speaker: str
    phase: Phase | None
    body: str
    photos: tuple[str, ...] = ()


def new_post(
    *,
    client_key: str,
    role: str,
    speaker: str,
    phase: str | None,
    body: str,
    photos: tuple[str, ...],
) -> NewPost:
    """Judge a post; raises ``Invalid`` naming the field."""
    if not _CLIENT_KEY.fullmatch(client_key):
        raise Invalid("A post needs a key of its own of at most 64 letters.", field="client_key")
    if len(photos) > MOST_PHOTOS or len(set(photos)) != len(photos):
        raise Invalid(
            "A post has at most %(most)s photos, each once.", field="photos", most=MOST_PHOTOS
        )
    if not body.strip() and not photos:
        raise Invalid("A post has a text or a photo.", field="body")
    return NewPost(
        client_key,
        _one_of(Speaker, role, "role"),
        line(speaker, "speaker", LONGEST_SPEAKER),
        _one_of(Phase, phase, "phase") if phase else None,
        text(body, "body", LONGEST_BODY),
        photos,
    )


def _one_of(kind: type[_Choice], value: str, name: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        raise Invalid("This is none of the choices.", field=name) from None


def line(value: str, name: str, longest: int) -> str:
    """Return one line of text without what is not text; raises ``Invalid``."""
    return text(" ".join(value.split()), name, longest)


def text(value: str, name: str, longest: int) -> str:
    """Return a text without what is not text, in Unix lines; raises ``Invalid``.

    Personal numbers never go to the public by a slip of the keyboard (rules B-19, E-14).
    """
    cleaned = CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(cleaned) > longest:
        raise Invalid("At most %(longest)s characters.", field=name, longest=longest)
    found = find_sensitive(cleaned)
    if found is not None:
        raise Invalid(found.advice, field=name)
    return cleaned


def is_readable(post: Post, now: datetime) -> bool:
    """Tell whether the public may read what a post says, and see its photos, now."""
    is_out = post.public_at is not None and post.public_at <= now
    return is_out and post.state not in (PostState.WITHDRAWN, PostState.HELD)


def public_view(post: Post, now: datetime) -> dict[str, Any] | None:
    """Return what the public may read of a post now, as plain data; None: nothing.

    Of a withdrawn post the reason and the time stay (a tombstone); of a corrected one every text
    that was ever public stays, struck through.
    """
    if post.public_at is None or post.public_at > now or post.state is PostState.HELD:
        return None
    withdrawn = post.state is PostState.WITHDRAWN
    shown = [one for one in post.history if one.at >= post.public_at]
    return {
        "id": post.id,
        "number": post.number,
        "state": post.state.value,
        "role": post.role,
        "speaker": "" if withdrawn else post.speaker,
        "phase": post.phase,
        "body": None if withdrawn else post.body,
        "court_time": post.court_time.isoformat(),
        "published_at": post.public_at.isoformat(),
        "photos": [] if withdrawn else [photo_view(photo) for photo in post.photos],
        "withdrawal": None,  # by an order of the court: the reason's class and when
        "history": [
            {
                "kind": one.kind,
                "body": None if withdrawn else one.body,
                "role": one.role,
                "speaker": "" if withdrawn else one.speaker,
                "reason": one.reason,
                "at": one.at.isoformat(),
            }
            for one in shown
        ],
    }


def desk_view(post: Post, now: datetime) -> dict[str, Any]:
    """Return what the clerk reads of a post, also before the public may and after it is gone."""
    return {
        "id": post.id,
        "number": post.number,
        "client_key": post.client_key,
        "state": post.state.value,
        "public": post.public_at is not None and post.public_at <= now,
        "public_at": post.public_at.isoformat() if post.public_at else None,
        "role": post.role,
        "speaker": post.speaker,
        "phase": post.phase,
        "body": post.body,
        "court_time": post.court_time.isoformat(),
        "created_at": post.created_at.isoformat(),
        "photos": [photo_view(photo) for photo in post.photos],
        "history": [
            {
                "kind": one.kind,
                "body": one.body,
                "role": one.role,
                "speaker": one.speaker,
                "reason": one.reason,
                "at": one.at.isoformat(),
            }
            for one in post.history
        ],
    }


def photo_view(photo: Photo) -> dict[str, Any]:
    """Return a photo as plain data."""
    return {
        "name": photo.name,
        "url": f"/photos/{photo.name}",
        "alt": photo.alt,
        "caption": photo.caption,
        "width": photo.width,
        "height": photo.height,
    }
