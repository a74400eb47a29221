"""What is entered under a court's daily roots, and what a stranger may know of it [pure]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from server.broadcasts.model import Broadcast
from server.broadcasts.state import State

Kind = Literal["sealed", "copy"]
MOST_DAYS = 400  # in one answer: a year and its neighbours


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement under the root of ``day`` (``YYYY-MM-DD``), at a place from 0.

    ``statement`` is what the digest (SHA-256, hexadecimal) is of: a signed sheet, or a copy's line.
    """

    court: str
    day: str
    place: int
    kind: Kind
    broadcast: str
    digest: str
    statement: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Included:
    """How an entry is under its day's signed root; ``path`` is in hexadecimal."""

    day: str
    place: int
    entries: int
    path: tuple[str, ...]
    signed: str


@dataclass(frozen=True, slots=True)
class Handed:
    """A copy of the record that was handed out."""

    root: str
    sha256: str
    size: int
    at: datetime
    included: Included | None


@dataclass(frozen=True, slots=True)
class Film:
    """A film that is to be handed out; ``pieces`` is the file with the digests of its pieces."""

    root: str
    sha256: str
    size: int
    pieces: Path


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a court gives a stranger about a broadcast: its signed sheet and what follows it.

    ``has_list``: the list of the public recording's files may be had.
    """

    broadcast: str
    sheet: str
    digest: str
    entered_at: datetime
    included: Included | None
    copies: tuple[Handed, ...]
    has_list: bool


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key the court signs or signed with, as PEM; ``since`` is when this service first had it."""

    fingerprint: str
    pem: str
    since: datetime
    is_present: bool


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day that is signed; ``signed`` is its file."""

    day: str
    signed: str


def is_open_to_strangers(about: Broadcast) -> bool:
    """Tell whether a broadcast's evidence is public: it was broadcast with pictures and is over."""
    return about.state is State.ENDED and about.has_video and about.started_at is not None


def is_checkable(about: Broadcast) -> bool:
    """Tell whether files of the public recording may be checked: as long as it is public itself."""
    return is_open_to_strangers(about) and about.replay == "public"
