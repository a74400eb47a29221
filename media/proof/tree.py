"""Merkle trees over digests, hashed as RFC 6962 §2.1 does [pure]."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

DIGEST = 32  # bytes of SHA-256
PIECE = 1 << 20  # a film is hashed in pieces of so many bytes; the last one may be shorter
EMPTY = hashlib.sha256(b"").digest()


def leaf(digest: bytes) -> bytes:
    """Return the tree's leaf over a digest."""
    return hashlib.sha256(b"\0" + digest).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the node above two."""
    return hashlib.sha256(b"\1" + left + right).digest()


def _above(level: Sequence[bytes]) -> list[bytes]:
    """Return the next level; who has no neighbour is taken along as it is."""
    paired = [node(one, other) for one, other in zip(level[::2], level[1::2], strict=False)]
    return [*paired, *level[len(paired) * 2 :]]


def merkle_root(digests: Iterable[bytes]) -> bytes:
    """Return the root of a tree over digests."""
    level = [leaf(digest) for digest in digests]
    if not level:
        return EMPTY
    while len(level) > 1:
        level = _above(level)
    return level[0]


def audit_path(digests: Sequence[bytes], at: int) -> list[bytes]:
    """Return the neighbours that lead from a digest up to the root (RFC 6962 §2.1.1)."""
    return path_in(levels_of(digests), at)


def levels_of(digests: Sequence[bytes]) -> list[list[bytes]]:
    """Return a tree level by level, leaves first, for whoever wants several paths."""
    levels = [[leaf(digest) for digest in digests]]
    while len(levels[-1]) > 1:
        levels.append(_above(levels[-1]))
    return levels


def path_in(levels: Sequence[Sequence[bytes]], at: int) -> list[bytes]:
    """Return the neighbours on the way from a leaf to the root of a tree."""
    path = []
    for level in levels[:-1]:
        neighbour = at ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        at //= 2
    return path


def root_by_path(digest: bytes, at: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a path leads to; raises ``ValueError`` for a path that cannot be.

    ``at`` is the digest's place (from 0) among ``size``.
    """
    if not 0 <= at < size:
        raise ValueError("no place in this tree")
    found, left = leaf(digest), list(path)
    while size > 1:
        if at % 2 or at + 1 < size:  # it has a neighbour on this level
            if not left:
                raise ValueError("the path is too short")
            other = left.pop(0)
            found = node(other, found) if at % 2 else node(found, other)
        at, size = at // 2, (size + 1) // 2
    if left:
        raise ValueError("the path is too long")
    return found
