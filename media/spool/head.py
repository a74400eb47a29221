"""The head of a spool: the court's time and how far each camera's log is, in shared memory.

The recorder writes it, everybody else of the machine reads it without a system call. Each piece of
state lies there twice, written in turn with a sequence number and a sum, so a reader never takes
half of a change and a writer that is killed in the middle leaves the copy before.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from media.clock import CourtClock, continued
from media.errors import SpoolDamaged

NAME = "head"
BEAT_SECONDS = 0.1
DEAD_NS = 1_000_000_000  # ten beats missed
MAX_CAMERAS = 64
_MAGIC = b"TINGBOh\x01"
_CHANGES = 8
_CLOCK_AT, _CAMERAS_AT = 64, 4096
_CLOCK = struct.Struct("<Qqqqq16sI")
_POSITION = struct.Struct("<QQQQQQqq")
_SUM = struct.Struct("<I")
_COPY = 96
_NAME_SIZE = 64
_CAMERA_SIZE = _NAME_SIZE + 2 * _COPY
_SIZE = _CAMERAS_AT + MAX_CAMERAS * _CAMERA_SIZE
_BUSY_SECONDS = 5.0  # a recorder before this one has three seconds to end


@dataclass(frozen=True, slots=True)
class Position:
    """How far a camera's log is: frames before ``committed`` in ``volume`` are complete.

    Offsets as in ``ChunkHeader``; ``key_*`` tell of the last video key frame of this volume.
    """

    volume: int
    committed: int
    last_chunk: int = 0
    key_chunk: int = 0
    key_offset: int = 0
    key_court_us: int = 0
    arrival_us: int = 0


class _Pair:
    """Two copies of a struct in the map, written in turn."""

    def __init__(self, memory: mmap.mmap, at: int, shape: struct.Struct) -> None:
        self._memory, self._at, self._shape = memory, at, shape
        self._sequence = 0

    def _copy(self, which: int) -> tuple[Any, ...] | None:
        start = self._at + which * _COPY
        raw = self._memory[start : start + self._shape.size + _SUM.size]
        (told,) = _SUM.unpack_from(raw, self._shape.size)
        if zlib.crc32(raw[: self._shape.size]) != told:
            return None
        fields = self._shape.unpack_from(raw)
        return fields if fields[0] else None

    def read(self) -> tuple[Any, ...] | None:
        """Return the newest whole copy (its first field is the sequence number), None if empty."""
        one, other = self._copy(0), self._copy(1)
        if one is None or other is None:
            return one or other
        return one if one[0] > other[0] else other

    def write(self, *fields: int | bytes) -> None:
        if not self._sequence:
            before = self.read()
            self._sequence = before[0] if before else 0
        self._sequence += 1
        raw = self._shape.pack(self._sequence, *fields)
        start = self._at + (self._sequence % 2) * _COPY
        self._memory[start : start + len(raw) + _SUM.size] = raw + _SUM.pack(zlib.crc32(raw))


class Head:
    """The head of a courtroom's spool; ``create`` for the recorder, ``open`` for everybody else."""

    def __init__(self, descriptor: int, memory: mmap.mmap, boot: bytes) -> None:
        self._descriptor, self._memory, self._boot = descriptor, memory, boot
        self._clock = _Pair(memory, _CLOCK_AT, _CLOCK)
        self._counter = memoryview(memory)[_CHANGES : _CHANGES + 8].cast("Q")
        self._lock = threading.Lock()
        self._pairs: dict[str, _Pair] = {}

    @classmethod
    def create(cls, directory: Path) -> Self:
        """Take the spool as its only recorder and start its clock.

        Raises ``SpoolDamaged`` if another recorder goes on holding it for five seconds.
        """
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            _take(descriptor, directory)
            if os.fstat(descriptor).st_size != _SIZE:
                os.ftruncate(descriptor, 0)
                os.ftruncate(descriptor, _SIZE)
            memory = mmap.mmap(descriptor, _SIZE)
        except BaseException:
            os.close(descriptor)
            raise
        if memory[:8] != _MAGIC:
            memory[:] = bytes(_SIZE)
            memory[:8] = _MAGIC
        head = cls(descriptor, memory, _boot_id())
        head._start_clock()
        return head

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Map the head for reading; raises ``FileNotFoundError`` while none has begun."""
        descriptor = os.open(directory / NAME, os.O_RDONLY | os.O_CLOEXEC)
        if os.fstat(descriptor).st_size == _SIZE:
            memory = mmap.mmap(descriptor, _SIZE, access=mmap.ACCESS_READ)
            if memory[:8] == _MAGIC:
                head = cls(descriptor, memory, _boot_id())
                if head._clock.read() is not None:
                    return head
                head._counter.release()
            memory.close()
        os.close(descriptor)
        raise FileNotFoundError(directory / NAME)  # it, or its clock, is being made at this moment

    def close(self) -> None:
        """Let the spool go; a recorder's lock is free afterwards."""
        self._counter.release()
        self._memory.close()
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start_clock(self) -> None:
        state = self._clock.read()
        now_ns, wall_us = time.monotonic_ns(), time.time_ns() // 1000
        before, last_us = None, 0
        if state is not None and state[5] == self._boot:
            before, last_us = CourtClock(state[1], state[2]), state[3]
        self._beat(continued(before, last_us, wall_us, now_ns), now_ns)

    def _beat(self, clock: CourtClock, now_ns: int) -> None:
        court_us = clock.court_us(now_ns)
        self._clock.write(
            clock.anchor_us, clock.anchor_ns, court_us, now_ns, self._boot, os.getpid()
        )

    def beat(self) -> None:
        """Say that the recorder lives; to be called every 100 ms."""
        self._beat(self.clock, time.monotonic_ns())

    @property
    def clock(self) -> CourtClock:
        """The court clock; raises ``SpoolDamaged`` if the head was never started."""
        state = self._clock.read()
        if state is None:
            raise SpoolDamaged("the spool's head holds no clock")
        return CourtClock(state[1], state[2])

    def now_us(self) -> int:
        """Return the court time now, the same in every process of the machine."""
        return self.clock.court_us(time.monotonic_ns())

    @property
    def heartbeat_us(self) -> int:
        """Court time of the recorder's last sign of life; 0 if there was none."""
        state = self._clock.read()
        return state[3] if state else 0

    @property
    def alive(self) -> bool:
        """Whether a recorder runs: its last beat is of this boot and less than a second old."""
        state = self._clock.read()
        if state is None or state[5] != self._boot:
            return False
        beat_ns: int = state[4]
        return time.monotonic_ns() - beat_ns < DEAD_NS

    @property
    def is_of_this_boot(self) -> bool:
        """Whether the head was written since the machine started; if not, trust only the logs."""
        state = self._clock.read()
        boot: bytes = state[5] if state else b""
        return boot == self._boot

    @property
    def changes(self) -> int:
        """A number that grows with each append to any camera: cheap to ask every millisecond."""
        return self._counter[0]

    def position(self, camera: str) -> Position | None:
        """Return how far a camera's log is; None if it was never recorded."""
        pair = self._pairs.get(camera)
        if pair is None:
            at = self._find(camera)
            if at is None:
                return None
            pair = self._pairs[camera] = _Pair(self._memory, at, _POSITION)
        state = pair.read()
        return Position(*state[1:]) if state else None

    def publish(self, camera: str, position: Position) -> None:
        """Tell how far a camera's log is; only the recorder, one thread per camera."""
        pair = self._pairs.get(camera)
        if pair is None:
            with self._lock:
                pair = self._pairs[camera] = _Pair(self._memory, self._place(camera), _POSITION)
        pair.write(
            position.volume,
            position.committed,
            position.last_chunk,
            position.key_chunk,
            position.key_offset,
            position.key_court_us,
            position.arrival_us,
        )
        with self._lock:
            self._counter[0] += 1

    def cameras(self) -> list[str]:
        """Return the cameras that have a log here."""
        return [name for _, name in self._names() if name]

    def _names(self) -> Iterator[tuple[int, str]]:
        for index in range(MAX_CAMERAS):
            start = _CAMERAS_AT + index * _CAMERA_SIZE
            raw = self._memory[start : start + _NAME_SIZE]
            yield start + _NAME_SIZE, raw.rstrip(b"\0").decode("utf-8", "replace")

    def _find(self, camera: str) -> int | None:
        return next((at for at, name in self._names() if name == camera), None)

    def _place(self, camera: str) -> int:
        found = self._find(camera)
        if found is not None:
            return found
        name = camera.encode()
        free = next((at for at, taken in self._names() if not taken), None)
        if free is None or len(name) > _NAME_SIZE:
            raise SpoolDamaged(f"no place in the spool's head for camera {camera}")
        self._memory[free - _NAME_SIZE : free] = name.ljust(_NAME_SIZE, b"\0")
        return free


def _take(descriptor: int, directory: Path) -> None:
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > deadline:
            raise SpoolDamaged(f"another recorder holds {directory}")
        time.sleep(0.05)


def _boot_id() -> bytes:
    with contextlib.suppress(OSError, ValueError):
        text = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return bytes.fromhex(text.strip().replace("-", ""))
    return b"\1" * 16  # no such file: every start of the machine looks the same
