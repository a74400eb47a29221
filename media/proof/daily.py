"""Daily roots: what a court sealed on a day, under one signature, chained to the day before [pure].

The root is a Merkle root over the SHA-256 of each *statement* of the day, in the order in which
they were entered; a statement is a signed sheet, or a copy that was handed out. Days without any
have an entry, too, so that a day that is missing is seen. ``previous`` is SHA-256 of the whole file
of the day before, signature included; zeros where the chain begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from media.proof.signed import SignedLine, canonical, parse_line
from media.proof.tree import DIGEST

FORMAT = "tingbo daily root 1"
SIGNED_DAY = b"tingbo daily root\n"
CHAIN_BEGINNING = "00" * DIGEST

IsSigned = Callable[[SignedLine, bytes], bool]


@dataclass(frozen=True, slots=True)
class DailyRoot:
    """What is signed of a day, ``YYYY-MM-DD`` by the calendar of the court's ``zone``.

    ``journal`` is the digest of the newest entry of the audit journal when the day was signed: who
    keeps the day can tell whether an entry before it was changed since.
    """

    court: str
    day: str
    zone: str
    entries: int
    root: str
    previous: str
    journal: str
    format: str = FORMAT

    def document(self) -> bytes:
        """Return the line that is signed."""
        return canonical(asdict(self))


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain of days does not hold; ``day`` may be empty: it cannot be read."""

    place: int
    day: str
    what: str


def read_daily(raw: bytes) -> tuple[DailyRoot, SignedLine]:
    """Read a day's file; raises ``ValueError``. Its signature is not checked."""
    signed = parse_line(raw)
    try:
        found = DailyRoot(**signed.fields())
    except TypeError as problem:
        raise ValueError("not a daily root") from problem
    if found.format != FORMAT:
        raise ValueError("another format")
    date.fromisoformat(found.day)
    return found, signed


def link_of(raw: bytes) -> str:
    """Return what the next day names as ``previous``."""
    return hashlib.sha256(raw).hexdigest()


def check_days(files: Iterable[bytes], is_signed: IsSigned) -> list[Break]:
    """Return where a court's days, oldest first, do not hold together.

    ``is_signed`` tells whether a signature over a message is by a key that is trusted. The first
    file may be any day of the chain.
    """
    breaks: list[Break] = []
    before: tuple[DailyRoot, str] | None = None
    for place, raw in enumerate(files):
        try:
            found, signed = read_daily(raw)
        except (ValueError, UnicodeDecodeError) as problem:
            breaks.append(Break(place, "", f"it cannot be read: {problem}"))
            before = None
            continue
        if not is_signed(signed, SIGNED_DAY + signed.document):
            breaks.append(Break(place, found.day, "the signature is not the court's"))
        if before is not None:
            breaks += [Break(place, found.day, what) for what in _torn(*before, found)]
        before = found, link_of(raw)
    return breaks


def _torn(before: DailyRoot, link: str, found: DailyRoot) -> Iterable[str]:
    if found.court != before.court:
        yield "it is another court's"
    if date.fromisoformat(found.day) != date.fromisoformat(before.day) + timedelta(days=1):
        yield f"the day before is not {before.day}"
    if found.previous != link:
        yield "it does not follow the day before it"


def copy_statement(broadcast: str, size: int, root: str, sha256: str) -> bytes:
    """Return the statement of a copy that was handed out: a film of ``size`` bytes."""
    fields: dict[str, Any] = {
        "broadcast": broadcast,
        "bytes": size,
        "format": "tingbo copy 1",
        "root": root,
        "sha256": sha256,
    }
    return canonical(fields)
