"""A volume while it is written: its bytes, its chunks' keys and, behind both, its seal."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import threading
from pathlib import Path

from media.errors import SpoolFull
from media.spool.keys import KeyFile, WrappedKey
from media.spool.places import keys_path, seal_path, sync_folder, volume_path
from media.spool.seal import Piece
from media.spool.sealing import SealFile
from media.spool.signature import CourtKey

_log = logging.getLogger(__name__)
SYNC_SECONDS = 0.4


class OpenPiece:
    """The digest of the chunk that is being written; ``sequence`` 0 until it has begun."""

    def __init__(self, offset: int) -> None:
        self.sequence = 0
        self._offset, self._size = offset, 0
        self._from_us = self._to_us = 0
        self._hash = hashlib.sha256()

    def add(self, data: bytes, arrival_us: int) -> None:
        """Take bytes that were written."""
        self._hash.update(data)
        self._size += len(data)
        self._from_us, self._to_us = self._from_us or arrival_us, arrival_us

    def finish(self) -> Piece | None:
        """Return the piece; None if nothing was written."""
        if not self._size:
            return None
        return Piece(
            self.sequence,
            self._offset,
            self._size,
            self._from_us,
            self._to_us,
            self._hash.digest(),
        )


class WritableVolume:
    """The files of a volume; ``sync`` belongs to the syncer, all else to the feed."""

    def __init__(self, folder: Path, camera: str, number: int, first_sequence: int) -> None:
        self._folder, self._camera, self.number = folder, camera, number
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        path = volume_path(folder, number)
        self._descriptor = os.open(path, flags, 0o640)
        try:
            self._keys = KeyFile.create(keys_path(folder, number), number, first_sequence)
        except OSError:
            os.close(self._descriptor)
            path.unlink()
            raise
        self._seal: SealFile | None = None
        self._lock = threading.Lock()
        self._pending: list[Piece] = []
        self._has_new_keys = self._is_dirty = self._is_new = True
        self._is_retired = self.is_closed = False

    def discard(self) -> None:
        """Take a volume back into which nothing could be written."""
        self._close()
        volume_path(self._folder, self.number).unlink()
        keys_path(self._folder, self.number).unlink()

    def write(self, data: bytes, committed: int) -> None:
        """Append; raises ``OSError`` and leaves ``committed`` bytes if not all can be written."""
        try:
            written = os.write(self._descriptor, data)
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError:
            os.ftruncate(self._descriptor, committed)
            raise
        self._is_dirty = True

    def put_key(self, key: WrappedKey) -> None:
        """Keep a chunk's key before its first frame is written; raises ``OSError``."""
        self._keys.put(key)
        self._has_new_keys = True

    def finish_piece(self, piece: Piece | None) -> None:
        """Have a piece sealed as soon as its bytes are on the disk."""
        if piece is not None:
            with self._lock:
                self._pending.append(piece)

    def retire(self) -> None:
        """Have everything sealed, signed and closed: nothing more will be written."""
        self._is_retired = True

    def sync(self, previous: bytes, key: CourtKey) -> None:
        """Put keys, bytes and then the seal of these bytes on the disk; raises ``OSError``.

        In this order no power cut leaves a seal whose bytes are lost. ``previous`` is the last
        link of the volume before.
        """
        is_last = self._is_retired
        with self._lock:
            pieces = list(self._pending)
        self._sync_bytes()
        self._seal_pieces(pieces, previous, key, is_last=is_last)
        if is_last:
            self._close()

    def _sync_bytes(self) -> None:
        # Taken back first: what is written meanwhile is for the next time.
        had_new_keys, self._has_new_keys = self._has_new_keys, False
        was_dirty, self._is_dirty = self._is_dirty, False
        try:
            if had_new_keys:
                os.fdatasync(self._keys.descriptor)
            if was_dirty:
                os.fdatasync(self._descriptor)
        except OSError:
            # Tried again before anything of it is sealed, also if nothing more is written.
            self._has_new_keys = self._is_dirty = True
            raise

    def _seal_pieces(
        self, pieces: list[Piece], previous: bytes, key: CourtKey, *, is_last: bool
    ) -> None:
        if self._seal is None:
            path = seal_path(self._folder, self.number)
            self._seal = SealFile.begin(path, self._camera, self.number, previous, key)
        if self._is_new:
            sync_folder(self._folder)
            self._is_new = False
        for piece in pieces:
            self._seal.add([piece])
            with self._lock:
                self._pending.remove(piece)
        if is_last:
            self._seal.sign()
        if pieces or is_last:
            self._seal.sync()

    @property
    def link(self) -> bytes | None:
        """The last link of its seal; None if it has none yet."""
        return self._seal.link if self._seal is not None else None

    def _close(self) -> None:
        self.is_closed = True
        os.close(self._descriptor)
        self._keys.close()
        if self._seal is not None:
            self._seal.close()


class Syncer:
    """Puts written bytes on the disk and seals them, in a thread of its own."""

    def __init__(self, name: str, link: bytes, key: CourtKey) -> None:
        self._link, self._key = link, key
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._volumes: list[WritableVolume] = []
        self._stopping = False
        self._problem: OSError | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise ``SpoolFull`` if the disk refused what was written before."""
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise SpoolFull(problem.strerror or "sync failed") from problem

    def add(self, volume: WritableVolume) -> None:
        """Take care of a volume until it is retired."""
        with self._lock:
            self._volumes.append(volume)

    def close(self) -> None:
        """Sync all that is left and end."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(SYNC_SECONDS)
            self._sync()
        self._sync()

    def _sync(self) -> None:
        with self._lock:
            volumes = list(self._volumes)
        for volume in volumes:
            try:
                volume.sync(self._link, self._key)
            except OSError as problem:
                _log.exception("spool %s: sync failed", self._thread.name)
                self._problem = problem
                return  # the next volume's seal needs this one's last link
            if not volume.is_closed:
                return
            self._link = volume.link or self._link
            with self._lock, contextlib.suppress(ValueError):
                self._volumes.remove(volume)
