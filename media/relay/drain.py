"""How the relay's sockets are read: at once while little comes, else some hundred times a second.

Hundreds of viewers send a few datagrams a second each. To wake up for every one of them costs more
than to answer it, so what comes in a pause is read in one go.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

PAUSE_SECONDS, CALM_PAUSE_SECONDS, IDLE_PAUSE_SECONDS = 0.01, 0.02, 0.05
"""What a datagram may wait where many come: little beside a network's own jitter. The second where
nobody has wanted anything of late and all that comes are reports and checks, the third where
nobody has lost anything for long: then it is mostly read with the next picture (``look``)."""
HURRY_SECONDS, CALM_SECONDS = 2.0, 30.0
"""How long the first holds after somebody joined or wanted something, the second after a loss."""
_LOOK_SECONDS = 0.25
_WINDOW_SECONDS = 0.1
_MANY = 12
"""Datagrams (or wake-ups) within a window from which on a pause is cheaper than waking up."""
MOST_AT_ONCE = 256
_MOST_DATAGRAM_BYTES = 2048

Take = Callable[[bytes, Any], None]
Read = Callable[[], int]
"""Reads what is there, within bounds; returns how many datagrams came."""


def datagrams(source: socket.socket, take: Take) -> Read:
    """Return what reads a socket; ``take`` gets datagram and address of all."""
    return partial(_read, source, take)


def _read(source: socket.socket, take: Take) -> int:
    for found in range(MOST_AT_ONCE):
        try:
            data, address = source.recvfrom(_MOST_DATAGRAM_BYTES)
        except BlockingIOError:
            return found
        except OSError:  # an ICMP error of what was sent before
            continue
        take(data, address)
    return MOST_AT_ONCE


class Drain:
    """Has one UDP socket read for the running event loop."""

    def __init__(self, source: socket.socket, read: Read) -> None:
        self._source, self._read = source, read
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._since, self._count = self._loop.time(), 0
        self._hurry_until = self._calm_until = self._read_at = 0.0
        self._loop.add_reader(source, self._on_readable)

    @property
    def is_pausing(self) -> bool:
        """Whether so much comes that it is read at intervals."""
        return self._timer is not None

    def hurry(self, *, has_lost: bool = False) -> None:
        """Make short pauses for a while, for who joins; shorter ones for longer after a loss."""
        now = self._loop.time()
        self._hurry_until = now + HURRY_SECONDS
        if has_lost:
            self._calm_until = now + CALM_SECONDS

    def look(self) -> None:
        """Read now instead of soon, for who calls is awake anyway; not if that was just done."""
        now = self._loop.time()
        if self._timer is not None and now - self._read_at >= PAUSE_SECONDS:
            self._timer.cancel()
            self._on_time()
        elif self._timer is None and now - self._read_at >= _LOOK_SECONDS:
            self._read_at = now
            self._read()  # who reads also sees to what is due without anybody asking

    def close(self) -> None:
        """Read no more; the socket is not closed."""
        if self._timer is not None:
            self._timer.cancel()
        else:
            self._loop.remove_reader(self._source)

    def _on_readable(self) -> None:
        self._read()
        self._count += 1
        now = self._loop.time()
        if now - self._since >= _WINDOW_SECONDS:
            self._since, self._count = now, 0
        elif self._count >= _MANY:
            self._loop.remove_reader(self._source)
            self._since, self._count = now, 0
            self._pause(now)

    def _on_time(self) -> None:
        found = self._read()
        self._count += found
        now = self._read_at = self._loop.time()
        if now - self._since >= _WINDOW_SECONDS:
            is_quiet, self._since, self._count = self._count < _MANY, now, 0
            if is_quiet:
                self._timer = None
                self._loop.add_reader(self._source, self._on_readable)
                return
        if found >= MOST_AT_ONCE:
            self._timer = self._loop.call_later(0.0, self._on_time)
        else:
            self._pause(now)

    def _pause(self, now: float) -> None:
        pause = IDLE_PAUSE_SECONDS
        if now < self._hurry_until:
            pause = PAUSE_SECONDS
        elif now < self._calm_until:
            pause = CALM_PAUSE_SECONDS
        self._timer = self._loop.call_at(now + pause, self._on_time)
