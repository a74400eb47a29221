"""The chain of digests that makes a changed or missing journal entry visible [pure]."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass

BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. ``details`` is canonical JSON; ``source`` makes retries harmless.

    ``person`` is an id, empty for the service itself; ``court`` that at which it was done, empty
    for what was done at none, at several, or before entries told it.
    """

    sequence: int
    at_us: int
    person: str
    action: str
    object: str
    details: str
    source: str
    previous: str
    digest: str
    court: str = ""


def canonical(details: dict[str, object]) -> str:
    """Return JSON that is the same text for the same content (as RFC 8785, for our few types)."""
    return json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode  # made once: it costs more than its work


def _digest(
    previous: str,
    court: str,
    *fields: object,  # sequence, at_us, person, action, object, details, source
) -> str:
    # An entry without a court is hashed as all were before entries told it.
    told = [previous, *fields, court] if court else [previous, *fields]
    return hashlib.sha256(_ENCODE(told).encode()).hexdigest()


def digest_of(entry: Entry) -> str:
    """Return what an entry's digest must be: SHA-256 over all else, with the digest before it."""
    return _digest(
        entry.previous,
        entry.court,
        entry.sequence,
        entry.at_us,
        entry.person,
        entry.action,
        entry.object,
        entry.details,
        entry.source,
    )


# An entry as the database gives it: the fields of ``Entry`` in their order.
Row = tuple[int, int, str, str, str, str, str, str, str, str]


class ChainCheck:
    """Reads a journal from its first entry on, in as many pieces as is liked."""

    def __init__(self) -> None:
        self.count = 0
        self.newest = BEGINNING
        self.broken_at: int | None = None

    def take(self, rows: Iterable[Row]) -> bool:
        """Check the entries that follow; False as soon as one is not what was written."""
        for row in rows:
            sequence, at_us, person, action, thing, details, source, previous, digest, court = row
            expected = self.count + 1
            if (
                sequence != expected
                or previous != self.newest
                or digest
                != _digest(previous, court, sequence, at_us, person, action, thing, details, source)
            ):
                self.broken_at = expected
                return False
            self.count, self.newest = expected, digest
        return True


def first_break(entries: Iterable[Entry]) -> int | None:
    """Return the sequence number at which the chain breaks, None if it is whole.

    ``entries`` are all of them from the first on, in order.
    """
    check = ChainCheck()
    check.take(astuple(entry) for entry in entries)
    return check.broken_at
