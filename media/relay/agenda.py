"""What is posted for viewers and waits for its picture; pure.

A post is told with the frame of its court time, so that captions and report keep step with the
picture. It is bounded in number and bytes; what a ``Cut`` covers is never told, nor the old form of
a post that comes again while it waits: it was corrected, or a name in it withdrawn.
"""

from __future__ import annotations

import bisect
import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

MOST_POSTS = 500
MOST_BYTES = 1024 * 1024
MOST_POST_BYTES = 16 * 1024
MOST_KNOWN = 64
"""Of the last posts, so that each is told once."""


@dataclass(slots=True)
class Agenda:
    """Posts of one broadcast that wait, by court time in µs; ``dropped`` found no room."""

    dropped: int = 0
    _posts: list[tuple[int, bytes, str]] = field(default_factory=list)
    _bytes: int = 0
    _known: OrderedDict[tuple[int, bytes], None] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._posts)

    def add(self, court_us: int, post: bytes) -> bool:
        """Let a post wait for its time; False when there is no room, or it was here before."""
        if (court_us, post) in self._known:
            return False  # every server says it
        which = _which(post)
        self._forget(which)
        if (
            len(post) > MOST_POST_BYTES
            or len(self._posts) >= MOST_POSTS
            or self._bytes + len(post) > MOST_BYTES
        ):
            self.dropped += 1
            return False
        bisect.insort(self._posts, (court_us, post, which), key=itemgetter(0))
        self._bytes += len(post)
        self._known[court_us, post] = None
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return True

    def _forget(self, which: str) -> None:
        """Let the older forms of a post wait no more."""
        if which:
            self._keep(each for each in self._posts if each[2] != which)

    def due(self, court_us: int) -> Sequence[bytes]:
        """Take what is due when the picture of ``court_us`` is sent, in order."""
        if not self._posts or self._posts[0][0] > court_us:
            return ()
        count = bisect.bisect_right(self._posts, court_us, key=itemgetter(0))
        due = [post for _, post, _ in self._posts[:count]]
        del self._posts[:count]
        self._bytes -= sum(map(len, due))
        return due

    def cut(self, from_us: int, to_us: int) -> None:
        """Forget what lies in [from_us, to_us)."""
        self._keep(each for each in self._posts if not from_us <= each[0] < to_us)

    def _keep(self, posts: Iterable[tuple[int, bytes, str]]) -> None:
        self._posts = list(posts)
        self._bytes = sum(len(post) for _, post, _ in self._posts)


def _which(post: bytes) -> str:
    """Return which post this is a form of, empty for what does not say."""
    try:
        its = json.loads(post)
    except (ValueError, RecursionError):
        return ""
    found = its.get("id") if isinstance(its, dict) else None
    return found if isinstance(found, str) else ""
