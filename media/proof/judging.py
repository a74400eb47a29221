"""Whether a file is what a court published or handed out, by the court's proof document [pure].

The document and what it points at are hostile until a signature holds: everything is recomputed
from the two texts that are signed, the sheet and the daily root.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from media.proof.daily import SIGNED_DAY, copy_statement, read_daily
from media.proof.signed import SignedLine, parse_line
from media.proof.tree import DIGEST, PIECE, merkle_root, root_by_path

FORMAT = "tingbo proof 1"
SIGNED_SHEET = b"tingbo record sheet\n"
MOST_PLACES = 20
_LISTED = re.compile(r"([0-9a-f]{64})  (\S.*)")
IsSigned = Callable[[SignedLine, bytes], bool]


class NotJudged(Exception):
    """Nothing can be said: the document is not one, or does not hold together."""


@dataclass(frozen=True, slots=True)
class Held:
    """The file at hand: name, size, digest of all of it and of its pieces."""

    name: str
    size: int
    sha256: str
    pieces: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``is_genuine``, and why, in sentences; None: so says the document, but nothing signed yet.

    ``places`` are byte ranges that differ.
    """

    is_genuine: bool | None
    sentences: tuple[str, ...]
    places: tuple[tuple[int, int], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was handed out, and whether its statement is under a signed daily root."""

    root: str
    sha256: str
    size: int
    pieces: str  # address of its pieces' digests
    day: str  # empty: under no daily root yet


@dataclass(frozen=True, slots=True)
class Proof:
    """What holds of a proof document, after everything that can be checked in it was."""

    broadcast: str
    fingerprint: str
    public_digest: str
    list_address: str
    copies: tuple[Copy, ...]
    day: str


def read_proof(document: Any, is_signed: IsSigned) -> Proof:  # noqa: ANN401  (JSON of a stranger)
    """Check a proof document; raises ``NotJudged`` with what does not hold."""
    try:
        if document["format"] != FORMAT:
            raise NotJudged("a document of another format")
        record = document["record"]
        raw = record["signed"].encode()
        signed = parse_line(raw)
        if not is_signed(signed, SIGNED_SHEET + signed.document):
            raise NotJudged("the sheet's signature is not by a key that was given")
        sheet = signed.fields()
        if sheet["broadcast"] != document["broadcast"]:
            raise NotJudged("the sheet is of another broadcast")
        public = sheet["public"]
        return Proof(
            sheet["broadcast"],
            signed.fingerprint,
            public["digest"] if public else "",
            str(document["public"]["list"]) if document["public"] else "",
            tuple(_copy(sheet["broadcast"], one, is_signed) for one in document["copies"]),
            _day(raw, record["day"], is_signed),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as problem:
        raise NotJudged(f"the document cannot be read: {problem}") from problem


def _copy(broadcast: str, given: dict[str, Any], is_signed: IsSigned) -> Copy:
    size, root, sha256 = int(given["bytes"]), str(given["root"]), str(given["sha256"])
    statement = copy_statement(broadcast, size, root, sha256)
    day = _day(statement, given["day"], is_signed)
    return Copy(root, sha256, size, str(given["pieces"]), day)


def _day(statement: bytes, given: dict[str, Any] | None, is_signed: IsSigned) -> str:
    """Return the day whose signed root is over a statement; empty if there is none yet."""
    if given is None:
        return ""
    daily, signed = read_daily(given["signed"].encode())
    if not is_signed(signed, SIGNED_DAY + signed.document):
        raise NotJudged(f"the signature of {daily.day} is not by a key that was given")
    path = [bytes.fromhex(one) for one in given["path"]]
    digest = hashlib.sha256(statement).digest()
    if root_by_path(digest, int(given["place"]), daily.entries, path).hex() != daily.root:
        raise NotJudged(f"the daily root of {daily.day} is not over this record")
    return daily.day


def read_list(text: bytes, proof: Proof) -> dict[str, str]:
    """Return names by digest of the published files; raises ``NotJudged`` if it is another list."""
    if hashlib.sha256(text).hexdigest() != proof.public_digest:
        raise NotJudged("the list of files is not what the sheet was signed for")
    found = (_LISTED.fullmatch(line) for line in text.decode("utf-8").splitlines())
    return {line[1]: line[2] for line in found if line}


def read_pieces(raw: bytes, copy: Copy) -> list[bytes]:
    """Return the digests of a copy's pieces; raises ``NotJudged`` if they are of another."""
    pieces = [raw[at : at + DIGEST] for at in range(0, len(raw), DIGEST)]
    if len(raw) % DIGEST or merkle_root(pieces).hex() != copy.root:
        raise NotJudged("the digests of the pieces are not what the court named")
    return pieces


def likely(held: Held, copies: Sequence[Copy]) -> list[Copy]:
    """Return the copies a changed file may be of: those of its size first."""
    return sorted(copies, key=lambda one: abs(one.size - held.size))


def known_copy(held: Held, proof: Proof) -> Copy | None:
    """Return the copy that this file is, byte for byte."""
    root = merkle_root(held.pieces).hex()
    return next(
        (one for one in proof.copies if (one.root, one.size) == (root, held.size)),
        None,
    )


def differing(held: Held, pieces: Sequence[bytes], size: int) -> list[tuple[int, int]]:
    """Return the byte ranges in which a file differs from a copy, neighbours joined."""
    found: list[tuple[int, int]] = []
    longest = max(len(pieces), len(held.pieces))
    for at in range(longest):
        one = held.pieces[at] if at < len(held.pieces) else b""
        other = pieces[at] if at < len(pieces) else b""
        if one == other:
            continue
        begin, end = at * PIECE, min((at + 1) * PIECE, max(size, held.size))
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def share_alike(held: Held, pieces: Sequence[bytes]) -> int:
    """Return how many pieces of a file are those of a copy."""
    return sum(one == other for one, other in zip(held.pieces, pieces, strict=False))


def when_known(day: str) -> str:
    """Return how well a statement is known."""
    if day:
        return f"It is under the court's signed root of {day}."
    return "It is under no daily root yet: one is signed after the day is over."


def verdict_on_copy(copy: Copy) -> Verdict:
    """Return the verdict on a file that is a copy, byte for byte."""
    return Verdict(
        True if copy.day else None,
        ("This is a copy of the record that the court handed out.", when_known(copy.day)),
    )


def verdict_on_listed(name: str, proof: Proof) -> Verdict:
    """Return the verdict on a file of the public recording."""
    said = f"This is what the court published: {name} of the public recording."
    return Verdict(is_genuine=True, sentences=(said, when_known(proof.day)))


def verdict_on_changed(places: Sequence[tuple[int, int]]) -> Verdict:
    """Return the verdict on a file that is like a copy, but differs."""
    return Verdict(
        is_genuine=False,
        sentences=tuple(_told(places)),
        places=tuple(places),
    )


def _told(places: Sequence[tuple[int, int]]) -> Iterator[str]:
    yield "This is NOT what the court handed out: it was made from such a copy and differs."
    for begin, end in places[:MOST_PLACES]:
        yield f"It differs between byte {begin} and byte {end - 1}."
    if len(places) > MOST_PLACES:
        yield f"It differs in {len(places) - MOST_PLACES} more places."


def verdict_on_unknown(names: Sequence[str]) -> Verdict:
    """Return the verdict on a file nobody knows; ``names`` are published files called alike."""
    said = ["This is NOT a file that the court published or handed out of this broadcast."]
    if names:
        said.append(
            f"What the court published as {', '.join(names[:MOST_PLACES])} is another file."
        )
    return Verdict(is_genuine=False, sentences=tuple(said))
