"""Waiting for what happens in other processes: generous, and said in words when it does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.services.chromium import EXPECTED_WITHIN

_EVERY = 0.1

Found = TypeVar("Found")


async def until_true(
    look: Callable[[], Awaitable[Found | None]],
    what: str,
    *,
    within: float = EXPECTED_WITHIN,
    told: object = "",
) -> Found:
    """Return the first thing that is found (neither None nor False); fails with the words."""
    deadline = time.monotonic() + within
    while True:
        found = await look()
        if found is not None and found is not False:
            return found
        assert time.monotonic() < deadline, f"waited {within:.0f} s for {what} {told}"
        await asyncio.sleep(_EVERY)
