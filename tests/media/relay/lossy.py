"""A bad line between a viewer and the relay: a UDP proxy that drops and delays."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Address = tuple[str, int]


class Line(asyncio.DatagramProtocol):
    """Passes datagrams on between one viewer and the relay, each way with loss and jitter."""

    def __init__(self, relay: Address, loss: float, jitter_s: float, seed: int) -> None:
        self._relay = relay
        self._loss, self._jitter_s = loss, jitter_s
        self._random = random.Random(seed)  # noqa: S311 - repeatable
        self._viewer: Address | None = None
        self._near: asyncio.DatagramTransport | None = None
        self.lost = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._near = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if addr != self._relay:
            self._viewer = addr
        to = self._viewer if addr == self._relay else self._relay
        if self._random.random() < self._loss:
            self.lost += 1
            return
        delay = self._random.uniform(0, self._jitter_s)
        asyncio.get_running_loop().call_later(delay, self._pass_on, data, to)

    def _pass_on(self, data: bytes, to: Address | None) -> None:
        if self._near is not None and to is not None and not self._near.is_closing():
            self._near.sendto(data, to)


@asynccontextmanager
async def bad_line(
    relay: Address,
    loss: float = 0.05,
    jitter_s: float = 0.05,
    seed: int = 1,
    host: str = "127.0.0.1",
) -> AsyncIterator[tuple[Line, Address]]:
    """Give the line and the address at which it takes the relay's place."""
    loop = asyncio.get_running_loop()
    transport, line = await loop.create_datagram_endpoint(
        lambda: Line(relay, loss, jitter_s, seed), local_addr=(host, 0)
    )
    try:
        yield line, transport.get_extra_info("sockname")[:2]
    finally:
        transport.close()
