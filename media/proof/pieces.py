"""A file's digests: of all of it, and of its pieces, so that a browser can check it in slices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from media.proof.tree import PIECE, merkle_root

PIECES_SUFFIX = ".pieces"  # beside a film: the digests of its pieces, 32 bytes each


@dataclass(frozen=True, slots=True)
class Digests:
    """Of a file: size, SHA-256 of all of it and of its pieces, and the Merkle root over these."""

    size: int
    sha256: str
    pieces: tuple[bytes, ...]

    @property
    def root(self) -> str:
        """The root that names the file."""
        return merkle_root(self.pieces).hex()


def digests_of(path: Path, on_read: Callable[[int], None] = lambda _: None) -> Digests:
    """Read a file once; ``on_read`` hears how many bytes were read so far. Raises ``OSError``."""
    whole, pieces, size = hashlib.sha256(), [], 0
    with path.open("rb") as file:
        while data := file.read(PIECE):
            whole.update(data)
            pieces.append(hashlib.sha256(data).digest())
            size += len(data)
            on_read(size)
    return Digests(size, whole.hexdigest(), tuple(pieces))
