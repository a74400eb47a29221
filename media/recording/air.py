"""``air.log``: from when on the public saw what; a line for each change, readable after any crash.

In the folder of the public recording. A line is the place on the stream's own time line and the
court time (both µs), what is seen, and a check sum, separated by blanks::

    media_us court_us air crc32

It is written before the part that shows it is published. A later line says anew what holds from its
place on: a worker that succeeds another one shows its last moments again. The line of the end has
``-`` for what is seen.
"""

from __future__ import annotations

import logging
import os
import re
import zlib
from pathlib import Path

from media.messages import AirChange

AIR = "air.log"
_LONGEST_FILE = 1 << 20  # what is behind it is not believed: no broadcast changes so often
_MOST_OWED = 64 * 1024
_OVER = b"-"
_LINE = re.compile(rb"(-?\d{1,18}) (-?\d{1,18}) ([a-z]{1,20}|-)")
_log = logging.getLogger(__name__)


def line_of(change: AirChange) -> bytes:
    """Return the line of a change, with its end."""
    text = b"%d %d %s" % (change.media_us, change.court_us, change.air.encode() or _OVER)
    return b"%s %08x\n" % (text, zlib.crc32(text))


def parse(data: bytes) -> list[AirChange]:
    """Read a log; lines that are not whole are passed over."""
    changes = []
    for line in data.split(b"\n"):
        text, _, check = line.rpartition(b" ")
        found = _LINE.fullmatch(text)
        if found and check == b"%08x" % zlib.crc32(text):
            air = b"" if found[3] == _OVER else found[3]
            changes.append(AirChange(int(found[1]), int(found[2]), air.decode()))
    return changes


def read_air(directory: Path) -> list[AirChange]:
    """Return what is written with a public recording; nothing if it cannot be read."""
    try:
        with (directory / AIR).open("rb") as file:
            return parse(file.read(_LONGEST_FILE))
    except OSError:
        return []


class AirLog:
    """The log of one public recording, for its worker.

    A disk that takes nothing costs lines and not the broadcast: what is owed is written when there
    is room.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / AIR
        self._owed = b""

    def append(self, change: AirChange) -> None:
        """Write a change, or owe it."""
        self._owed += line_of(change)
        try:
            self._write()
        except OSError as problem:
            _log.warning("%s cannot be written: %s", AIR, problem.strerror)
            if len(self._owed) > _MOST_OWED:
                self._owed = b""

    def _write(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            # What a crash has torn must not swallow the next line.
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            data = b"\n" * torn + self._owed
            if os.write(descriptor, data) < len(data):
                os.ftruncate(descriptor, size)
                return
            self._owed = b""
        finally:
            os.close(descriptor)
