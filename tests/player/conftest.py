"""Players of several kinds at the whole server, whose broadcast is made of real, small media."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.media.hls.synthetic_stream import PART_US
from tests.server.playback.conftest import Service, service

__all__ = ["going_on", "service"]


@contextlib.asynccontextmanager
async def going_on(service: Service) -> AsyncIterator[None]:
    """Publish a part whenever one is due."""

    async def publish() -> None:
        while True:
            await asyncio.sleep(PART_US / 1e6)
            service.on_air.publish()

    task = asyncio.create_task(publish())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
