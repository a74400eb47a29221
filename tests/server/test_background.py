"""Work beside requests that fails, and the end of it."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from server import background
from server.background import in_background


async def test_what_fails_is_told_and_begun_again_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "_FIRST_PAUSE_S", 0.001)
    begun, is_well, seen = 0, asyncio.Event(), asyncio.Event()

    async def listen() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise KeyError("what nobody thought of")
        is_well.set()
        await asyncio.Event().wait()

    async def look() -> None:
        await is_well.wait()
        seen.set()

    with capture_logs() as told:
        async with in_background({"withdrawals-heard": listen, "looked-for": look}):
            async with asyncio.timeout(5):
                await seen.wait()
    assert begun == 3
    assert [(one["event"], one["log_level"]) for one in told] == [
        ("withdrawals-heard failed", "critical")
    ] * 2


async def test_it_ends_with_the_service() -> None:
    ended: list[str] = []

    async def count() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("count")

    async with in_background({"count": count}):
        await asyncio.sleep(0)
    assert ended == ["count"]
