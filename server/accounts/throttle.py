"""Holds back who guesses, without locking out whose password or code is being guessed.

Failures are counted for a name *from an address* and for an address alone, never for a name alone:
otherwise anybody could keep a judge out. A browser that this person has signed in with before
(``browsers.py``) is counted by itself: so nobody keeps others out who sits behind the same address,
as a whole court does behind its router. Guessing one name from many addresses is bounded by the
number of hashings at once (``passwords.py``).

A code of six digits is too short for that. Wrong ones of a name are counted from everywhere, but
only those who know the password come so far, and a familiar browser or a recovery code gets in all
the same. Counts live in memory only, and addresses with them.
"""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from server.errors import TooMany

_WINDOW_MINUTES = 5
_PER_NAME_AND_ADDRESS = RateLimitItemPerMinute(8, _WINDOW_MINUTES)
_PER_ADDRESS = RateLimitItemPerMinute(60, _WINDOW_MINUTES)
_CODES_MINUTES = 60
_CODES_PER_NAME = RateLimitItemPerMinute(20, _CODES_MINUTES, namespace="codes")


class SignInThrottle:
    """Counts attempts in a moving window. ``browser``: id of a familiar one, else empty."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def attempt(self, name: str, address: str, browser: str = "") -> None:
        """Count an attempt before it is checked; raises ``TooMany``."""
        allowed = (
            browser or await self._limiter.test(_PER_ADDRESS, address)
        ) and await self._limiter.hit(_PER_NAME_AND_ADDRESS, name, browser or address)
        if not allowed:
            raise TooMany(
                "Too many attempts from here; try again in %(minutes)s minutes.",
                minutes=_WINDOW_MINUTES,
                retry_after_s=_WINDOW_MINUTES * 60,
            )

    async def failed(self, address: str, browser: str = "") -> None:
        """Count a failure."""
        if not browser:
            await self._limiter.hit(_PER_ADDRESS, address)

    async def succeeded(self, name: str, address: str, browser: str = "") -> None:
        """Forget the attempts of whoever knew the password."""
        await self._limiter.clear(_PER_NAME_AND_ADDRESS, name, browser or address)

    async def code(self, name: str, browser: str = "") -> None:
        """Count an app's code before it is checked; raises ``TooMany``."""
        if not browser and not await self._limiter.hit(_CODES_PER_NAME, name):
            raise TooMany(
                "Too many wrong codes for this name; use a recovery code, a browser that has "
                "signed in before, or try again in %(minutes)s minutes.",
                minutes=_CODES_MINUTES,
                retry_after_s=_CODES_MINUTES * 60,
            )

    async def right_code(self, name: str) -> None:
        """Forget the wrong codes before a right one."""
        await self._limiter.clear(_CODES_PER_NAME, name)
