"""Keys of the record: one per recording in the key store, one per chunk wrapped beside its volume.

The key store is ``keys/<camera>/<number>.key``: 32 random bytes that only the service's user may
read, named after the first volume of a run of the recorder. A volume's ``.keys`` file holds its
chunks' keys wrapped under that key, 64 bytes a chunk. Closing a chunk afterwards writes its key
anew, wrapped under the key of the same name in ``closed-keys``; no sealed byte changes.

``.keys``, little endian: a front of 64 bytes (magic 8s · volume u64 · sequence of the first chunk
u64 · zeros · crc u32 of the 60 bytes before), then for each chunk sequence u64 · is closed u8
· 3 zero bytes · key id u32 · wrapped key 40s · crc u32 of the 56 bytes before · 4 zero bytes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

from media.errors import SpoolLocked
from media.spool.cipher import KEY_SIZE, ChunkCipher
from media.spool.places import CLOSED_KEYS, KEYS, keys_path, sync_folder
from media.spool.record import ChunkHeader

_MAGIC = b"TINGBOk\x02"
_FRONT = struct.Struct("<8sQQ36sI")
_SLOT = struct.Struct("<QB3xI40sI4x")
_CRC = struct.Struct("<I")
SLOT_SIZE = _SLOT.size


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A chunk's key as it lies in the ``.keys`` file."""

    sequence: int
    key_id: int
    wrapped: bytes
    is_closed: bool = False

    def pack(self) -> bytes:
        """Return the slot."""
        raw = _SLOT.pack(self.sequence, self.is_closed, self.key_id, self.wrapped, 0)
        return raw[:56] + _CRC.pack(zlib.crc32(raw[:56])) + bytes(4)

    @classmethod
    def unpack(cls, raw: bytes) -> WrappedKey | None:
        """Read a slot; None if it is not whole."""
        if len(raw) != SLOT_SIZE:
            return None
        sequence, is_closed, key_id, wrapped, crc = _SLOT.unpack(raw)
        if zlib.crc32(raw[:56]) != crc or not sequence:
            return None
        return cls(sequence, key_id, wrapped, bool(is_closed))


class KeyFile:
    """The ``.keys`` file of one volume; the writer's and whoever closes something."""

    def __init__(self, descriptor: int, first_sequence: int) -> None:
        self.descriptor = descriptor
        self._first = first_sequence

    @classmethod
    def create(cls, path: Path, volume: int, first_sequence: int) -> KeyFile:
        """Make the file of a new volume; raises ``OSError``."""
        front = _FRONT.pack(_MAGIC, volume, first_sequence, b"", 0)[:60]
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, front + _CRC.pack(zlib.crc32(front)), 0)
        except OSError:
            os.close(descriptor)
            raise
        return cls(descriptor, first_sequence)

    @classmethod
    def open(cls, path: Path, *, to_write: bool = False) -> KeyFile:
        """Open the file of a volume; raises ``SpoolLocked`` if it is lost or none."""
        flags = (os.O_RDWR if to_write else os.O_RDONLY) | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags)
        except OSError as problem:
            raise SpoolLocked(f"no keys for {path.with_suffix('.spool').name}") from problem
        raw = os.pread(descriptor, _FRONT.size, 0)
        if len(raw) == _FRONT.size:
            magic, _, first, _, crc = _FRONT.unpack(raw)
            if magic == _MAGIC and crc == zlib.crc32(raw[:60]):
                return cls(descriptor, first)
        os.close(descriptor)
        raise SpoolLocked(f"{path.name} holds no keys")

    def close(self) -> None:
        """Give the file back."""
        os.close(self.descriptor)

    def put(self, key: WrappedKey) -> None:
        """Write a chunk's key in its place, over what is there; raises ``OSError``."""
        if os.pwrite(self.descriptor, key.pack(), self._place(key.sequence)) != SLOT_SIZE:
            raise OSError(errno.ENOSPC, "no room for a key")

    def get(self, sequence: int) -> WrappedKey | None:
        """Return a chunk's key; None if it is not there or not whole."""
        if sequence < self._first:
            return None
        found = WrappedKey.unpack(os.pread(self.descriptor, SLOT_SIZE, self._place(sequence)))
        return found if found is not None and found.sequence == sequence else None

    def first(self) -> WrappedKey | None:
        """Return the key of the volume's first chunk, if there is one yet."""
        return self.get(self._first)

    def _place(self, sequence: int) -> int:
        return _FRONT.size + (sequence - self._first) * SLOT_SIZE


class KeyStore:
    """The keys of a camera's recordings. Without ``may_read_closed`` what was closed stays so."""

    def __init__(self, directory: Path, camera: str, *, may_read_closed: bool = False) -> None:
        self._open = directory / KEYS / camera
        self._closed = directory / CLOSED_KEYS / camera
        self._folder = directory / camera
        self._may_read_closed = may_read_closed
        self._known: dict[tuple[int, bool], bytes] = {}

    def make(self, key_id: int, *, is_closed: bool = False) -> bytes:
        """Return the key of a new recording, on the disk; the same id again is the same key.

        Raises ``SpoolLocked`` if the store cannot be written: nothing is recorded without a key.
        """
        folder = self._closed if is_closed else self._open
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_once(folder / key_name(key_id), os.urandom(KEY_SIZE))
        except OSError as problem:
            raise SpoolLocked(f"the key store cannot be written: {problem.strerror}") from problem
        return self.load(key_id, is_closed=is_closed)

    def load(self, key_id: int, *, is_closed: bool = False) -> bytes:
        """Return the key of a recording; raises ``SpoolLocked``."""
        known = self._known.get((key_id, is_closed))
        if known is not None:
            return known
        folder = self._closed if is_closed else self._open
        try:
            key = (folder / key_name(key_id)).read_bytes()
        except OSError as problem:
            which = "closed key" if is_closed else "key"
            reason = problem.strerror or "lost"
            raise SpoolLocked(f"{which} {key_id} of the record: {reason}") from problem
        if len(key) != KEY_SIZE:
            raise SpoolLocked(f"key {key_id} of the record is damaged")
        self._known[key_id, is_closed] = key
        return key

    def cipher(self, volume: int, chunk: ChunkHeader) -> ChunkCipher:
        """Return the cipher of a chunk; raises ``SpoolLocked`` if it is closed or its key lost."""
        with contextlib.closing(KeyFile.open(keys_path(self._folder, volume))) as file:
            wrapped = file.get(chunk.sequence)
        if wrapped is None:
            raise SpoolLocked(f"volume {volume}: chunk {chunk.sequence} has no key")
        if wrapped.is_closed and not self._may_read_closed:
            raise SpoolLocked(f"volume {volume}: chunk {chunk.sequence} is closed")
        under = self.load(wrapped.key_id, is_closed=wrapped.is_closed)
        return ChunkCipher.unwrapped(wrapped.wrapped, under, chunk.commitment)


def key_name(key_id: int) -> str:
    """Return the name of the file in which a recording's key lies."""
    return f"{key_id:08d}.key"


def write_once(path: Path, data: bytes) -> None:
    """Write a whole file that only the owner reads, unless it is there; raises ``OSError``."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.close(descriptor)
        draft.unlink()
    sync_folder(path.parent)


def place_store(directory: Path, name: str, elsewhere: Path) -> None:
    """Have ``keys`` or ``closed-keys`` of a spool lie elsewhere, by a link.

    Raises ``SpoolLocked`` if that cannot be, or if keys lie at another place already: moving them
    is the court's act.
    """
    link = directory / name
    try:
        elsewhere.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # made before, or by another camera's thread
            link.symlink_to(os.path.relpath(elsewhere, directory), target_is_directory=True)
    except OSError as problem:
        raise SpoolLocked(f"keys cannot lie at {elsewhere}: {problem.strerror}") from problem
    if link.resolve() != elsewhere.resolve():
        raise SpoolLocked(f"{link} is not at {elsewhere}: move the keys there first")
