"""Holds back who guesses passwords, without locking out whose password is being guessed.

Failures are counted for a name *from an address* and for an address alone, never for a name alone:
otherwise anybody could keep a judge out. Guessing one name from many addresses is bounded by the
number of hashings at once (``passwords.py``). Counts live in memory only, and addresses with them.
"""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from server.errors import TooMany

_WINDOW_MINUTES = 5
_PER_NAME_AND_ADDRESS = RateLimitItemPerMinute(8, _WINDOW_MINUTES)
_PER_ADDRESS = RateLimitItemPerMinute(60, _WINDOW_MINUTES)


class SignInThrottle:
    """Counts attempts in a moving window."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def attempt(self, name: str, address: str) -> None:
        """Count an attempt before it is checked; raises ``TooMany``."""
        allowed = await self._limiter.test(_PER_ADDRESS, address) and await self._limiter.hit(
            _PER_NAME_AND_ADDRESS, name, address
        )
        if not allowed:
            raise TooMany(
                "Too many attempts from here; try again in %(minutes)s minutes.",
                minutes=_WINDOW_MINUTES,
                retry_after_s=_WINDOW_MINUTES * 60,
            )

    async def failed(self, address: str) -> None:
        """Count a failure."""
        await self._limiter.hit(_PER_ADDRESS, address)

    async def succeeded(self, name: str, address: str) -> None:
        """Forget the attempts of whoever knew the password."""
        await self._limiter.clear(_PER_NAME_AND_ADDRESS, name, address)
