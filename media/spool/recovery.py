"""Makes a camera's log whole after a crash: what was torn is cut, what is left is sealed."""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from media.errors import SpoolDamaged
from media.spool import record as form
from media.spool.places import seal_path, sync_folder, volume_numbers, volume_path
from media.spool.record import Kind
from media.spool.seal import BEGINNING, Piece, Seal, parse
from media.spool.sealing import SealFile
from media.spool.signature import CourtKey

_log = logging.getLogger(__name__)

# A power cut may spoil the lines that were not synced: those of one sync, half a second, or of a
# disk that hung for a minute. More than this was not a power cut, and is left for who judges it.
_UNSYNCED_LINES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Scan:
    """What a volume holds: where its last whole frame ends and what its last chunk says."""

    end: int = 0
    frames: int = 0
    last_chunk: int = 0
    sequence: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Recovered:
    """Where a camera's log goes on: behind this volume, this chunk and this link of the seals."""

    volume: int = 0
    sequence: int = 0
    link: bytes = BEGINNING


def scan(path: Path) -> Scan:
    """Read a volume from front to back; a damaged place in the middle is stepped over."""
    if path.stat().st_size == 0:
        return Scan()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        found, at = Scan(), 0
        while at >= 0:
            head = form.peek(memory, at)
            if head is None or not form.is_sound(memory, at, head):
                at = _resume(memory, at)
                continue
            if head.kind == Kind.CHUNK:
                chunk = form.decode_chunk(memory, at)
                found = replace(found, last_chunk=at, sequence=chunk.sequence)
            found = Scan(
                at + head.size,
                found.frames + 1,
                found.last_chunk,
                found.sequence,
                head.kind == Kind.END,
            )
            at = found.end
        return found


def _resume(memory: mmap.mmap, at: int) -> int:
    head = form.peek(memory, at)
    if head is not None:
        following = form.peek(memory, at + head.size)
        if following is not None and form.is_sound(memory, at + head.size, following):
            return at + head.size
    return form.find_chunk(memory, at + 1)


def recover(folder: Path, key: CourtKey) -> Recovered:
    """Make the newest volume whole, close it and complete the seal; return where the log goes on.

    What is cut is what lies behind the last whole frame and behind the seal: a write that was torn.
    A volume of an older format is left as it is, and the seals begin anew behind it.
    """
    numbers = volume_numbers(folder)
    if not numbers:
        return Recovered()
    if _is_foreign(volume_path(folder, numbers[-1])):
        _log.warning("spool %s: volume %d is of an older format", folder, numbers[-1])
        return Recovered(numbers[-1])
    first = len(numbers) - 1
    while first and not _seal_of(folder, numbers[first]).size:
        first -= 1  # the one before may have been waiting for its seal, too
    link = _seal_of(folder, numbers[first - 1]).link if first else BEGINNING
    sequence = 0
    for number in numbers[first:]:
        if _is_foreign(volume_path(folder, number)):
            link = BEGINNING
            continue
        found, link = _complete(folder, number, link, key)
        sequence = found.sequence or sequence
    for number in reversed(numbers[:first] if not sequence else []):
        pieces = _seal_of(folder, number).pieces
        sequence = max((piece.sequence for piece in pieces), default=0)
        if sequence:
            break
    return Recovered(numbers[-1], sequence, link)


def _is_foreign(path: Path) -> bool:
    with path.open("rb") as file:
        raw = file.read(256)
    head = form.peek(raw, 0)
    if head is None or head.kind != Kind.VOLUME or not form.is_sound(raw, 0, head):
        return False
    try:
        return form.volume_version(raw, 0) != form.FORMAT_VERSION
    except SpoolDamaged:
        return True


def _seal_of(folder: Path, number: int) -> Seal:
    try:
        return parse(seal_path(folder, number).read_bytes())
    except FileNotFoundError:
        return Seal()


def _complete(folder: Path, number: int, previous: bytes, key: CourtKey) -> tuple[Scan, bytes]:
    """Close one volume and its seal; return what it holds and the last link."""
    path = volume_path(folder, number)
    seal = _seal_of(folder, number)
    found = scan(path)
    if not found.closed or path.stat().st_size != found.end:
        _close_volume(path, number, found, seal.end)
    if seal.is_complete and not seal.unsigned:
        return found, seal.link
    if seal.problem and seal_path(folder, number).stat().st_size - seal.size > _UNSYNCED_LINES:
        _log.error("spool %s: the seal of volume %d is damaged: %s", folder, number, seal.problem)
        return found, BEGINNING
    if seal.size:
        file = SealFile.resume(seal_path(folder, number), seal, key)
    else:
        file = SealFile.begin(seal_path(folder, number), folder.name, number, previous, key)
    try:
        file.add([] if seal.is_complete else list(_unsealed(path, seal.end)))
        file.sign()
        file.sync()
    finally:
        file.close()
    sync_folder(folder)
    return found, file.link


def _close_volume(path: Path, number: int, found: Scan, sealed: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        end = min(max(found.end, sealed), size)
        if size > end:
            _log.warning("spool %s: %d bytes of a torn write cut off", path, size - end)
            os.ftruncate(descriptor, end)
        os.lseek(descriptor, 0, os.SEEK_END)
        if not end:
            os.write(descriptor, form.encode_volume(form.VolumeHeader(number), 0))
        os.write(descriptor, form.encode_end(form.VolumeEnd(found.last_chunk, found.frames), 0))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unsealed(path: Path, at: int) -> Iterator[Piece]:
    """Yield the pieces of a closed volume from ``at`` on; what is damaged belongs to one, too."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        end = len(memory) - form.END_SIZE
        begins = [start for start in _chunks(memory, at, end) if start > at]
        if not at and begins:
            begins = begins[1:]  # the first piece holds the volume's header and the first chunk
        for start, stop in zip([at, *begins], [*begins, end], strict=True):
            if start < stop:
                yield _piece(memory, start, stop)
        digest = hashlib.sha256(memory[end:]).digest()
        yield Piece(0, end, form.END_SIZE, 0, 0, digest, is_recovered=True, is_end=True)


def _chunks(memory: mmap.mmap, at: int, end: int) -> Iterator[int]:
    while 0 <= at < end:
        head = form.peek(memory, at)
        if head is None or not form.is_sound(memory, at, head):
            at = _resume(memory, at)
            continue
        if head.kind == Kind.CHUNK:
            yield at
        at += head.size


def _piece(memory: mmap.mmap, start: int, stop: int) -> Piece:
    """Describe a piece as its writer would have done."""
    sequence, from_us, to_us, at = 0, 0, 0, start
    while 0 <= at < stop:
        head = form.peek(memory, at)
        if head is None or not form.is_sound(memory, at, head):
            at = _resume(memory, at)
            continue
        if head.kind == Kind.CHUNK:
            sequence = form.decode_chunk(memory, at).sequence
        if head.kind != Kind.VOLUME:
            from_us, to_us = from_us or head.arrival_us, head.arrival_us
        at += head.size
    digest = hashlib.sha256(memory[start:stop]).digest()
    return Piece(sequence, start, stop - start, from_us, to_us, digest, is_recovered=True)
