"""Append-only log of one camera: written at once, synced twice a second, whole after a crash."""

from __future__ import annotations

import logging
import mmap
import os
import re
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from media.errors import SpoolFull
from media.spool import record as form
from media.spool.head import Head, Position
from media.spool.record import ChunkHeader, Kind, Packet, Record, StreamDescription

_log = logging.getLogger(__name__)

CHUNK_US = 1_000_000
CHUNK_LEAST_US = 200_000  # all-intra cameras must not make a chunk of every picture
VOLUME_US = 600_000_000
VOLUME_PATIENCE_US = 15_000_000  # how long a full volume waits for a key frame to begin with
VOLUME_BYTES = 256 * 1024 * 1024
SYNC_SECONDS = 0.4
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")
_VOLUME = re.compile(r"(\d{8})\.spool\Z")


def volume_path(folder: Path, number: int) -> Path:
    """Return where a volume of a camera lies."""
    return folder / f"{number:08d}.spool"


def volume_numbers(folder: Path) -> list[int]:
    """Return the numbers of the volumes that are there, in order."""
    try:
        names = [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(found[1]) for name in names if (found := _VOLUME.match(name)))


def camera_folder(directory: Path, camera: str) -> Path:
    """Return the folder of a camera's log; raises ``ValueError`` for an id that cannot be one."""
    if not _NAME.match(camera):
        raise ValueError(f"camera id {camera!r} cannot name a folder")
    return directory / camera


@dataclass(frozen=True, slots=True)
class Scan:
    """What a volume holds: where its last whole frame ends and what its last chunk says."""

    end: int = 0
    frames: int = 0
    last_chunk: int = 0
    sequence: int = 0
    closed: bool = False


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


def recover(folder: Path) -> Scan:
    """Make the newest volume whole after a crash; return what it holds.

    What is cut is what lies behind the last whole frame: a write that was torn. The volume is then
    closed, the recorder begins a new one.
    """
    numbers = volume_numbers(folder)
    if not numbers:
        return Scan()
    path = volume_path(folder, numbers[-1])
    found = scan(path)
    if found.closed:
        return found
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        torn = os.fstat(descriptor).st_size - found.end
        if torn:
            _log.warning("spool %s: %d bytes of a torn write cut off", path, torn)
            os.ftruncate(descriptor, found.end)
        os.lseek(descriptor, 0, os.SEEK_END)
        os.write(descriptor, form.encode_end(form.VolumeEnd(found.last_chunk, found.frames), 0))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return found


class SpoolWriter:
    """Appends what one camera sends. ``append`` and ``close`` belong to one thread.

    A record is seen by readers as soon as ``append`` returns, and is on the disk at most half a
    second later: a thread of its own syncs, so a slow disk does not hold up the feed.
    """

    def __init__(
        self,
        directory: Path,
        camera: str,
        head: Head,
        *,
        volume_us: int = VOLUME_US,
        volume_bytes: int = VOLUME_BYTES,
    ) -> None:
        self._folder = camera_folder(directory, camera)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._camera, self._head = camera, head
        self._volume_us, self._volume_bytes = volume_us, volume_bytes
        found = recover(self._folder)
        numbers = volume_numbers(self._folder)
        self._number = numbers[-1] if numbers else 0
        self._sequence = found.sequence
        self._descriptor = -1
        self._position = Position(self._number, 0)
        self._frames, self._begun_us, self._chunk_us = 0, 0, 0
        self._descriptions: dict[str, StreamDescription] = {}
        self._pending: list[StreamDescription] = []
        self.written_bytes = 0
        self._syncer = _Syncer(f"spool-sync:{camera}", self._folder)

    def append(self, record: Record) -> None:
        """Write a record; raises ``SpoolFull`` if the disk takes no more (nothing is torn then).

        A description is written together with what comes after it.
        """
        self._syncer.check()
        if isinstance(record, StreamDescription):
            if self._descriptions.get(record.stream) != record:
                self._descriptions[record.stream] = record
                self._pending.append(record)
            return
        packet = record if isinstance(record, Packet) else None
        arrival_us = packet.arrival_us if packet else self._head.now_us()
        key = packet is not None and packet.stream == "video" and packet.keyframe
        if self._is_volume_due(arrival_us, key=key):
            self._begin_volume(arrival_us)
        position = self._position
        if self._is_chunk_due(arrival_us, key=key):
            pieces = self._chunk_front(arrival_us, record.court_us)
            position = replace(position, last_chunk=position.committed)
        else:
            pieces = [form.encode(pending, arrival_us) for pending in self._pending]
        at = position.committed + sum(map(len, pieces))
        pieces.append(form.encode(record, arrival_us))
        if key:
            position = replace(
                position,
                key_chunk=position.last_chunk,
                key_offset=at,
                key_court_us=record.court_us,
            )
        self._write(pieces, replace(position, arrival_us=arrival_us))
        self._pending.clear()

    def _is_chunk_due(self, arrival_us: int, *, key: bool) -> bool:
        age = arrival_us - self._chunk_us
        return (
            not self._position.last_chunk
            or not 0 <= age < CHUNK_US
            or (key and age >= CHUNK_LEAST_US)
        )

    def _is_volume_due(self, arrival_us: int, *, key: bool) -> bool:
        if self._descriptor < 0:
            return True
        over = arrival_us - self._begun_us - self._volume_us
        full = over >= 0 or self._position.committed >= self._volume_bytes
        return full and (
            key
            or over >= VOLUME_PATIENCE_US
            or self._position.committed >= self._volume_bytes * 5 // 4
        )

    def _chunk_front(self, arrival_us: int, court_us: int) -> list[bytes]:
        last = self._position
        chunk = ChunkHeader(
            self._sequence + 1,
            court_us,
            last.last_chunk,
            last.key_chunk,
            last.key_offset,
            last.key_court_us,
        )
        described = (form.encode(known, arrival_us) for known in self._descriptions.values())
        return [form.encode_chunk(chunk, arrival_us), *described]

    def _write(self, pieces: list[bytes], position: Position) -> None:
        data = b"".join(pieces)
        begun = position.last_chunk != self._position.last_chunk
        try:
            written = os.write(self._descriptor, data)
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError as problem:
            os.ftruncate(self._descriptor, self._position.committed)
            raise SpoolFull(problem.strerror or "write failed") from problem
        if begun:
            self._sequence += 1
            self._chunk_us = position.arrival_us
        self._frames += len(pieces)
        self.written_bytes += len(data)
        self._position = replace(position, committed=self._position.committed + len(data))
        self._head.publish(self._camera, self._position)
        self._syncer.touch(self._descriptor)

    def _begin_volume(self, arrival_us: int) -> None:
        number = self._number + 1
        header = form.encode_volume(form.VolumeHeader(number), arrival_us)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        path = volume_path(self._folder, number)
        try:
            descriptor = os.open(path, flags, 0o640)
        except OSError as problem:
            raise SpoolFull(problem.strerror or "no new volume") from problem
        try:
            os.write(descriptor, header)
        except OSError as problem:
            os.close(descriptor)
            path.unlink()
            raise SpoolFull(problem.strerror or "no new volume") from problem
        self._end_volume(arrival_us)
        self._number, self._descriptor, self._frames = number, descriptor, 1
        self._begun_us, self._chunk_us = arrival_us, 0
        self._position = Position(number, len(header), arrival_us=arrival_us)
        self._syncer.touch(descriptor)

    def _end_volume(self, arrival_us: int) -> None:
        if self._descriptor < 0:
            return
        end = form.encode_end(form.VolumeEnd(self._position.last_chunk, self._frames), arrival_us)
        try:
            os.write(self._descriptor, end)
        except OSError:  # the volume is whole without it, only slower to search
            os.ftruncate(self._descriptor, self._position.committed)
        self._syncer.retire(self._descriptor)
        self._descriptor = -1

    def close(self) -> None:
        """Close the volume and put everything on the disk; returns when it is there."""
        if self._descriptor >= 0:
            arrival_us = self._head.now_us()
            size = self._position.committed + form.END_SIZE
            self._end_volume(arrival_us)
            self._position = replace(self._position, committed=size)
            self._head.publish(self._camera, self._position)
        self._syncer.close()


class _Syncer:
    """Puts written bytes on the disk from a thread of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self._folder = folder
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._current = -1
        self._retired: list[int] = []
        self._new_name = False
        self._dirty = self._stopping = False
        self._problem: OSError | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise ``SpoolFull`` if the disk refused what was written before."""
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise SpoolFull(problem.strerror or "sync failed") from problem

    def touch(self, descriptor: int) -> None:
        """Say that there is something to sync in the current volume."""
        with self._lock:
            if descriptor != self._current:
                self._current, self._new_name = descriptor, True
            self._dirty = True

    def retire(self, descriptor: int) -> None:
        """Sync and close a volume that is ended."""
        with self._lock:
            self._retired.append(descriptor)
            if descriptor == self._current:
                self._current, self._dirty = -1, False

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
            retired, self._retired = self._retired, []
            current = os.dup(self._current) if self._dirty else -1
            self._dirty, renamed, self._new_name = False, self._new_name, False
        try:
            for descriptor in (*retired, current):
                if descriptor >= 0:
                    os.fdatasync(descriptor)
            if renamed:
                _sync_folder(self._folder)
        except OSError as problem:
            _log.exception("spool %s: sync failed", self._folder)
            self._problem = problem
        finally:
            for descriptor in (*retired, current):
                if descriptor >= 0:
                    os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
