"""The chain of digests that makes a changed or missing journal entry visible [pure]."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. ``details`` is canonical JSON; ``source`` makes retries harmless.

    ``person`` is an id, empty for the service itself.
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


def canonical(details: dict[str, object]) -> str:
    """Return JSON that is the same text for the same content (as RFC 8785, for our few types)."""
    return json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(entry: Entry) -> str:
    """Return what an entry's digest must be: SHA-256 over all else, with the digest before it."""
    fields = [
        entry.previous,
        entry.sequence,
        entry.at_us,
        entry.person,
        entry.action,
        entry.object,
        entry.details,
        entry.source,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def first_break(entries: Iterable[Entry]) -> int | None:
    """Return the sequence number at which the chain breaks, None if it is whole.

    ``entries`` are all of them from the first on, in order.
    """
    expected, previous = 1, BEGINNING
    for entry in entries:
        if entry.sequence != expected or entry.previous != previous:
            return expected
        if entry.digest != digest_of(entry):
            return expected
        expected, previous = expected + 1, entry.digest
    return None
