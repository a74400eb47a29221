"""The digest of a report's own log: every post with all that it ever said [pure].

A report has thousands of posts, so that not each is an entry of the journal (record 87). Whatever
is done to a post afterwards is one, and so is the report when its hearing is over; each of these
entries has the digest of the whole log as it was then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from server.reports.model import Post


@dataclass(frozen=True, slots=True)
class LogDigest:
    """``sha256`` over the posts up to the number ``through``; ``count`` is how many they are."""

    through: int
    count: int
    sha256: str


def digest_of(posts: Iterable[Post]) -> LogDigest:
    """Return the digest of posts in the order of their numbers.

    SHA-256 over a line of JSON for each. When a post is to be public is not in it: another delay
    changes that.
    """
    found, through, count = hashlib.sha256(), 0, 0
    for post in posts:
        found.update(_line(post).encode())
        through, count = post.number, count + 1
    return LogDigest(through, count, found.hexdigest())


def _line(post: Post) -> str:
    told: list[object] = [
        post.id,
        post.number,
        post.author,
        post.court_time.isoformat(),
        post.created_at.isoformat(),
        post.state.value,
        post.role,
        post.speaker,
        post.phase,
        post.body,
        [[one.name, one.alt, one.caption] for one in post.photos],
        [
            [one.version, one.kind, one.role, one.speaker, one.body, one.reason, one.at.isoformat()]
            for one in post.history
        ],
    ]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
