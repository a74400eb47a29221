"""What comes from a publisher in one thread, until the feed's thread takes it.

Bounded in bytes: a feed that does not keep up loses its publisher rather than the machine its
memory, and the record tells of the interruption.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from media.errors import FeedLost, FeedUnavailable
from media.feeds import issues

MAX_HELD_BYTES = 32 * 1024 * 1024
MAX_BEGUN = 8  # publishers that came and went while nobody read
_OVERHEAD = 256  # what an item costs besides its bytes
TOLD_SECONDS = 30.0  # how long a refused publisher is told of while nobody else pushes
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Begun:
    """A publisher came."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """It went, and why."""

    code: str


class Mailbox(Generic[T]):
    """One camera's place at a listener. ``put`` and its like belong to the listener's thread."""

    def __init__(self, max_held_bytes: int = MAX_HELD_BYTES) -> None:
        self._max_held_bytes = max_held_bytes
        self._changed = threading.Condition()
        self._items: deque[tuple[T, int, int] | _Begun | _Ended] = deque()
        self._held_bytes = self._begun = 0
        self._let_go: Callable[[], None] | None = None
        self._noticed: str = ""
        self._noticed_at = float("-inf")
        self.overflows = 0

    @property
    def is_taken(self) -> bool:
        """Whether a publisher is there."""
        return self._let_go is not None

    def begin(self, let_go: Callable[[], None]) -> None:
        """A publisher came; ``let_go`` ends it, from any thread."""
        with self._changed:
            if self._begun >= MAX_BEGUN:
                self.overflows += 1
                while self._items:
                    self._pop()
            self._let_go = let_go
            self._begun += 1
            self._items.append(_Begun())
            self._changed.notify()

    def put(self, item: T, size: int, arrival_us: int) -> bool:
        """Take what came; False if there is no room: the publisher has to go."""
        with self._changed:
            size += _OVERHEAD
            if self._held_bytes + size > self._max_held_bytes:
                self.overflows += 1
                return False
            self._held_bytes += size
            self._items.append((item, size, arrival_us))
            self._changed.notify()
        return True

    def end(self, code: str) -> None:
        """The publisher went."""
        with self._changed:
            if self._let_go is not None:
                self._let_go = None
                self._items.append(_Ended(code))
                self._changed.notify()

    def notice(self, code: str) -> None:
        """Somebody was refused."""
        with self._changed:
            self._noticed, self._noticed_at = code, time.monotonic()
            self._changed.notify()

    def noticed(self) -> str:
        """Return what was noticed since the last call, or nothing."""
        with self._changed:
            code, self._noticed = self._noticed, ""
            return code

    def wait_for_publisher(self, seconds: float) -> None:
        """Wait until a publisher is there; raises ``FeedUnavailable`` if none comes."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                while self._items:
                    if isinstance(self._pop(), _Begun):
                        self._noticed = ""
                        return
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            is_recent = time.monotonic() - self._noticed_at < TOLD_SECONDS
            code = self._noticed if is_recent and self._noticed else issues.NOBODY_PUSHES
        raise FeedUnavailable(code)

    def take(self, seconds: float) -> tuple[T, int] | None:
        """Return what came next and when, None if nothing did; raises ``FeedLost`` at the end."""
        with self._changed:
            if not self._items:
                self._changed.wait(seconds)
            if not self._items:
                return None
            found = self._pop()
        if isinstance(found, _Ended):
            raise FeedLost(found.code)
        return None if isinstance(found, _Begun) else (found[0], found[2])

    def _pop(self) -> tuple[T, int, int] | _Begun | _Ended:
        found = self._items.popleft()
        if isinstance(found, tuple):
            self._held_bytes -= found[1]
        elif isinstance(found, _Begun):
            self._begun -= 1
        return found

    def dismiss(self) -> None:
        """Forget what is here and let the publisher go, if it is one that was being read."""
        with self._changed:
            let_go = self._let_go
            while self._items and not isinstance(self._items[0], _Begun):
                self._pop()
            is_next = bool(self._items)
        if let_go is not None and not is_next:
            let_go()
