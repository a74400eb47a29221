"""The second store: the same bytes on another disk, copied behind the first and never before it.

法释〔2017〕5号 Art. 5 asks for a copy (rule B-26). Only what the first store has sealed is
copied, so the second holds the same bytes and seals, at most two seconds behind, and never
something that the first has cut after a crash. Copying from the files is the only way in, for the
newest second as for a day that the disk was away: nothing is queued, and a disk that is slow or
dead holds up a thread of its own and nothing else. The recordings' keys are not copied: who has the
second disk alone cannot read it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from media.errors import SpoolDamaged
from media.spool.places import (
    PUBLIC_KEY,
    SHEETS,
    camera_names,
    keys_path,
    seal_path,
    sync_folder,
    volume_numbers,
    volume_path,
)
from media.spool.seal import Seal, parse

_log = logging.getLogger(__name__)

ROUND_SECONDS = 0.5
LATE_SECONDS = 10.0  # a copy this far behind is told as trouble
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 30.0
_BLOCK = 1 << 20


class Mirror:
    """Copies one courtroom's spool; remembers what is done: a round costs a few ``stat``."""

    def __init__(self, first: Path, second: Path) -> None:
        self._first, self._second = first, second
        self._done: dict[Path, tuple[int, int]] = {}
        self._settled: dict[str, int] = {}  # volumes up to this one are the same in both

    def catch_up(self, is_stopping: Callable[[], bool] = lambda: False) -> bool:
        """Copy all that is sealed and not there; False if it was stopped before the end.

        Raises ``OSError`` of the second disk, and ``SpoolDamaged`` if another record lies there.
        """
        self._second.mkdir(parents=True, exist_ok=True)
        for camera in camera_names(self._first):
            if not self._copy_camera(camera, is_stopping):
                return False
        for path in (self._first / PUBLIC_KEY, *(self._first / SHEETS).glob("*.sheet")):
            self._copy_whole(path)
        return True

    def renew_keys(self) -> None:
        """Copy wrapped keys that are others now, of volumes that are there, and nothing else.

        This may be done while another mirror copies. Raises ``OSError`` of the second disk.
        """
        for camera in camera_names(self._first):
            for number in volume_numbers(self._second / camera):
                ours = keys_path(self._first / camera, number)
                theirs = keys_path(self._second / camera, number)
                with contextlib.suppress(FileNotFoundError):
                    if ours.stat().st_mtime_ns != theirs.stat().st_mtime_ns:
                        self._copy_keys(ours, theirs)

    def _copy_camera(self, camera: str, is_stopping: Callable[[], bool]) -> bool:
        numbers = volume_numbers(self._first / camera)
        settled = self._settled.get(camera, 0)
        for number in numbers:
            if number <= settled or (number < numbers[-1] and self._is_same(camera, number)):
                continue
            if is_stopping() or not self._copy_volume(camera, number, is_stopping):
                return False
        for number in numbers[:-2]:  # of the last two, one may still wait for its seal
            if number > settled:
                if not self._is_same(camera, number):
                    break
                settled = number
        self._settled[camera] = settled
        return True

    def _is_same(self, camera: str, number: int) -> bool:
        """Whether a volume that is over looks the same in both, by what ``stat`` tells.

        A seal is synced last, so one of full length has everything behind it. (The newest may have
        been torn by a power cut: it is compared.)
        """
        first, second = self._first / camera, self._second / camera
        try:
            keys, their_keys = keys_path(first, number).stat(), keys_path(second, number).stat()
            return keys.st_mtime_ns == their_keys.st_mtime_ns and all(
                place(first, number).stat().st_size == place(second, number).stat().st_size
                for place in (volume_path, seal_path)
            )
        except FileNotFoundError:
            return False

    def _copy_volume(self, camera: str, number: int, is_stopping: Callable[[], bool]) -> bool:
        folder, other = self._first / camera, self._second / camera
        source = seal_path(folder, number)
        try:
            state = (source.stat().st_size, keys_path(folder, number).stat().st_mtime_ns)
        except FileNotFoundError:
            return True  # nothing of it is sealed yet
        if self._done.get(source) == state:
            return True
        raw = _durable(source)
        seal = parse(raw)
        raw = raw[: seal.size]
        is_new = not other.is_dir() or not seal_path(other, number).exists()
        other.mkdir(parents=True, exist_ok=True)
        theirs = _theirs(seal_path(other, number), raw)
        if not self._copy_bytes(camera, number, (theirs.end, seal.end), is_stopping):
            return False
        self._copy_keys(keys_path(folder, number), keys_path(other, number))
        _overwrite(seal_path(other, number), raw[theirs.size :], theirs.size, 0o640)
        if is_new:
            sync_folder(other)
        self._done[source] = state
        return True

    def _copy_bytes(
        self, camera: str, number: int, span: tuple[int, int], is_stopping: Callable[[], bool]
    ) -> bool:
        at, end = span
        target = os.open(
            volume_path(self._second / camera, number),
            os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC,
            0o640,
        )
        try:
            with volume_path(self._first / camera, number).open("rb") as source:
                source.seek(at)
                while at < end:
                    if is_stopping():
                        return False
                    data = source.read(min(_BLOCK, end - at))
                    if not data:
                        raise SpoolDamaged(f"volume {number} of camera {camera} is cut")
                    at += os.pwrite(target, data, at)
                    source.seek(at)
            os.ftruncate(target, end)
            os.fdatasync(target)
        finally:
            os.close(target)
        return True

    def _copy_keys(self, ours: Path, theirs: Path) -> None:
        about = ours.stat()
        _overwrite(theirs, ours.read_bytes(), 0, 0o600)
        os.utime(theirs, ns=(about.st_atime_ns, about.st_mtime_ns))

    def _copy_whole(self, path: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            about = path.stat()
            state = (about.st_size, about.st_mtime_ns)
            if self._done.get(path) == state:
                return
            target = self._second / path.relative_to(self._first)
            target.parent.mkdir(exist_ok=True)
            _overwrite(target, path.read_bytes(), 0, 0o644)
            self._done[path] = state


def _durable(path: Path) -> bytes:
    """Return a seal's lines that a power cut leaves: the copy must not know more than the first."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        os.fdatasync(descriptor)
        return os.pread(descriptor, size, 0)
    finally:
        os.close(descriptor)


def _theirs(path: Path, ours: bytes) -> Seal:
    """Return the seal of the copy so far; raises ``SpoolDamaged`` if it is of another record."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Seal()
    seal = parse(raw)
    if not ours.startswith(raw[: seal.size]):
        raise SpoolDamaged(f"{path} seals another record: it is left as it is")
    return seal


def _overwrite(path: Path, data: bytes, at: int, mode: int) -> None:
    """Have a file end with ``data`` from ``at`` on, durably and in place.

    In place, because a key that was wrapped anew must not leave its old wrapping behind.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        written = 0
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], at + written)
        os.ftruncate(descriptor, at + len(data))
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


class SecondStore:
    """Keeps a mirror going in a thread of its own, and tells how it fares."""

    def __init__(self, first: Path, second: Path) -> None:
        self._mirror = Mirror(first, second)
        self._stop = threading.Event()
        self._done_at = time.monotonic()
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="second-store", daemon=True)
        self._thread.start()

    @property
    def is_late(self) -> bool:
        """Whether the copy fails or is more than ten seconds behind."""
        return bool(self._problem) or time.monotonic() - self._done_at > LATE_SECONDS

    def close(self, seconds: float) -> None:
        """Copy what is sealed now, for so long at most; the rest is copied the next time."""
        self._stop.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._stop.wait(ROUND_SECONDS):
            if self._round():
                pause = _FIRST_PAUSE_SECONDS
            else:
                self._stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        self._round()

    def _round(self) -> bool:
        try:
            self._mirror.catch_up()
        except (OSError, SpoolDamaged) as problem:
            if str(problem) != self._problem:
                _log.warning("the second store: %s", problem)
            self._problem = str(problem)
            return False
        self._problem, self._done_at = "", time.monotonic()
        return True
