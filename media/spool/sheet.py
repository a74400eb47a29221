"""The sheet of a recording: start, end, interruptions and gaps, under the court's signature [pure].

法释〔2017〕5号 Art. 3: a recording may be interrupted for three reasons only, and start, end and
interruptions are noted and filed with the case. The sheet is one line of JSON (sorted keys, no
blanks, UTF-8) and a second line ``signed FINGERPRINT SIGNATURE``, Ed25519 over ``SIGNED`` and the
first line.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from media.errors import SpoolDamaged
from media.proof.signed import canonical, parse_line, sealed_line
from media.proof.tree import merkle_root
from media.spool.gaps import Gap
from media.spool.seal import Piece

FORMAT = "tingbo record sheet 3"
WITHOUT_LINKS = "tingbo record sheet 2"  # it did not name the head of the chain
SIGNED = b"tingbo record sheet\n"
# The three lawful reasons of Art. 3 (B-14): 休庭, 不公开举证质证, 不宜录制的调解.
RECESS, CLOSED_EVIDENCE, UNFIT_MEDIATION = "recess", "closed_evidence", "unfit_mediation"
LAWFUL = frozenset({RECESS, CLOSED_EVIDENCE, UNFIT_MEDIATION})


@dataclass(frozen=True, slots=True)
class Interruption:
    """A time for which the hearing was interrupted by order.

    The record itself went on, unless the court's rules leave a recess out: then gaps say so.
    """

    reason: str
    from_us: int
    to_us: int
    order: int  # its number in the broadcast's order log


@dataclass(frozen=True, slots=True)
class CameraSheet:
    """What the record holds of one camera: pieces ``first`` to ``last`` under one root.

    ``link`` is that of the seal's line of ``last``: the head of the chain at the end of the
    hearing, over everything the camera recorded until then. Empty where nothing was recorded.
    """

    camera: str
    first: int
    last: int
    pieces: int
    root: str
    gaps: tuple[Gap, ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class PublicDigest:
    """The public recording: SHA-256 over its list of files (``media.filing``)."""

    digest: str
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is signed at the end of a broadcast. Times are court time in microseconds."""

    courtroom: str
    broadcast: str
    from_us: int
    to_us: int
    interruptions: tuple[Interruption, ...]
    cameras: tuple[CameraSheet, ...]
    public: PublicDigest | None
    format: str = FORMAT

    def document(self) -> bytes:
        """Return the line that is signed."""
        fields = dataclasses.asdict(self)
        if self.format == WITHOUT_LINKS:
            for camera in fields["cameras"]:
                del camera["link"]
        return canonical(fields)


@dataclass(frozen=True, slots=True)
class SignedSheet:
    """A sheet as it was read, with what its signature must fit."""

    sheet: Sheet
    fingerprint: str
    signature: bytes
    message: bytes

    def plain(self) -> dict[str, Any]:
        """Return the document as plain data, as it is signed."""
        fields: dict[str, Any] = json.loads(self.sheet.document())
        return fields


def in_range(pieces: Sequence[Piece], from_us: int, to_us: int) -> list[Piece]:
    """Return the chunks in which something arrived between two times."""
    return [
        piece
        for piece in pieces
        if not piece.is_end and piece.to_us >= from_us and piece.from_us <= to_us
    ]


def camera_sheet(camera: str, pieces: Sequence[Piece], gaps: Sequence[Gap]) -> CameraSheet:
    """Describe what a camera's record holds, by its pieces of the range."""
    return CameraSheet(
        camera,
        pieces[0].sequence if pieces else 0,
        pieces[-1].sequence if pieces else 0,
        len(pieces),
        merkle_root(piece.digest for piece in pieces).hex(),
        tuple(gaps),
        pieces[-1].link.hex() if pieces else "",
    )


def sealed(sheet: Sheet, fingerprint: str, signature: bytes) -> bytes:
    """Return the file: the document and its signature over ``SIGNED`` and the document."""
    return sealed_line(sheet.document(), fingerprint, signature)


def parse_sheet(raw: bytes) -> SignedSheet:
    """Read a sheet's file; raises ``SpoolDamaged`` if it is none. The signature is not checked."""
    try:
        line = parse_line(raw)
        sheet = _sheet(json.loads(line.document))
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise SpoolDamaged(f"not a sheet of a known format: {problem}") from problem
    if sheet.document() != line.document:
        raise SpoolDamaged("not a sheet as it is written")
    return SignedSheet(sheet, line.fingerprint, line.signature, SIGNED + line.document)


def _sheet(fields: dict[str, Any]) -> Sheet:
    if fields["format"] not in (FORMAT, WITHOUT_LINKS):
        raise ValueError("another format")
    interruptions = tuple(Interruption(**one) for one in fields.pop("interruptions"))
    if not {one.reason for one in interruptions} <= LAWFUL:
        raise ValueError("an interruption for no lawful reason")
    cameras = tuple(
        CameraSheet(**{**one, "gaps": tuple(Gap(**gap) for gap in one["gaps"])})
        for one in fields.pop("cameras")
    )
    public = fields.pop("public")
    return Sheet(
        interruptions=interruptions,
        cameras=cameras,
        public=PublicDigest(**public) if public is not None else None,
        **fields,
    )
