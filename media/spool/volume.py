"""One volume opened for reading: frames by offset, through a window of bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from media.errors import SpoolDamaged
from media.spool import record as form
from media.spool.record import (
    ChunkHeader,
    Cipher,
    FrameHead,
    Interruption,
    Kind,
    Record,
    VolumeEnd,
)

_WINDOW = 256 * 1024
_SMALL = 256  # holds any chunk header


@dataclass(frozen=True, slots=True)
class Place:
    """A frame found in a volume: where it lies, its front, and the bytes it can be decoded from."""

    offset: int
    head: FrameHead
    buffer: bytes
    at: int

    def record(self, cipher: Cipher) -> Record | None:
        """Return the record in it; None for a frame that holds none."""
        return form.decode(self.buffer, self.at, self.head, self.offset, cipher)

    def chunk(self) -> ChunkHeader:
        """Return the chunk's header in it; raises ``SpoolDamaged``."""
        return form.decode_chunk(self.buffer, self.at)

    def interruption(self) -> Interruption:
        """Return the interruption in it, which needs no key; raises ``SpoolDamaged``."""
        return form.decode_interruption(self.buffer, self.at, self.head)

    def packet_front(self) -> tuple[form.Stream, bool, int]:
        """Return stream, key frame and court time of a packet without copying it."""
        return form.packet_front(self.buffer, self.at)


class Volume:
    """A volume of a camera's log; offsets behind ``limit`` are never touched."""

    def __init__(self, path: Path, number: int) -> None:
        self.number = number
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._buffer, self._base = b"", 0

    def close(self) -> None:
        """Give the file back."""
        os.close(self._descriptor)

    def size(self) -> int:
        """Return the file's size now."""
        return os.fstat(self._descriptor).st_size

    def frame(self, at: int, limit: int) -> Place | None:
        """Return the frame at ``at``, None at the limit; ``SpoolDamaged`` if it is broken."""
        if at >= limit:
            return None
        self._have(at, form.FRAME_SIZE, limit)
        head = form.peek(self._buffer, at - self._base)
        if head is None or at + head.size > limit:
            raise SpoolDamaged(f"volume {self.number}: no frame at {at}")
        self._have(at, head.size, limit)
        if not form.is_sound(self._buffer, at - self._base, head):
            raise SpoolDamaged(f"volume {self.number}: the frame at {at} is not whole")
        return Place(at, head, self._buffer, at - self._base)

    def _have(self, at: int, size: int, limit: int) -> None:
        if self._base <= at and at + size <= self._base + len(self._buffer):
            return
        wanted = min(max(size, _WINDOW), limit - at)
        self._buffer, self._base = os.pread(self._descriptor, wanted, at), at

    def chunk(self, at: int) -> ChunkHeader:
        """Return the chunk header at ``at``; raises ``SpoolDamaged`` if there is none."""
        raw = os.pread(self._descriptor, _SMALL, at)
        head = form.peek(raw, 0)
        if head is None or head.kind != Kind.CHUNK or not form.is_sound(raw, 0, head):
            raise SpoolDamaged(f"volume {self.number}: no chunk at {at}")
        return form.decode_chunk(raw, 0)

    def next_chunk(self, at: int, limit: int) -> int | None:
        """Return where the next whole chunk behind a damaged place begins, if there is one."""
        while at < limit:
            raw = os.pread(self._descriptor, min(limit - at, 8 * _WINDOW), at)
            found = form.find_chunk(raw, 0)
            if found >= 0:
                return at + found
            if len(raw) <= _SMALL:
                break
            at += len(raw) - _SMALL
        return None

    @property
    def is_closed(self) -> bool:
        """Whether its END frame is there: nothing more will be written."""
        return self._end(self.size()) is not None

    def _end(self, limit: int) -> VolumeEnd | None:
        raw = os.pread(self._descriptor, form.END_SIZE, max(0, limit - form.END_SIZE))
        head = form.peek(raw, 0)
        if head is None or head.kind != Kind.END or not form.is_sound(raw, 0, head):
            return None
        return form.decode_end(raw, 0)

    def last_chunk(self, limit: int) -> int:
        """Return where the last chunk before ``limit`` begins, 0 if there is none."""
        end = self._end(limit)
        if end is not None:
            return end.last_chunk
        last, at = 0, self.next_chunk(0, limit)
        while at is not None:
            last = at
            at = self.next_chunk(at + 1, limit)
        return last
