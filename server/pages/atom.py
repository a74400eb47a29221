"""Atom feeds (RFC 4287), with tombstones for what was taken away (RFC 6721) [pure].

An identifier is made from what an entry is about and from nothing else: it stays the same in each
language, on each server and at another address of the service.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5
from xml.sax.saxutils import escape, quoteattr

ATOM_TYPE: Final = "application/atom+xml"
_IDENTIFIERS: Final = UUID("5f9a1d04-6d0c-5b52-9a3e-0d4a7c1f8e66")
# What no XML 1.0 document may have in it (§2.2).
_ILLEGAL: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOTHING_YET: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something of which is told; ``about`` identifies it, ``kind`` is a word and how it reads."""

    about: str
    title: str
    summary: str
    address: str
    published: datetime
    updated: datetime
    author: str
    kind: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Deleted:
    """Something of which was told, and which was taken away since; ``why`` names no name."""

    about: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed says of itself. ``others`` are its addresses by language."""

    about: str
    title: str
    author: str
    language: str
    address: str
    page: str
    others: Sequence[tuple[str, str]] = ()


def identifier(about: str) -> str:
    """Return the URN of something."""
    return f"urn:uuid:{uuid5(_IDENTIFIERS, about)}"


def feed(head: Head, entries: Sequence[Entry], deleted: Sequence[Deleted] = ()) -> str:
    """Return the document, what changed last first."""
    times = [one.updated for one in entries] + [one.at for one in deleted]
    newest_first = sorted(entries, key=lambda one: (one.updated, one.about), reverse=True)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"'
        f" xml:lang={_quoted(head.language)}>",
        f"<id>{identifier(head.about)}</id>",
        f"<title>{escaped(head.title)}</title>",
        f"<updated>{_moment(max(times, default=_NOTHING_YET))}</updated>",
        f"<author><name>{escaped(head.author)}</name></author>",
        f'<link rel="self" type="{ATOM_TYPE}" href={_quoted(head.address)}/>',
        f'<link rel="alternate" type="text/html" href={_quoted(head.page)}/>',
        *(
            f'<link rel="alternate" type="{ATOM_TYPE}" hreflang={_quoted(language)} '
            f"href={_quoted(address)}/>"
            for language, address in head.others
        ),
        *map(_deleted, deleted),
        *map(_entry, newest_first),
        "</feed>",
    ]
    return "\n".join(lines) + "\n"


def _entry(one: Entry) -> str:
    term, label = one.kind
    return "\n".join(
        (
            "<entry>",
            f"<id>{identifier(one.about)}</id>",
            f"<title>{escaped(one.title)}</title>",
            f'<link rel="alternate" type="text/html" href={_quoted(one.address)}/>',
            f"<published>{_moment(one.published)}</published>",
            f"<updated>{_moment(one.updated)}</updated>",
            f"<author><name>{escaped(one.author)}</name></author>",
            f"<category term={_quoted(term)} label={_quoted(label)}/>",
            f"<summary>{escaped(one.summary)}</summary>",
            "</entry>",
        )
    )


def _deleted(one: Deleted) -> str:
    return (
        f"<at:deleted-entry ref={_quoted(identifier(one.about))} when={_quoted(_moment(one.at))}>"
        f"<at:comment>{escaped(one.why)}</at:comment></at:deleted-entry>"
    )


def escaped(text: str) -> str:
    """Return a text as it stands in an element of any XML document."""
    return escape(_ILLEGAL.sub("", text))


def _quoted(text: str) -> str:
    return quoteattr(_ILLEGAL.sub("", text))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
