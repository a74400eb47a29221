"""A bad network between a camera and the court: what TCP makes of lost and delayed segments.

``tc netem`` needs a module that many kernels do not bring. To whoever reads a TCP connection loss
and jitter look like this: everything comes, in order, but a segment is late by up to the jitter, a
lost one by a retransmission, and all that was sent after it waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LOSS, JITTER_S, RETRANSMITTED_S = 0.05, 0.2, 0.25
_SEGMENT = 1448
_MOST_HELD = 2000  # segments; then the sender must wait, as it would for its window


class BadLink:
    """Stands before a port on loopback; good until ``is_bad`` is set."""

    def __init__(self, behind: int) -> None:
        self.port = 0
        self.is_bad = False
        self._behind = behind
        self._random = random.Random(4)  # noqa: S311  (the same trouble in each run)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        except OSError:
            writer.close()
            return
        ways = [
            asyncio.create_task(self._carry(reader, far_writer)),
            asyncio.create_task(self._carry(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, far_writer):
                end.close()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_MOST_HELD)
        delivering = asyncio.create_task(_deliver(held, writer))
        clock = asyncio.get_running_loop().time
        try:
            while segment := await reader.read(_SEGMENT):
                await held.put((clock() + self._late_s(), segment))
            await held.put((clock(), b""))
            await delivering
        finally:
            delivering.cancel()

    def _late_s(self) -> float:
        if not self.is_bad:
            return 0.0
        lost = self._random.random() < LOSS
        return self._random.uniform(0.0, JITTER_S) + lost * RETRANSMITTED_S


async def _deliver(held: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        due, segment = await held.get()
        if not segment or writer.is_closing():
            return
        await asyncio.sleep(max(0.0, due - clock()))
        writer.write(segment)
        await writer.drain()


@asynccontextmanager
async def bad_link(behind: int) -> AsyncIterator[BadLink]:
    """Have a link to a port as long as the block lasts."""
    link = BadLink(behind)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await link.connected(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    link.port = server.sockets[0].getsockname()[1]
    async with server:
        yield link
