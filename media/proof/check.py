"""Checks whether a file is what a court published: ``python -m media.proof.check FILE PROOF``.

PROOF is a broadcast's proof document: its address, or the file it was saved as. Needs the standard
library only. Exit status 0: it is; 1: it is not; 2: nothing can be said. See
``docs/record-format.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

from media.proof.judging import (
    Held,
    NotJudged,
    Proof,
    Verdict,
    differing,
    known_copy,
    likely,
    read_list,
    read_pieces,
    read_proof,
    share_alike,
    verdict_on_changed,
    verdict_on_copy,
    verdict_on_listed,
    verdict_on_unknown,
)
from media.proof.keys import TrustedKeys
from media.proof.pieces import digests_of

_LONGEST_ANSWER = 1 << 26
_ANSWER_S = 30
_MOST_TRIED = 8  # copies whose pieces are fetched to find out what a changed file was


class Source:
    """Where the proof document and what it points at come from: an address or saved files."""

    def __init__(self, place: str, saved_list: Path | None, saved_pieces: Path | None) -> None:
        self._is_address = urlsplit(place).scheme in {"http", "https"}
        self._place, self._list, self._pieces = place, saved_list, saved_pieces

    def document(self) -> Any:  # noqa: ANN401  (JSON of a stranger)
        """Return the proof document; raises ``OSError`` or ``ValueError``."""
        raw = _fetch(self._place) if self._is_address else Path(self._place).read_bytes()
        return json.loads(raw)

    def list(self, address: str) -> bytes:
        """Return the list of the public recording; empty if there is none."""
        return self._read(self._list, address)

    def pieces(self, address: str) -> bytes:
        """Return the digests of a copy's pieces; empty if there are none."""
        return self._read(self._pieces, address)

    def _read(self, saved: Path | None, address: str) -> bytes:
        if saved is not None:
            return saved.read_bytes()
        if not self._is_address or not address:
            return b""
        whole = urljoin(self._place, address)
        if urlsplit(whole)[:2] != urlsplit(self._place)[:2]:
            raise NotJudged("the document points at another site")
        try:
            return _fetch(whole)
        except HTTPError as problem:
            if problem.code == HTTPStatus.NOT_FOUND:
                return b""
            raise


def _fetch(address: str) -> bytes:
    with urlopen(address, timeout=_ANSWER_S) as answer:  # noqa: S310  (http and https only)
        raw: bytes = answer.read(_LONGEST_ANSWER + 1)
    if len(raw) > _LONGEST_ANSWER:
        raise NotJudged("the answer is too long")
    return raw


def judge(held: Held, source: Source, keys: TrustedKeys) -> tuple[Proof, Verdict]:
    """Judge a file; raises ``NotJudged``, ``OSError`` or ``ValueError``."""
    proof = read_proof(source.document(), keys.have_signed)
    copy = known_copy(held, proof)
    if copy is not None:
        return proof, verdict_on_copy(copy)
    text = source.list(proof.list_address)
    listed = read_list(text, proof) if text else {}
    if held.sha256 in listed:
        return proof, verdict_on_listed(listed[held.sha256], proof)
    places = _compared(held, proof, source)
    if places is not None:
        return proof, verdict_on_changed(places)
    if not text and proof.public_digest:
        raise NotJudged("no copy is like this, and there is no list of the public recording here")
    names = [name for name in listed.values() if name.rsplit("/", 1)[-1] == held.name]
    return proof, verdict_on_unknown(names)


def _compared(held: Held, proof: Proof, source: Source) -> list[tuple[int, int]] | None:
    """Return where a file differs from the copy it is most like; None if it is like none."""
    best: tuple[int, list[tuple[int, int]]] | None = None
    for copy in likely(held, proof.copies)[:_MOST_TRIED]:
        raw = source.pieces(copy.pieces)
        if not raw:
            continue
        pieces = read_pieces(raw, copy)
        alike = share_alike(held, pieces)
        if (alike or copy.size == held.size) and (best is None or alike > best[0]):
            best = alike, differing(held, pieces, copy.size)
    return best[1] if best else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the file that the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m media.proof.check",
        description="Check whether a file is what a court published or handed out.",
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("proof", help="…/api/v1/broadcasts/ID/proof, or the file it was saved as")
    parser.add_argument(
        "--key",
        type=Path,
        action="append",
        required=True,
        metavar="PEM",
        help="the court's public key, got from the court itself; more than one after a change",
    )
    parser.add_argument("--list", type=Path, metavar="FILE", help="the saved list of files")
    parser.add_argument("--pieces", type=Path, metavar="FILE", help="the saved digests of a copy")
    asked = parser.parse_args(arguments)
    try:
        keys = TrustedKeys.read(asked.key)
        digests = digests_of(asked.file)
        held = Held(asked.file.name, digests.size, digests.sha256, digests.pieces)
        source = Source(asked.proof, asked.list, asked.pieces)
        proof, verdict = judge(held, source, keys)
    except (OSError, ValueError, RecursionError, NotJudged) as problem:
        sys.stderr.write(f"Nothing can be said: {problem}\n")
        return 2
    lines = [f"{held.name}: {held.size} bytes, SHA-256 {held.sha256}"]
    lines += [f"broadcast {proof.broadcast}, signed with key {proof.fingerprint}"]
    sys.stdout.write("\n".join([*lines, *verdict.sentences]) + "\n")
    return {True: 0, False: 1, None: 2}[verdict.is_genuine]


if __name__ == "__main__":
    sys.exit(main())
