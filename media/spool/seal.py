"""The seal of a volume: lines that tie its bytes together, whoever reads them [pure].

A line is words, a blank and the line's *link*: SHA-256 over the 32 bytes of the link before and the
text in front of the blank, in hexadecimal. The first line's link before is that of the last line of
the volume before (32 zero bytes where there is none), and the line names it::

    volume 2 CAMERA NUMBER PREVIOUS LINK
    chunk SEQUENCE OFFSET SIZE FROM_US TO_US BY DIGEST LINK
    signed FINGERPRINT SIGNATURE LINK
    end OFFSET SIZE BY DIGEST LINK

Pieces (``chunk`` and ``end``) follow one another without a hole from offset 0 on; the first holds
the volume's own header. DIGEST is SHA-256 of the piece's bytes, FROM_US and TO_US are the first
and last arrival in it, BY is ``w`` if its writer sealed it and ``r`` if it was sealed at the start
after a crash. SIGNATURE is Ed25519 over ``SIGNED`` and the link before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

SIGNED = b"tingbo record seal\n"
BEGINNING = bytes(32)
_PIECE_WORDS = {"chunk": 8, "end": 5}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a volume under one digest; the last one is its END frame alone.

    ``link`` is that of its line, once it was read from there.
    """

    sequence: int
    offset: int
    size: int
    from_us: int
    to_us: int
    digest: bytes
    is_recovered: bool = False
    is_end: bool = False
    link: bytes = field(default=b"", compare=False)

    @property
    def end(self) -> int:
        """Where the next piece begins."""
        return self.offset + self.size

    def words(self) -> str:
        """Return the line without its link."""
        by = "r" if self.is_recovered else "w"
        if self.is_end:
            return f"end {self.offset} {self.size} {by} {self.digest.hex()}"
        return (
            f"chunk {self.sequence} {self.offset} {self.size} {self.from_us} {self.to_us}"
            f" {by} {self.digest.hex()}"
        )


class Chain:
    """Makes lines; ``link`` is that of the last one."""

    def __init__(self, link: bytes) -> None:
        self.link = link

    def line(self, words: str) -> bytes:
        """Return the next line."""
        self.link = hashlib.sha256(self.link + words.encode()).digest()
        return f"{words} {self.link.hex()}\n".encode()


def first_words(camera: str, volume: int, previous: bytes) -> str:
    """Return the words of a seal's first line."""
    return f"volume 2 {camera} {volume} {previous.hex()}"


def signed_words(fingerprint: str, signature: bytes) -> str:
    """Return the words of a signature's line."""
    return f"signed {fingerprint} {signature.hex()}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in a seal, over the link of the line before it."""

    fingerprint: str
    value: bytes
    over: bytes


@dataclass(slots=True)
class Seal:
    """A seal as it was read.

    ``size`` bytes of the file are whole lines, ``problem`` says why not all. A line without its
    end is torn, no problem: it was being written.
    """

    camera: str = ""
    volume: int = 0
    previous: bytes = BEGINNING
    pieces: list[Piece] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    link: bytes = BEGINNING
    size: int = 0
    unsigned: int = 0  # pieces behind the last signature
    problem: str = ""

    @property
    def end(self) -> int:
        """Up to which offset of the volume the seal reaches."""
        return self.pieces[-1].end if self.pieces else 0

    @property
    def is_complete(self) -> bool:
        """Whether the volume's END frame is sealed."""
        return bool(self.pieces) and self.pieces[-1].is_end


def parse(raw: bytes) -> Seal:
    """Read a seal up to the first line that is not whole or does not follow."""
    seal = Seal()
    for number, line in enumerate(raw.split(b"\n")[:-1], start=1):
        try:
            _take(seal, line.decode("ascii"))
        except (ValueError, IndexError) as problem:
            seal.problem = f"line {number}: {problem}"
            return seal
        seal.size += len(line) + 1
    return seal


def _take(seal: Seal, line: str) -> None:
    words, _, link = line.rpartition(" ")
    first = words.split(" ")
    if not seal.size:
        seal.camera, seal.volume, seal.previous = _first(first)
        before = seal.previous
    else:
        before = seal.link
    chain = Chain(before)
    chain.line(words)
    if chain.link.hex() != link:
        raise ValueError("it is not what was written")
    if first[0] in _PIECE_WORDS:
        _add(seal, replace(_piece(first), link=chain.link))
    elif first[0] == "signed" and len(first) == 3:  # noqa: PLR2004
        seal.signatures.append(Signature(first[1], bytes.fromhex(first[2]), before))
        seal.unsigned = 0
    elif seal.size:
        raise ValueError("it is of no known kind")
    seal.link = chain.link


def _first(words: Sequence[str]) -> tuple[str, int, bytes]:
    if len(words) != 5 or words[:2] != ["volume", "2"]:  # noqa: PLR2004
        raise ValueError("not the first line of a seal of version 2")
    return words[2], int(words[3]), bytes.fromhex(words[4])


def _piece(words: Sequence[str]) -> Piece:
    if len(words) != _PIECE_WORDS[words[0]]:
        raise ValueError("it has too few or too many words")
    if words[0] == "end":
        digest, is_recovered = bytes.fromhex(words[4]), words[3] == "r"
        return Piece(0, int(words[1]), int(words[2]), 0, 0, digest, is_recovered, is_end=True)
    sequence, offset, size, from_us, to_us = map(int, words[1:6])
    digest = bytes.fromhex(words[7])
    return Piece(sequence, offset, size, from_us, to_us, digest, words[6] == "r")


def _add(seal: Seal, piece: Piece) -> None:
    if piece.offset != seal.end or piece.size <= 0 or seal.is_complete:
        raise ValueError("its bytes do not follow those before")
    seal.pieces.append(piece)
    seal.unsigned += 1
