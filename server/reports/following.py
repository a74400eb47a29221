"""The report follows the orders: what was cut is held, what waits keeps to another delay."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from server.broadcasts.model import Broadcast, Phase
from server.broadcasts.service import TOPIC
from server.broadcasts.state import Order, State
from server.bus import MISSED, Bus
from server.errors import DatabaseUnavailable
from server.reports.service import ReportService

_PAUSE_S = 1.0


async def follow_orders(
    bus: Bus, service: ReportService, listed: Callable[[Phase], Awaitable[Sequence[Broadcast]]]
) -> None:
    """Follow the orders of all broadcasts until cancelled."""
    async with bus.subscribe(TOPIC) as news:
        async for message in news:
            if message == MISSED:
                await _catch_up(service, listed)
            else:
                await _follow(service, message)


async def _follow(service: ReportService, message: dict[str, Any]) -> None:
    broadcast, seconds = message["broadcast"], message.get("seconds") or 0.0
    match message.get("order"):
        case Order.DUMP.value:
            await _until_done(lambda: service.hold_pending(broadcast))
        case Order.RANGE_DUMP.value:
            await _until_done(lambda: service.hold_pending(broadcast, seconds))
        case Order.DELAY.value:
            await _until_done(lambda: service.delay_pending(broadcast, seconds))
        case _:
            pass  # other orders change nothing of what was written


async def _catch_up(
    service: ReportService, listed: Callable[[Phase], Awaitable[Sequence[Broadcast]]]
) -> None:
    """Act after news was lost: a dump or another delay may have been among it."""
    with contextlib.suppress(DatabaseUnavailable):
        for about in await listed("live"):
            if about.state is State.CUT:
                await service.hold_pending(about.id)
            await service.delay_pending(about.id, about.delay_s)


async def _until_done(act: Callable[[], Awaitable[None]]) -> None:
    """Do it as soon as the database is there."""
    while True:
        try:
            await act()
        except DatabaseUnavailable:
            await asyncio.sleep(_PAUSE_S)
        else:
            return
