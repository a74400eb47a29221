"""Closes a part of the record: its chunks' keys are wrapped anew, and no sealed byte changes.

After that whoever has the keys of the recordings, but not the closed ones, reads nothing of it. The
old wrapping is overwritten in place and synced. What this cannot reach is said in
``docs/record-format.md``: backups of the ``.keys`` file made before, and what a disk keeps of
overwritten blocks.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from media.errors import SpoolDamaged, SpoolLocked
from media.spool.cipher import ChunkCipher
from media.spool.fronts import seals_since
from media.spool.keys import KeyFile, KeyStore, WrappedKey
from media.spool.places import keys_path, volume_path
from media.spool.record import ChunkHeader, Kind
from media.spool.seal import Piece
from media.spool.volume import Volume

# What was shown at a time arrives soon after it, and may have been held up in a camera's buffer.
_LATEST_US = 30_000_000
_EARLIEST_US = 2_000_000


def close_range(directory: Path, camera: str, from_us: int, to_us: int) -> int:
    """Close every chunk of a camera that holds something of [from_us, to_us); return how many.

    Chunks across the edge belong to the closed side. Chunks that are closed already stay so, and
    are counted. Raises ``SpoolLocked`` if a key that must be wrapped cannot be read.
    """
    store = KeyStore(directory, camera)
    folder = directory / camera
    count = 0
    for number, seal in seals_since(folder, from_us - _EARLIEST_US).items():
        near = [
            piece
            for piece in seal.pieces
            if not piece.is_end
            and piece.to_us >= from_us - _EARLIEST_US
            and piece.from_us <= to_us + _LATEST_US
        ]
        if not near:
            continue
        with contextlib.closing(Volume(volume_path(folder, number), number)) as volume:
            chunks = [
                chunk
                for piece in near
                if (chunk := _touched(volume, piece, from_us, to_us)) is not None
            ]
        _rewrap(keys_path(folder, number), chunks, store)
        count += len(chunks)
    return count


def _touched(volume: Volume, piece: Piece, from_us: int, to_us: int) -> ChunkHeader | None:
    """Return the chunk in a piece if it holds something of the range, or cannot be read."""
    found: ChunkHeader | None = None
    is_touched = False
    try:
        for kind, court_us, chunk in _frames(volume, piece):
            found = chunk or found
            is_touched |= kind == Kind.PACKET and from_us <= court_us < to_us
    except SpoolDamaged:
        is_touched = True
    return found if is_touched else None


def _frames(volume: Volume, piece: Piece) -> Iterator[tuple[int, int, ChunkHeader | None]]:
    at = piece.offset
    while (place := volume.frame(at, min(piece.end, volume.size()))) is not None:
        chunk = place.chunk() if place.head.kind == Kind.CHUNK else None
        court_us = place.packet_front()[2] if place.head.kind == Kind.PACKET else 0
        yield place.head.kind, court_us, chunk
        at += place.head.size


def _rewrap(path: Path, chunks: list[ChunkHeader], store: KeyStore) -> None:
    if not chunks:
        return
    with contextlib.closing(KeyFile.open(path, to_write=True)) as file:
        for chunk in chunks:
            known = file.get(chunk.sequence)
            if known is None or known.is_closed:
                continue  # without a key nobody can read it either
            try:
                under = store.load(known.key_id)
                cipher = ChunkCipher.unwrapped(known.wrapped, under, chunk.commitment)
            except SpoolLocked as problem:
                raise SpoolLocked(
                    f"chunk {chunk.sequence} cannot be closed: {problem}"
                ) from problem
            wrapped = cipher.wrapped(store.make(known.key_id, is_closed=True))
            file.put(WrappedKey(chunk.sequence, known.key_id, wrapped, is_closed=True))
        os.fdatasync(file.descriptor)


def is_closed(directory: Path, camera: str, from_us: int, to_us: int) -> bool:
    """Whether any chunk with something that arrived between two times is closed."""
    folder = directory / camera
    for number, seal in seals_since(folder, from_us).items():
        wanted = [
            piece.sequence
            for piece in seal.pieces
            if not piece.is_end and piece.to_us >= from_us and piece.from_us <= to_us
        ]
        if not wanted:
            continue
        with contextlib.suppress(SpoolLocked):
            with contextlib.closing(KeyFile.open(keys_path(folder, number))) as file:
                keys = [file.get(sequence) for sequence in wanted]
            if any(key is not None and key.is_closed for key in keys):
                return True
    return False
