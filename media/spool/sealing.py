"""Writes the seal of a volume, line by line, behind the bytes that it seals."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from media.spool.seal import SIGNED, Chain, Piece, Seal, first_words, signed_words
from media.spool.signature import CourtKey

# At about a piece a second, what an intruder could seal anew is the last minute and no more.
PIECES_PER_SIGNATURE = 60


class SealFile:
    """The seal of one volume. A call that raises ``OSError`` leaves file and chain as they were."""

    def __init__(self, path: Path, key: CourtKey, chain: Chain, size: int, unsigned: int) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._key, self._chain, self._size, self._unsigned = key, chain, size, unsigned

    @classmethod
    def begin(
        cls, path: Path, camera: str, volume: int, previous: bytes, key: CourtKey
    ) -> SealFile:
        """Begin the seal of a new volume; ``previous`` is the last link of the one before."""
        file = cls(path, key, Chain(previous), 0, 0)
        try:
            os.ftruncate(file._descriptor, 0)
            file._write([first_words(camera, volume, previous)])
        except OSError:
            file.close()
            raise
        return file

    @classmethod
    def resume(cls, path: Path, seal: Seal, key: CourtKey) -> SealFile:
        """Go on with a seal that was read; what lies behind its last whole line is cut off."""
        file = cls(path, key, Chain(seal.link), seal.size, seal.unsigned)
        os.ftruncate(file._descriptor, seal.size)
        return file

    @property
    def link(self) -> bytes:
        """The link of the last line."""
        return self._chain.link

    def add(self, pieces: Sequence[Piece]) -> None:
        """Seal pieces whose bytes are on the disk."""
        for piece in pieces:
            self._write([piece.words()])
            self._unsigned += 1
            if self._unsigned >= PIECES_PER_SIGNATURE:
                self.sign()

    def sign(self) -> None:
        """Sign everything up to here, unless it is."""
        if self._unsigned:
            signature = self._key.sign(SIGNED + self.link)
            self._write([signed_words(self._key.fingerprint, signature)])
            self._unsigned = 0

    def sync(self) -> None:
        """Put the lines on the disk."""
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._descriptor)

    def _write(self, lines: Sequence[str]) -> None:
        before = self._chain.link
        data = b"".join(self._chain.line(words) for words in lines)
        try:
            written = os.pwrite(self._descriptor, data, self._size)
            while written < len(data):
                written += os.pwrite(self._descriptor, data[written:], self._size + written)
        except OSError:
            self._chain.link = before
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)
