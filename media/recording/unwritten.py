"""What of a rendition is on the air but not on the disk [pure].

A disk that takes nothing must not end a broadcast: its parts go to viewers all the same. Their
lines are owed to the index as gaps, so that its numbers go on without a hole, and the newest bytes
are kept for a server that connects meanwhile.
"""

from __future__ import annotations

import errno
from collections import deque

from media.recording.entry import Entry

# Nine hours of a rendition's lines, 10 MB. Who cannot write for so long has to end.
_MOST_LINES = 100_000
_SEGMENTS_KEPT = 6


class Unwritten:
    """Lines that are owed to the index, and the bytes of the newest parts that were not written."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._bytes: dict[tuple[int, int], bytes] = {}

    def owe(self, entry: Entry, payload: bytes) -> Entry:
        """Take a part that was not written; return how the index is to know it, as a gap.

        Raises ``OSError`` when it cannot remember any more.
        """
        if len(self._lines) >= _MOST_LINES:
            raise OSError(errno.ENOSPC, "the index could not be written for hours")
        missing = entry._replace(gap=True, size=0)
        self._lines.append(missing.line())
        if payload:
            self._bytes[entry.msn, entry.part] = payload
        for key in [key for key in self._bytes if key[0] <= entry.msn - _SEGMENTS_KEPT]:
            del self._bytes[key]
        return missing

    @property
    def lines(self) -> bytes:
        """What the index lacks, in order."""
        return b"".join(self._lines)

    def paid(self) -> None:
        """Forget the lines: they are in the index now."""
        self._lines.clear()

    def payload(self, msn: int, part: int) -> bytes | None:
        """Return the bytes of a part that is not on the disk, as long as they are kept."""
        return self._bytes.get((msn, part))
