"""Court time for a worker: the recorder's clock as soon as there is one."""

from __future__ import annotations

import time
from pathlib import Path

from media.spool.head import Head

_LOOK_AGAIN_S = 0.5


class SpoolClock:
    """Reads the spool's head; until a recorder has made one, this machine's clock stands in."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self._head: Head | None = None
        self._look_at = 0.0
        self._anchor_us = time.time_ns() // 1000 - time.monotonic_ns() // 1000

    @property
    def head(self) -> Head | None:
        """The spool's head, looked for again every half second while there is none."""
        if self._head is None and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _LOOK_AGAIN_S
            try:
                self._head = Head.open(self._spool)
            except OSError:
                return None
        return self._head

    def now_us(self) -> int:
        """Return the court time now."""
        head = self.head
        if head is not None:
            return head.now_us()
        return self._anchor_us + time.monotonic_ns() // 1000

    def close(self) -> None:
        """Let the head go."""
        if self._head is not None:
            self._head.close()
            self._head = None
