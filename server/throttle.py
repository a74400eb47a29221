"""How often one address may ask for something that costs."""

from __future__ import annotations

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from server.errors import TooMany


class Throttle:
    """Counts requests by address in a moving window; in memory only."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def take(self, limit: RateLimitItemPerSecond, address: str) -> None:
        """Count a request; raises ``TooMany``."""
        if not await self._limiter.hit(limit, address):
            raise TooMany("Too many requests from here.", retry_after_s=limit.get_expiry())
