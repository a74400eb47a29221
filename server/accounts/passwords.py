"""Passwords by argon2id, in threads, two at a time: each takes 32 MiB for some 50 ms.

And secrets that people copy from paper.
"""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.errors import TooMany

_AT_ONCE = 2
_MOST_WAITING = 32
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like another when written down
_GROUP = 5


def readable_secret(groups: int) -> str:
    """Return a new secret of some 25 bits a group that can be read out and copied from paper."""
    letters = [[secrets.choice(_CLEAR) for _ in range(_GROUP)] for _ in range(groups)]
    return "-".join("".join(group) for group in letters)


class Passwords:
    """Hashes and checks; refuses with ``TooMany`` when too many wait already."""

    def __init__(self) -> None:
        # One lane and 32 MiB (more than OWASP's least, 19 MiB): the machine encodes live pictures,
        # and a sign-in must not take all of its cores.
        self._hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Return what is stored of a password."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Check a password; takes as long when there is none to check against."""
        if self._waiting >= _MOST_WAITING:
            raise TooMany("Many people are signing in; try again in a moment.", retry_after_s=5)
        self._waiting += 1
        try:
            if stored is None and not self._nobody:
                self._nobody = await self.hash("nobody")
            async with self._slots:
                right = await asyncio.to_thread(self._verify, stored or self._nobody, password)
        finally:
            self._waiting -= 1
        return right and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
