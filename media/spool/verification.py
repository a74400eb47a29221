"""Checks a camera's record against its seals, without any key but the court's public one."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from media.errors import SpoolDamaged
from media.spool import record as form
from media.spool.places import seal_path, volume_numbers, volume_path
from media.spool.record import Kind
from media.spool.seal import BEGINNING, SIGNED, Piece, Seal, parse
from media.spool.signature import is_signed
from media.spool.volume import Volume

_READ = 1 << 20
PublicKeys = Mapping[str, Ed25519PublicKey]  # by fingerprint


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed, and where. ``offset`` is in the file named."""

    what: str
    camera: str = ""
    file: str = ""
    volume: int = 0
    offset: int = 0
    court_us: int = 0  # 0: not known


@dataclass(slots=True)
class CameraReport:
    """What was found in a camera's record. ``notes`` are no faults."""

    camera: str
    volumes: int = 0
    size: int = 0
    pieces: list[Piece] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_camera(
    folder: Path,
    keys: PublicKeys,
    volumes: range | None = None,
    on_read: Callable[[int], None] = lambda _: None,
) -> CameraReport:
    """Check a camera's volumes in order, all of them or a range (``volumes_of``).

    ``on_read`` hears how many bytes were checked since it last heard.
    """
    report = CameraReport(folder.name)
    known = _numbers(folder)
    last = max(known, default=0)
    wanted = volumes if volumes is not None else range(min(known, default=1), last + 1)
    link: bytes | None = None
    before = _seal_of(folder, wanted.start - 1)
    if before.size and not before.problem:
        link = before.link
    for number in wanted:
        checker = _VolumeChecker(folder, number, report, is_newest=number == last)
        link = checker.check(link, keys, on_read)
    report.volumes = sum(number in wanted for number in volume_numbers(folder))
    return report


def volumes_of(folder: Path, from_us: int, to_us: int) -> range:
    """Return the volumes that may hold something that arrived between two times.

    A courtroom's volumes go back for years, and only a sound seal says that its volume is older or
    newer: one that is broken or missing is checked.
    """
    found: list[int] = []
    for number in sorted(_numbers(folder), reverse=True):
        seal = _seal_of(folder, number)
        pieces = [piece for piece in seal.pieces if not piece.is_end]
        if seal.problem or not pieces:
            found.append(number)
        elif max(piece.to_us for piece in pieces) < from_us:
            break
        elif min(piece.from_us for piece in pieces) <= to_us:
            found.append(number)
    return range(min(found), max(found) + 1) if found else range(0)


def _numbers(folder: Path) -> set[int]:
    sealed = {int(path.stem) for path in folder.glob("*.seal") if path.stem.isdecimal()}
    return sealed.union(volume_numbers(folder))


def _seal_of(folder: Path, number: int) -> Seal:
    try:
        return parse(seal_path(folder, number).read_bytes())
    except FileNotFoundError:
        return Seal()


class _VolumeChecker:
    """Checks one volume and adds to the report."""

    def __init__(self, folder: Path, number: int, report: CameraReport, *, is_newest: bool) -> None:
        self._path, self._seal_path = volume_path(folder, number), seal_path(folder, number)
        self._number, self._report, self._is_newest = number, report, is_newest

    def check(
        self, previous: bytes | None, keys: PublicKeys, on_read: Callable[[int], None]
    ) -> bytes | None:
        """Check the volume; ``previous`` is the last link of the one before, None if unknown."""
        if not self._path.exists():
            self._found(self._path, "the volume is missing")
        elif not self._seal_path.exists() and (version := _older_format(self._path)):
            self._report.notes.append(f"{self._path.name}: format {version}, never sealed")
            return BEGINNING
        try:
            raw = self._seal_path.read_bytes()
        except FileNotFoundError:
            raw = b""
            if not self._is_beginning():
                self._found(self._seal_path, "the seal is missing")
                return None
        seal = parse(raw)
        if not seal.size and not seal.problem and self._is_beginning():
            self._report.notes.append(f"{self._path.name}: just begun, not sealed yet")
            return None
        self._check_seal(seal, len(raw), previous)
        self._check_signatures(seal, keys)
        if self._path.exists():
            self._check_bytes(seal, on_read)
        self._report.pieces += seal.pieces
        return seal.link if not seal.problem else None

    def _is_beginning(self) -> bool:
        """Whether its writer may still come to the seal's first line (it syncs the bytes first)."""
        if not self._is_newest or not self._path.exists():
            return False
        with contextlib.closing(Volume(self._path, self._number)) as volume:
            return not volume.is_closed

    def _found(self, path: Path, what: str, offset: int = 0, court_us: int = 0) -> None:
        finding = Finding(what, self._report.camera, path.name, self._number, offset, court_us)
        self._report.findings.append(finding)

    def _check_seal(self, seal: Seal, size: int, previous: bytes | None) -> None:
        last_us = max((piece.to_us for piece in seal.pieces), default=0)
        if seal.problem:
            self._found(self._seal_path, f"the seal is broken: {seal.problem}", seal.size, last_us)
            return
        if (seal.camera, seal.volume) != (self._report.camera, self._number):
            told = f"it is that of camera {seal.camera}, volume {seal.volume}"
            self._found(self._seal_path, f"not the seal of this volume: {told}")
        if previous is None and seal.previous != BEGINNING:
            self._report.notes.append(f"{self._seal_path.name}: what came before is not here")
        elif previous is not None and seal.previous != previous:
            self._found(self._seal_path, "it does not follow the seal before it")
        is_open = self._is_newest and not seal.is_complete
        if size > seal.size:
            what = "its last line is torn"
            if is_open:
                self._report.notes.append(f"{self._seal_path.name}: {what}")
            else:
                self._found(self._seal_path, what, seal.size, last_us)

    def _check_signatures(self, seal: Seal, keys: PublicKeys) -> None:
        for signature in seal.signatures:
            key = keys.get(signature.fingerprint)
            if key is None:
                self._found(self._seal_path, f"signed with another key: {signature.fingerprint}")
            elif not is_signed(key, signature.value, SIGNED + signature.over):
                self._found(self._seal_path, "a signature is not the court's")
        if seal.unsigned and not (self._is_newest and not seal.is_complete):
            self._found(self._seal_path, "its end is not signed", seal.size)
        elif seal.unsigned:
            self._report.notes.append(f"{self._seal_path.name}: {seal.unsigned} pieces unsigned")

    def _check_bytes(self, seal: Seal, on_read: Callable[[int], None]) -> None:
        with self._path.open("rb") as file:
            for piece in seal.pieces:
                if _digest(file, piece.size) != piece.digest:
                    self._locate(piece)
                on_read(piece.size)
            rest = self._path.stat().st_size - seal.end
        self._report.size += seal.end
        if rest and self._is_newest and not seal.is_complete and not seal.problem:
            self._report.notes.append(f"{self._path.name}: {rest} bytes not sealed yet")
        elif rest > 0 and not seal.problem:
            self._found(self._path, f"{rest} bytes behind the seal", seal.end)

    def _locate(self, piece: Piece) -> None:
        """Say which frame of a piece was changed; the piece's own place if none looks so."""
        court_us = piece.from_us
        with contextlib.closing(Volume(self._path, self._number)) as volume:
            at, end = piece.offset, min(piece.end, volume.size())
            if end < piece.end:
                self._found(self._path, "the volume is cut", end, piece.from_us)
                return
            while at < end:
                try:
                    place = volume.frame(at, end)
                except SpoolDamaged:
                    self._found(self._path, "this frame was changed", at, court_us)
                    return
                if place is None:
                    break
                if place.head.kind == Kind.PACKET:
                    court_us = place.packet_front()[2]
                at += place.head.size
        self._found(self._path, "this chunk was changed", piece.offset, piece.from_us)


def _digest(file: BinaryIO, size: int) -> bytes:
    sha = hashlib.sha256()
    while size > 0:
        data = file.read(min(size, _READ))
        if not data:
            return b""
        sha.update(data)
        size -= len(data)
    return sha.digest()


def _older_format(path: Path) -> int:
    """Return the format that a volume says it has if it is an older one, else 0."""
    with path.open("rb") as file:
        raw = file.read(256)
    head = form.peek(raw, 0)
    if head is None or head.kind != Kind.VOLUME or not form.is_sound(raw, 0, head):
        return 0
    with contextlib.suppress(SpoolDamaged):
        version = form.volume_version(raw, 0)
        return version if version < form.FORMAT_VERSION else 0
    return 0
